import { type Dimension, product, sameDimension } from '../../expression/dimension.ts'
import type { Node, Tensor } from '../../expression/tensor.ts'
import { isNode, type NodeOf, type OperatorName } from '../../operators/signatures.ts'
import { isZero } from '../known-numbers.ts'

/**
 * How a tensor depends on the batch:
 *
 * - `none`: not at all; every piece reads the whole of it.
 * - a number, the axis along which the examples lie, each with the same number of rows: the rows of an example depend on that example alone.
 * - `sum`: the sum over the examples of what each gives.
 */
export type OfBatch = 'none' | 'sum' | number

/** Whether a size grows with the number of examples. */
export type HoldsBatch = (d: Dimension) => boolean

/** What a node gives of inputs that are not sums; undefined if it is none of the three, or is not known to be. */
type BatchRule<K extends OperatorName> = (node: NodeOf<K>, inputs: readonly OfBatch[], holds: HoldsBatch) => OfBatch | undefined

const rankOf = (x: Tensor | undefined): number => x?.rank ?? 0

/** The one axis of the result that all inputs with examples are broadcast to. */
function alongOne({ inputs, output }: Node, along: readonly OfBatch[]): OfBatch | undefined {
  const axes = along.flatMap((axis, i) => (typeof axis === 'number' ? [axis + output.rank - rankOf(inputs[i])] : []))
  return axes.every((axis) => axis === axes[0]) ? axes[0] : undefined
}

/** The axis of the first input, the only one with examples. */
function onlyFirst(along: readonly OfBatch[]): number | undefined {
  const [first, ...rest] = along
  return typeof first === 'number' && rest.every((one) => one === 'none') ? first : undefined
}

/** The axis, unless it is the one at which something is done. */
const unless = (axis: number | undefined, ...taken: readonly number[]): number | undefined =>
  axis === undefined || taken.includes(axis) ? undefined : axis

/** Where an axis lies once others, named by their place before, are gone. */
const withoutAxes = (axis: number, gone: readonly number[]): number => axis - gone.filter((other) => other < axis).length

/** Where an axis lies once others, named by their place afterwards, have come. */
function withAxes(axis: number, come: readonly number[]): number {
  let place = axis
  for (const other of [...come].sort((a, b) => a - b)) if (other <= place) place++
  return place
}

/** The axis of all inputs, if it is the same. */
function sameAxis(along: readonly OfBatch[]): number | undefined {
  const [axis] = along
  return typeof axis === 'number' && along.every((other) => other === axis) ? axis : undefined
}

const matMul: BatchRule<'MatMul'> = (node, along) => {
  const { inputs, output } = node
  const [[a, b], [alongA, alongB]] = [inputs, along]
  if (a.rank < 2 || b.rank < 2) return undefined
  if (alongA === a.rank - 1 && alongB === b.rank - 2) return 'sum'
  const contracted = alongA === a.rank - 1 || alongB === b.rank - 2
  const outer = (alongA === a.rank - 2 && alongB !== 'none') || (alongB === b.rank - 1 && alongA !== 'none')
  if (contracted || outer) return undefined
  if (alongA === a.rank - 2) return output.rank - 2
  return alongB === b.rank - 1 ? output.rank - 1 : alongOne(node, along)
}

const einsum: BatchRule<'Einsum'> = ({ attributes: { equation } }, along) => {
  const [operands, result] = equation.replaceAll(' ', '').split('->')
  if (operands === undefined || result === undefined || equation.includes('.')) return undefined
  const terms = operands.split(',')
  const letters = new Set(along.flatMap((axis, i) => (typeof axis === 'number' ? [terms[i]?.[axis]] : [])))
  const [letter] = letters
  if (letters.size !== 1 || letter === undefined) return undefined
  // An operand with that letter and no examples would be as long as the batch.
  if (terms.some((term, i) => [...term].filter((other) => other === letter).length !== (along[i] === 'none' ? 0 : 1))) return undefined
  return result.includes(letter) ? result.indexOf(letter) : 'sum'
}

/** The axis with the examples stays behind as many elements as before. */
const reshape: BatchRule<'Reshape'> = ({ inputs: [x], output }, along, holds) => {
  const axis = onlyFirst(along)
  if (axis === undefined) return undefined
  const before = product(x.shape.slice(0, axis))
  const place = output.shape.findIndex((d, i) => holds(d) && sameDimension(product(output.shape.slice(0, i)), before))
  return place < 0 ? undefined : place
}

const gather: BatchRule<'Gather'> = ({ inputs: [, indices], attributes: { axis } }, [x, at]) => {
  if (typeof x === 'number' && at === 'none' && x !== axis) return x < axis ? x : x + indices.rank - 1
  return x === 'none' && typeof at === 'number' ? axis + at : undefined
}

const gatherND: BatchRule<'GatherND'> = ({ inputs: [, indices] }, [x, at]) => {
  const [depth, rank] = [Number(indices.size(-1)), indices.rank - 1]
  if (typeof x === 'number' && at === 'none') return x >= depth ? rank + x - depth : undefined
  return x === 'none' && typeof at === 'number' && at < rank ? at : undefined
}

const scatterND: BatchRule<'ScatterND'> = ({ inputs, attributes: { reduction } }, [data, at, updates]) => {
  const [x, indices] = inputs
  const [depth, rank] = [Number(indices.size(-1)), indices.rank - 1]
  if (at === 'none') return typeof data === 'number' && data >= depth && updates === rank + data - depth ? data : undefined
  const adds = data === 'none' && reduction === 'add' && isZero(x)
  return adds && at === updates && typeof at === 'number' && at < rank ? 'sum' : undefined
}

/** The examples of a convolution lie along the first axis. */
const firstAxis = (_: Node, along: readonly OfBatch[]): number | undefined => unless(onlyFirst(along), 1, 2, 3, 4)

const pooling = (_: Node, along: readonly OfBatch[]): number | undefined => unless(sameAxis(along), 2, 3, 4)

const alongAxis = (
  { attributes: { axis } }: { readonly attributes: { readonly axis: number } },
  along: readonly OfBatch[],
): OfBatch | undefined => unless(onlyFirst(along), axis)

const alongSameAxis = (
  { attributes: { axis } }: { readonly attributes: { readonly axis: number } },
  along: readonly OfBatch[],
): OfBatch | undefined => unless(sameAxis(along), axis)

const argument = ({ attributes }: NodeOf<'ArgMax'> | NodeOf<'ArgMin'>, along: readonly OfBatch[]): OfBatch | undefined => {
  const axis = unless(onlyFirst(along), attributes.axis)
  return axis === undefined || attributes.keepDims ? axis : withoutAxes(axis, [attributes.axis])
}

/** Of operators that are neither pointwise nor reduce. One that is not here is computed before the batch is cut. */
export const batchRules: { readonly [K in OperatorName]?: BatchRule<K> } = {
  MatMul: matMul,
  Einsum: einsum,
  ArgMax: argument,
  ArgMin: argument,
  CumSum: alongAxis,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  TopK: alongAxis,
  Reshape: reshape,
  Squeeze: ({ attributes: { axes } }, along) => {
    const axis = onlyFirst(along)
    return axis === undefined ? undefined : withoutAxes(axis, axes)
  },
  Unsqueeze: ({ attributes: { axes } }, along) => {
    const axis = onlyFirst(along)
    return axis === undefined ? undefined : withAxes(axis, axes)
  },
  Transpose: ({ attributes: { permutation } }, along) => {
    const axis = onlyFirst(along)
    return axis === undefined ? undefined : permutation.indexOf(axis)
  },
  Expand: (node, along) => alongOne(node, along),
  Concat: alongSameAxis,
  Slice: ({ attributes: { axes } }, along) => unless(onlyFirst(along), ...axes),
  Split: alongAxis,
  Pad: ({ inputs: [x], attributes: { pads } }, along) => {
    const axis = onlyFirst(along)
    return axis !== undefined && pads[axis] === 0 && pads[axis + x.rank] === 0 ? axis : undefined
  },
  Tile: ({ attributes: { repeats } }, along) => {
    const axis = onlyFirst(along)
    return axis !== undefined && repeats[axis] === 1 ? axis : undefined
  },
  Trilu: ({ inputs: [x] }, along) => unless(onlyFirst(along), x.rank - 2, x.rank - 1),
  Gather: gather,
  GatherElements: alongSameAxis,
  GatherND: gatherND,
  ScatterElements: alongSameAxis,
  ScatterND: scatterND,
  OneHot: ({ attributes: { axis } }, along) => {
    const at = onlyFirst(along)
    return at === undefined ? undefined : withAxes(at, [axis])
  },
  Conv: firstAxis,
  ConvTranspose: firstAxis,
  ConvInputGradient: (_, [weight, gradient]) => (weight === 'none' && gradient === 0 ? 0 : undefined),
  ConvWeightGradient: (_, along) => (sameAxis(along) === 0 ? 'sum' : undefined),
  MaxPool: pooling,
  AveragePool: pooling,
  MaxPoolGradient: pooling,
}

function reducing(node: NodeOf<'ReduceSum'>, along: readonly OfBatch[]): OfBatch | undefined {
  const [axis, { axes, keepDims }] = [onlyFirst(along), node.attributes]
  if (axis === undefined) return undefined
  if (axes.includes(axis)) return isNode(node, 'ReduceSum') ? 'sum' : undefined
  return keepDims ? axis : withoutAxes(axis, axes)
}

/** What a node gives, if some of its inputs have examples and none is a sum; undefined if it is not known. */
export function ofBatch(node: Node, along: readonly OfBatch[], holds: HoldsBatch): OfBatch | undefined {
  if (node.has('pointwise')) return alongOne(node, along)
  if (node.has('reducing')) return reducing(node as NodeOf<'ReduceSum'>, along)
  const table: Partial<Record<string, BatchRule<OperatorName>>> = batchRules as object
  const found = Object.hasOwn(table, node.operator.name) ? table[node.operator.name] : undefined
  return found?.(node as NodeOf<OperatorName>, along, holds)
}
