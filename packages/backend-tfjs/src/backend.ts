import {
  type Backend,
  type Binding,
  type DeviceTensor,
  dimensionValue,
  elementCount,
  FeedError,
  type Feeds,
  type Node,
  type OperatorName,
  type Outputs,
  type Program,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { watchDevice } from './device.ts'
import { type Kernel, type Kernels, outputShape } from './kernel.ts'
import { convolution } from './kernels/convolution.ts'
import { elementwise } from './kernels/elementwise.ts'
import { indexing } from './kernels/indexing.ts'
import { linalg } from './kernels/linalg.ts'
import { reduce } from './kernels/reduce.ts'
import { shape } from './kernels/shape.ts'
import { type TensorFlow, TfjsTensor, type TfTensor, tfType, toTensor } from './values.ts'

type Leaf = 'Input' | 'Constant' | 'Dimension' | 'Loop'

const kernels: Kernels<Exclude<OperatorName, Leaf>> = { ...elementwise, ...reduce, ...linalg, ...shape, ...indexing, ...convolution }

/** How often each tensor is read, so that it can be freed after the last time. Outputs are read once more, by the caller. */
function readers(program: Program): Map<Tensor, number> {
  const counts = new Map<Tensor, number>()
  const read = (x: Tensor): void => {
    counts.set(x, (counts.get(x) ?? 0) + 1)
  }
  for (const node of program.nodes) node.inputs.forEach(read)
  for (const { tensor } of program.outputs) read(tensor)
  return counts
}

/** A Program with its constants on the device. */
class Plan {
  readonly #tf: TensorFlow
  readonly #program: Program
  readonly #reads: Map<Tensor, number>
  readonly #constants = new Map<Tensor, TfTensor>()
  readonly #bodies = new Map<Node, Plan>()

  constructor(tf: TensorFlow, program: Program) {
    this.#tf = tf
    this.#program = program
    this.#reads = readers(program)
    for (const node of program.nodes) {
      if (node.operator.name === 'Constant') {
        const { dtype, shape: sizes, data } = node.attributes as TensorValue
        const output = node.outputs[0] as Tensor
        this.#constants.set(output, toTensor(tf, 'a constant', { dtype, shape: sizes, data }))
      }
      if (node.operator.name === 'Loop') this.#bodies.set(node, new Plan(tf, (node.attributes as { body: Program }).body))
    }
  }

  /** Runs it. The inputs stay the caller's; the outputs are the caller's too, each a tensor of its own. */
  run(inputs: ReadonlyMap<Tensor, TfTensor>, binding: Binding): TfTensor[] {
    const kept = new Set<TfTensor>([...inputs.values(), ...this.#constants.values()])
    const known = new Map<Tensor, TfTensor>([...inputs, ...this.#constants])
    const left = new Map(this.#reads)
    const done = (x: Tensor): void => {
      const count = (left.get(x) ?? 0) - 1
      left.set(x, count)
      const value = known.get(x)
      if (count > 0 || value === undefined || kept.has(value)) return
      known.delete(x)
      value.dispose()
    }
    try {
      for (const node of this.#program.nodes) {
        if (node.operator.name === 'Constant') continue
        this.#runNode(
          node,
          node.inputs.map((x) => known.get(x) as TfTensor),
          binding,
        ).forEach((value, i) => {
          const output = node.outputs[i] as Tensor
          if (left.get(output) === undefined) value.dispose()
          else known.set(output, value)
        })
        for (const x of node.inputs) done(x)
      }
      const results = this.#program.outputs.map(({ tensor }) => this.#tf.clone(known.get(tensor) as TfTensor))
      for (const { tensor } of this.#program.outputs) done(tensor)
      return results
    } catch (error) {
      for (const value of known.values()) if (!kept.has(value) && !value.isDisposed) value.dispose()
      throw error
    }
  }

  #runNode(node: Node, inputs: readonly TfTensor[], binding: Binding): readonly TfTensor[] {
    const tf = this.#tf
    const { name } = node.operator
    if (name === 'Loop') return this.#loop(node as Node<'Loop'>, inputs, binding)
    if (name === 'Dimension') {
      const { dimension } = (node as unknown as Node<'Dimension'>).attributes
      return [tf.scalar(dimensionValue(dimension, binding), 'int32')]
    }
    const shapes = node.outputs.map((_, i) => outputShape({ node, binding }, i))
    if (shapes.every((sizes) => elementCount(sizes) === 0)) {
      return shapes.map((sizes, i) => tf.zeros(sizes, tfType((node.outputs[i] as Tensor).dtype)))
    }
    const kernel = kernels[name as Exclude<OperatorName, Leaf>] as Kernel<OperatorName>
    const result = tf.tidy(() => {
      const made = kernel(inputs, { tf, attributes: node.attributes, node, binding })
      const list = Array.isArray(made) ? (made as TfTensor[]) : [made as TfTensor]
      // An input that is handed through is not the kernel's to give.
      return list.map((y) => (inputs.includes(y) ? tf.clone(y) : y))
    })
    return result
  }

  #loop(node: Node<'Loop'>, inputs: readonly TfTensor[], binding: Binding): readonly TfTensor[] {
    const tf = this.#tf
    const { body, count, states } = node.attributes
    const plan = this.#bodies.get(node as unknown as Node) as Plan
    const times = dimensionValue(count, binding)
    const captured = inputs.slice(states)
    let current = inputs.slice(0, states).map((x) => tf.clone(x))
    const records: TfTensor[][] = body.outputs.slice(states).map(() => [])
    for (let i = 0; i < times; i++) {
      const iteration = tf.scalar(i, 'int32')
      const given = [iteration, ...current, ...captured]
      const results = plan.run(new Map(body.inputs.map(({ tensor }, k) => [tensor, given[k] as TfTensor])), binding)
      for (const x of [iteration, ...current]) x.dispose()
      current = results.slice(0, states)
      results.slice(states).forEach((x, k) => {
        records[k]?.push(x)
      })
    }
    const stacked = records.map((record, k) => {
      const output = body.outputs[states + k]?.tensor as Tensor
      if (record.length === 0) return tf.zeros(outputShape({ node: node as unknown as Node, binding }, states + k), tfType(output.dtype))
      const whole = tf.stack(record)
      for (const x of record) x.dispose()
      return whole
    })
    return [...current, ...stacked]
  }

  dispose(): void {
    for (const constant of this.#constants.values()) constant.dispose()
    for (const plan of this.#bodies.values()) plan.dispose()
  }
}

function bindingOf(program: Program, feeds: Feeds): Binding {
  const shapes: Record<string, readonly number[]> = {}
  const bound: Record<string, number> = {}
  for (const { name, tensor } of program.inputs) {
    const value = feeds[name]
    if (value === undefined) continue
    if (value.dtype !== tensor.dtype) throw new FeedError(`run: expected input "${name}" of type ${tensor.dtype}, received ${value.dtype}.`)
    shapes[name] = value.shape
    if (tensor.binds === undefined) continue
    if (typeof value.data === 'function')
      throw new FeedError(`run: expected numbers on the host for "${name}", whose value is a size, received a tensor on the device.`)
    bound[name] = Number((value as TensorValue).data[0])
  }
  return program.bind(shapes, bound)
}

function feedTensor(tf: TensorFlow, name: string, value: TensorValue | DeviceTensor): TfTensor {
  if (value instanceof TfjsTensor) return value.tensor
  if (typeof value.data === 'function')
    throw new FeedError(`run: the input "${name}" lives on another backend. Read it with .data() and feed the numbers.`)
  const { shape: sizes, data } = value as TensorValue
  if (data.length !== elementCount(sizes))
    throw new FeedError(
      `run: expected ${elementCount(sizes)} numbers for input "${name}" of shape [${sizes.join(', ')}], received ${data.length}.`,
    )
  return toTensor(tf, name, value as TensorValue)
}

/**
 * Runs Programs on TensorFlow.js, on the backend that is its current one when a Program is compiled: cpu, wasm, webgl, webgpu, tensorflow.
 *
 * Only forward kernels are used, since a training step is a Program already, so it also trains where TensorFlow.js has no gradients.
 * Floats are float32. Integers are int32 (a WebGL backend holds them as float32: exact to 2^24); a fed integer beyond 32 bits is refused.
 * Every intermediate is freed after its last use; outputs live until they are disposed.
 *
 * @param tf - `import * as tf from '@tensorflow/tfjs'`, or `@tensorflow/tfjs-core` beside a registered backend. Wait for `tf.ready()` before.
 * @throws FeedError from `run` for an input that is missing or does not fit.
 * @throws DeviceLostError from `run` and from `data` if the GPU was lost: what is read then is no result.
 * @example const executable = await tfjsBackend(tf).compile(step)
 */
export function tfjsBackend(tf: TensorFlow): Backend {
  return {
    name: `tfjs/${tf.getBackend()}`,
    compile: async (program) => {
      await tf.ready()
      const plan = new Plan(tf, program)
      const requireDevice = watchDevice(tf)
      return {
        run: async (feeds) => {
          requireDevice()
          const binding = bindingOf(program, feeds)
          const made: TfTensor[] = []
          try {
            const inputs = new Map(
              program.inputs.map(({ name, tensor }) => {
                const value = feeds[name] as TensorValue | DeviceTensor
                const x = feedTensor(tf, name, value)
                if (!(value instanceof TfjsTensor)) made.push(x)
                return [tensor as Tensor, x]
              }),
            )
            const results = plan.run(inputs, binding)
            return Object.fromEntries(
              program.outputs.map(({ name, tensor }, i) => [name, new TfjsTensor(tensor.dtype, results[i] as TfTensor, requireDevice)]),
            ) satisfies Outputs
          } catch (error) {
            // What TensorFlow.js says of a lost device is about what it did last; the browser tells of the loss a moment later.
            await requireDevice.settled()
            requireDevice()
            throw error
          } finally {
            for (const x of made) x.dispose()
          }
        },
        dispose: async () => plan.dispose(),
      }
    },
  }
}
