import {
  type Binding,
  type CompositeName,
  type DeviceTensor,
  dimensionValue,
  type Executable,
  elementCount,
  FeedCheck,
  FeedError,
  isNode,
  type NamingBackend,
  type Node,
  type NodeOf,
  type OperatorAttributes,
  type OperatorName,
  type Outputs,
  operatorName,
  optimize,
  ownEntry,
  type Program,
  pieceSymbol,
  piecesOf,
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
import { layout, natural, nearest, type Order, reorder, type Step } from './layout.ts'
import { tfjsTarget } from './target.ts'
import { demandReadable, runTelling, type Telling } from './telling.ts'
import { type TensorFlow, TfjsTensor, type TfTensor, tfType, toTensor } from './values.ts'

type Leaf = 'Input' | 'Constant' | 'Dimension' | 'Loop' | Telling | CompositeName

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

/** The values of a run, in the orders in which they were made or read. */
class Values {
  readonly #tf: TensorFlow
  readonly #kept: ReadonlySet<TfTensor>
  readonly #known: Map<Tensor, { readonly order: Order; readonly value: TfTensor }[]>
  readonly #left: Map<Tensor, number>

  constructor(tf: TensorFlow, given: ReadonlyMap<Tensor, TfTensor>, reads: ReadonlyMap<Tensor, number>) {
    this.#tf = tf
    this.#kept = new Set(given.values())
    this.#known = new Map([...given].map(([x, value]) => [x, [{ order: natural(x.rank), value }]]))
    this.#left = new Map(reads)
  }

  add(x: Tensor, order: Order, value: TfTensor): void {
    if (this.#left.get(x) === undefined) value.dispose()
    else this.#known.set(x, [{ order, value }])
  }

  read(x: Tensor, order: Order): TfTensor {
    const found = this.#known.get(x) ?? []
    const there = found.find((one) => one.order.join() === order.join())
    if (there !== undefined) return there.value
    const from = nearest(found, x.shape, order)
    const value = this.#tf.tidy(() => reorder(this.#tf, from.value, from.order, order))
    found.push({ order, value })
    return value
  }

  /** Frees a value after the last of its readers. */
  done(x: Tensor): void {
    const count = (this.#left.get(x) ?? 0) - 1
    this.#left.set(x, count)
    if (count <= 0) this.#free(x)
  }

  #free(x: Tensor): void {
    for (const { value } of this.#known.get(x) ?? []) if (!this.#kept.has(value)) value.dispose()
    this.#known.delete(x)
  }

  /** Frees what is left where a run has failed. */
  dispose(): void {
    for (const x of [...this.#known.keys()]) this.#free(x)
  }
}

/** A Program with its constants on the device. */
class Plan {
  readonly #tf: TensorFlow
  readonly #program: Program
  readonly #steps: readonly Step[]
  readonly #reads: Map<Tensor, number>
  readonly #constants = new Map<Tensor, TfTensor>()
  readonly #bodies = new Map<Node, Plan>()

  constructor(tf: TensorFlow, program: Program) {
    this.#tf = tf
    this.#program = program
    this.#steps = layout(program)
    this.#reads = readers(program)
    for (const node of program.nodes) {
      if (node.has('telling')) demandReadable(tf, node)
      if (isNode(node, 'Constant')) this.#constants.set(node.output, toTensor(tf, 'a constant', node.attributes))
      if (isNode(node, 'Loop')) this.#bodies.set(node, new Plan(tf, node.attributes.body))
    }
  }

  /** Runs it. The inputs stay the caller's; the outputs are the caller's too, each a tensor of its own. */
  run(inputs: ReadonlyMap<Tensor, TfTensor>, binding: Binding): TfTensor[] {
    const given = new Map([...inputs, ...this.#constants])
    const sizes = new Map(binding)
    const values = new Values(this.#tf, given, this.#reads)
    try {
      for (const step of this.#steps) {
        const { node, reads, writes } = step
        if (node.operator.name === 'Constant') continue
        const made = this.#runStep(
          step,
          node.inputs.map((x, i) => values.read(x, reads[i] as Order)),
          sizes,
        )
        made.forEach((value, i) => {
          values.add(node.outputs[i] as Tensor, writes[i] as Order, value)
        })
        for (const x of node.inputs) values.done(x)
      }
      const results = this.#program.outputs.map(({ tensor }) => this.#tf.clone(values.read(tensor, natural(tensor.rank))))
      for (const { tensor } of this.#program.outputs) values.done(tensor)
      return results
    } finally {
      values.dispose()
    }
  }

  #runStep({ node, writes, attributes }: Step, inputs: readonly TfTensor[], binding: Map<string, number>): readonly TfTensor[] {
    const tf = this.#tf
    if (isNode(node, 'Loop')) return this.#loop(node, inputs, binding)
    if (isNode(node, 'Dimension')) return [tf.scalar(dimensionValue(node.attributes.dimension, binding), 'int32')]
    if (node.has('telling')) return runTelling(tf, node, inputs, binding)
    const shapes = node.outputs.map((_, i) => outputShape({ node, binding, order: writes[i] }, i))
    if (shapes.every((sizes) => elementCount(sizes) === 0)) {
      return shapes.map((sizes, i) => tf.zeros(sizes, tfType((node.outputs[i] as Tensor).dtype)))
    }
    const kernel = kernels[operatorName(node) as Exclude<OperatorName, Leaf>] as Kernel<OperatorName>
    const result = tf.tidy(() => {
      const made = kernel(inputs, { tf, attributes: attributes as OperatorAttributes[OperatorName], node, binding, order: writes[0] })
      const list = Array.isArray(made) ? (made as TfTensor[]) : [made as TfTensor]
      // An input that is handed through is not the kernel's to give.
      return list.map((y) => (inputs.includes(y) ? tf.clone(y) : y))
    })
    return result
  }

  #loop(node: NodeOf<'Loop'>, inputs: readonly TfTensor[], binding: Binding): readonly TfTensor[] {
    const tf = this.#tf
    const { body, states, divided } = node.attributes
    const plan = this.#bodies.get(node) as Plan
    const symbol = pieceSymbol(node.attributes)
    const [whole, captured] = [inputs.slice(states, states + divided), inputs.slice(states + divided)]
    let current = inputs.slice(0, states).map((x) => tf.clone(x))
    const records: TfTensor[][] = body.outputs.slice(states).map(() => [])
    for (const [i, piece] of piecesOf(node.attributes, binding).entries()) {
      const iteration = tf.scalar(i, 'int32')
      const rows = whole.map((x) => tf.slice(x, [piece.start], [piece.length]))
      const given = [iteration, ...current, ...rows, ...captured]
      const sizes = symbol === undefined ? binding : new Map(binding).set(symbol, piece.length)
      const results = plan.run(new Map(body.inputs.map(({ tensor }, k) => [tensor, given[k] as TfTensor])), sizes)
      for (const x of [iteration, ...rows, ...current]) x.dispose()
      current = results.slice(0, states)
      results.slice(states).forEach((x, k) => {
        records[k]?.push(x)
      })
    }
    const stacked = records.map((record, k) => {
      const output = body.outputs[states + k]?.tensor as Tensor
      if (record.length === 0) return tf.zeros(outputShape({ node, binding }, states + k), tfType(output.dtype))
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

function feedTensor(tf: TensorFlow, name: string, value: TensorValue | DeviceTensor): TfTensor {
  if (value instanceof TfjsTensor) return value.tensor
  if (typeof value.data === 'function')
    throw new FeedError(`run: the input "${name}" lives on another backend. Read it with .data() and feed the numbers.`)
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
export function tfjsBackend(tf: TensorFlow): NamingBackend {
  return {
    name: `tfjs/${tf.getBackend()}`,
    compile: async <Name extends string>(program: Program<Name>): Promise<Executable<Name>> => {
      await tf.ready()
      const prepared = optimize(program, tfjsTarget)
      const plan = new Plan(tf, prepared)
      const feedCheck = new FeedCheck(prepared)
      const requireDevice = watchDevice(tf)
      return {
        run: async (feeds) => {
          requireDevice()
          return requireDevice.explains(async () => {
            const binding = feedCheck.check(feeds)
            const made: TfTensor[] = []
            try {
              const inputs = new Map(
                program.inputs.map(({ name, tensor }) => {
                  const value = ownEntry(feeds, name) as TensorValue | DeviceTensor
                  const x = feedTensor(tf, name, value)
                  if (!(value instanceof TfjsTensor)) made.push(x)
                  return [tensor as Tensor, x]
                }),
              )
              const results = plan.run(inputs, binding)
              const named: Outputs = Object.fromEntries(
                program.outputs.map(({ name, tensor }, i) => [name, new TfjsTensor(tensor.dtype, results[i] as TfTensor, requireDevice)]),
              )
              return named as Outputs<Name>
            } finally {
              for (const x of made) x.dispose()
            }
          })
        },
        dispose: async () => plan.dispose(),
      }
    },
  }
}
