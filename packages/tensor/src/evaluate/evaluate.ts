import { type Binding, dimensionValue } from '../dimension.ts'
import { FeedError } from '../errors.ts'
import type { OperatorName } from '../operators.ts'
import type { Program } from '../program.ts'
import type { Node, Tensor } from '../tensor.ts'
import { type DataType, elementCount, type TensorValue, toNumbers } from '../value.ts'
import type { Kernel, Kernels, NumberArray } from './array.ts'
import { convolution } from './convolution.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { linalg } from './linalg.ts'
import { reduce } from './reduce.ts'
import { shape } from './shape.ts'

/** A value in float64, whatever its type says. */
export interface ReferenceValue {
  readonly dtype: DataType
  readonly shape: readonly number[]
  readonly data: Float64Array
}

const loop: Kernel<'Loop'> = (inputs, { attributes: { body, count, states }, binding }) => {
  const captured = inputs.slice(states)
  let current = inputs.slice(0, states)
  const records: NumberArray[][] = []
  const times = dimensionValue(count, binding)
  for (let i = 0; i < times; i++) {
    const iteration: NumberArray = { dtype: 'int64', shape: [], data: Float64Array.of(i) }
    const given = [iteration, ...current, ...captured]
    const result = runProgram(body, new Map(body.inputs.map(({ tensor }, k) => [tensor, given[k] as NumberArray])), binding)
    current = result.slice(0, states)
    records.push(result.slice(states))
  }
  const stacked = body.outputs.slice(states).map(({ tensor }, k) => {
    const each = tensor.shape.map((d) => dimensionValue(d, binding))
    const data = new Float64Array(times * elementCount(each))
    records.forEach((record, i) => {
      data.set((record[k] as NumberArray).data, i * elementCount(each))
    })
    return { dtype: tensor.dtype, shape: [times, ...each], data }
  })
  return [...current, ...stacked]
}

const graph: Kernels<'Input' | 'Constant' | 'Dimension' | 'Loop'> = {
  Input: (_, { node }) => {
    throw new FeedError(`evaluate: the input ${String(node.outputs[0])} has no value.`)
  },
  Constant: (_, { attributes: { data, shape: sizes, dtype } }) => ({ dtype, shape: sizes, data: toNumbers(data) }),
  Dimension: (_, { attributes: { dimension }, binding }) => ({
    dtype: 'int64',
    shape: [],
    data: Float64Array.of(dimensionValue(dimension, binding)),
  }),
  Loop: loop,
}

const kernels: Kernels<OperatorName> = { ...graph, ...elementwise, ...reduce, ...linalg, ...shape, ...indexing, ...convolution }

function runNode(node: Node, inputs: readonly NumberArray[], binding: Binding): readonly NumberArray[] {
  const kernel = kernels[node.operator.name] as Kernel<OperatorName>
  const result = kernel(inputs, { attributes: node.attributes, node, binding })
  return Array.isArray(result) ? result : [result as NumberArray]
}

function runProgram(program: Program, known: Map<Tensor, NumberArray>, binding: Binding): NumberArray[] {
  for (const node of program.nodes) {
    const inputs = node.inputs.map((x) => known.get(x) as NumberArray)
    runNode(node, inputs, binding).forEach((value, i) => {
      known.set(node.outputs[i] as Tensor, value)
    })
  }
  return program.outputs.map(({ tensor }) => known.get(tensor) as NumberArray)
}

/** The value of a node whose inputs are all constants. */
export function foldConstant(node: Node): NumberArray {
  const none: Binding = new Map()
  const inputs = node.inputs.map((x) => runNode(x.node, [], none)[0] as NumberArray)
  return runNode(node, inputs, none)[0] as NumberArray
}

/**
 * Runs a Program in float64, operator by operator: the slow, obvious reference that every backend is tested against.
 *
 * @param feeds - a value for each input, by name. float32 inputs may be given as Float64Array, to test laws at float64 precision.
 * @returns the outputs by name, float64 numbers whatever their type.
 * @throws FeedError for an input that is missing or does not fit, naming the axis, the symbol and both values.
 * @remarks int32 and int64 are exact below 2^53 and do not wrap around.
 */
export function evaluate(program: Program, feeds: Readonly<Record<string, TensorValue>>): Record<string, ReferenceValue> {
  const shapes: Record<string, readonly number[]> = {}
  const bound: Record<string, number> = {}
  for (const { name, tensor } of program.inputs) {
    const value = feeds[name]
    if (value === undefined) continue
    if (value.dtype !== tensor.dtype)
      throw new FeedError(`evaluate: expected input "${name}" of type ${tensor.dtype}, received ${value.dtype}.`)
    if (value.data.length !== elementCount(value.shape)) {
      throw new FeedError(
        `evaluate: expected ${elementCount(value.shape)} numbers for input "${name}" of shape [${value.shape.join(', ')}], received ${value.data.length}.`,
      )
    }
    shapes[name] = value.shape
    if (tensor.binds !== undefined) bound[name] = Number(value.data[0])
  }
  const binding = program.bind(shapes, bound)
  const known = new Map<Tensor, NumberArray>()
  for (const { name, tensor } of program.inputs) {
    const { dtype, shape: sizes, data } = feeds[name] as TensorValue
    known.set(tensor, { dtype, shape: sizes, data: toNumbers(data) })
  }
  const results = runProgram(program, known, binding)
  return Object.fromEntries(program.outputs.map(({ name }, i) => [name, results[i] as NumberArray]))
}
