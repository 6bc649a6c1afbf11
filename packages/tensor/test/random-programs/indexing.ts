import * as t from '@equivar/tensor'
import type { Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

/** Positions along an axis of that size: fed, or constants. Empty where the axis is. */
function places(w: Writer, shape: readonly t.Dimension[], size: t.Dimension, dtype: 'int64' | 'int32' = 'int64'): t.Tensor {
  const empty = w.value(size) === 0
  const fitting = empty ? [0, ...shape.slice(1)] : shape
  const numbers = w.indexNumbers(w.count(fitting), size)
  if (fitting.every((d) => typeof d === 'number') && w.chance(0.5)) return t.constant(numbers, fitting, dtype)
  return w.input(dtype, fitting, numbers)
}

/** Constant positions of every kind: a permutation, every row equally often, distinct rows, rows again. */
export function knownPlaces(w: Writer, size: number): t.Tensor {
  const order = w.order(size)
  const lists = [order, [...order, ...w.order(size)], order.slice(0, Math.ceil(size / 2)), [...order, ...order.slice(0, 1)], []]
  const numbers = w.pick(lists)
  const square = numbers.length === 2 * size && w.chance(0.5)
  return t.constant(BigInt64Array.from(numbers, BigInt), square ? [2, size] : [numbers.length])
}

/** A tensor one of whose axes has a known, positive size; and that axis. */
function sized(w: Writer): { x: t.Tensor; axis: number; size: number } {
  const known = (d: t.Dimension): boolean => typeof d === 'number' && d > 0
  const x = w.find((one) => one.shape.some(known) && t.isFloat(one.dtype) && one.rank < 4, w.setting.float, 2)
  const axis = w.axis(x, known) ?? 0
  return { x, axis, size: Number(x.size(axis)) }
}

/** Reads and writes at positions. */
export const indexing: Recipes = {
  gather: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    return t.gather(x, places(w, w.pick([[], [3], ['n'], [2, 2]]).map(t.dimension), x.size(axis), w.pick(['int64', 'int32'])), axis)
  },
  'gather known rows': (w) => {
    const { x, axis, size } = sized(w)
    return t.gather(x, knownPlaces(w, size), axis)
  },
  'gather known rows, differentiated': (w) => {
    const { x, axis, size } = sized(w)
    const y = t.gather(x, knownPlaces(w, size), axis)
    return t.differentiate(t.reduceSum(t.mul(y, w.ofShape(y.dtype, y.shape))), x)
  },
  gatherElements: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const size = x.size(axis)
    return t.gatherElements(x, places(w, x.shape.with(axis, w.value(size) === 0 ? 0 : w.between(1, 3)), size), axis)
  },
  gatherND: (w) => {
    const x = w.atLeast(1)
    const size = x.size(0)
    return t.gatherND(x, places(w, [w.size(), 1], size))
  },
  scatterElements: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const size = x.size(axis)
    const indices = places(w, x.shape.with(axis, w.value(size) === 0 ? 0 : w.between(1, 3)), size)
    const reduction = w.pick<t.ScatterReduction>([indices.shape[axis] === 1 ? 'none' : 'add', 'add', 'mul', 'max', 'min'])
    return t.scatterElements(x, indices, w.ofShape(x.dtype, indices.shape), { axis, reduction })
  },
  scatterND: (w) => {
    const x = w.atLeast(1)
    const indices = places(w, [w.size(), 1], x.size(0))
    const updates = w.ofShape(x.dtype, [indices.size(0), ...x.shape.slice(1)])
    // Rows that replace others must differ.
    return t.scatterND(x, indices, updates, { reduction: w.pick([indices.shape[0] === 1 ? 'none' : 'add', 'add', 'mul', 'max', 'min']) })
  },
  'rows in place of others': (w) => {
    const { x, axis, size } = sized(w)
    const front = t.moveAxis(x, axis, 0)
    const rows = t.unsqueeze(t.constant(BigInt64Array.from(w.order(size), BigInt)), 1)
    return t.scatterND(w.ofShape(x.dtype, front.shape), rows, front)
  },
  'sums at known rows': (w) => {
    const { x, axis, size } = sized(w)
    const front = t.moveAxis(x, axis, 0)
    const count = size + w.pick([0, 0, 1])
    const rows = t.unsqueeze(t.constant(BigInt64Array.from(w.order(count).slice(0, size), BigInt)), 1)
    return t.scatterND(t.zeros([count, ...front.shape.slice(1)], x.dtype), rows, front, { reduction: 'add' })
  },
  'sums by index and a term': (w) => {
    const x = w.atLeast(1)
    const count = w.size()
    const shape = [count, ...x.shape.slice(1)]
    const rows = w.chance(0.75) ? t.zeros(shape, x.dtype) : w.ofShape(x.dtype, shape)
    const indices = places(w, [x.size(0), 1], count)
    const updates = w.ofShape(x.dtype, [indices.size(0), ...x.shape.slice(1)])
    const sums = t.scatterND(rows, indices, updates, { reduction: 'add' })
    return t.add(w.ofShape(x.dtype, shape), sums)
  },
  oneHot: (w) => {
    const size = w.size()
    // ONNX Runtime refuses a depth of 0.
    const depth = w.value(size) === 0 ? 1 : size
    const at = w.chance(0.5) ? w.typed(w.pick(['int64', 'int32'])) : places(w, w.shape(1), 3)
    return t.oneHot(at, depth, { dtype: w.pick([w.setting.float, 'int32', 'bool', 'int64']), axis: w.pick([0, -1]) })
  },
  'rows that are kept': (w) => {
    const x = w.atLeast(1)
    const mask = w.ofShape('bool', [x.size(0)])
    const kept = t.gather(x, t.squeeze(t.nonZero(mask, `kept_${w.between(0, 1e6)}`), 0))
    return t.reduceSum(kept, { axis: 0 })
  },
  'a number as a size': (w) => {
    const mask = w.ofShape('bool', [w.size()])
    const [size = 0] = t.asSizes(t.reduceSum(t.cast(mask, 'int64')), [`size_${w.between(0, 1e6)}`])
    return t.reduceSum(t.mul(t.range(size), t.sizeOf(size)))
  },
  segments: (w) => {
    const x = w.atLeast(1)
    const f = w.pick([t.segmentSum, t.segmentMean, t.segmentMax, t.segmentMin, t.segmentSoftmax])
    return f(x, w.input('int64', [x.size(0)], w.indexNumbers(w.value(x.size(0)), 4, false)), 4)
  },
}
