import * as t from '@equivar/tensor'
import type { Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

const axes = (w: Writer, x: t.Tensor): number[] => x.shape.flatMap((_, i) => (w.chance(0.5) ? [i] : []))

const sizeAt = (x: t.Tensor, axis: number): t.Dimension => x.shape[axis] ?? 1

/** The sizes of x, some of them put together. */
function merged(w: Writer, x: t.Tensor): t.Dimension[] {
  const sizes = [...x.shape]
  for (let i = w.random.integer(3); i > 0 && sizes.length > 1; i--) {
    const at = w.random.integer(sizes.length - 1)
    sizes.splice(at, 2, t.times(sizes[at] ?? 1, sizes[at + 1] ?? 1))
  }
  if (w.chance(0.3)) sizes.splice(w.random.integer(sizes.length + 1), 0, 1)
  return sizes
}

const positive =
  (w: Writer) =>
  (d: t.Dimension): boolean =>
    w.value(d) > 0

const padded = (w: Writer, x: t.Tensor, mode: t.PadMode): t.Tensor => {
  const most = (d: t.Dimension): number =>
    mode === 'constant' ? 2 : Math.min(2, typeof d === 'number' ? d - (mode === 'reflect' ? 1 : 0) : 0)
  const amounts = [...x.shape, ...x.shape].map((d) => (w.chance(0.4) ? w.between(0, Math.max(0, most(d))) : 0))
  return mode === 'constant' ? t.pad(x, amounts, { value: w.pick([0, 1, -0.5]) }) : t.pad(x, amounts, { mode })
}

/** What moves, cuts, repeats and makes elements. */
export const shaping: Recipes = {
  reshape: (w) => {
    const x = w.typed(w.dtype())
    return t.reshape(x, merged(w, x))
  },
  squeeze: (w) => {
    const x = w.find(({ shape }) => shape.includes(1), w.setting.float)
    const at = w.axis(x, (d) => d === 1)
    return at === undefined ? t.unsqueeze(x, 0) : t.squeeze(x, at)
  },
  unsqueeze: (w) => {
    const x = w.typed(w.dtype())
    return x.rank > 3 ? x : t.unsqueeze(x, w.random.integer(x.rank + 1))
  },
  transpose: (w) => {
    const x = w.typed(w.dtype())
    return t.transpose(x, w.order(x.rank))
  },
  expand: (w) => {
    const x = w.typed(w.dtype())
    return t.expand(
      x,
      x.shape.map((d) => (d === 1 ? w.size() : d)),
    )
  },
  concat: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const parts = [x, w.ofShape(x.dtype, x.shape.with(axis, w.size())), x].slice(0, w.between(1, 3))
    return t.concat(parts, axis)
  },
  slice: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const size = sizeAt(x, axis)
    const open = typeof size !== 'number'
    return t.slice(x, { axis, start: open ? 0 : w.between(0, size), step: w.pick([1, 1, 2, 3]), end: open ? size : w.between(0, size) })
  },
  flip: (w) => {
    const x = w.atLeast(1)
    return t.flip(x, axes(w, x))
  },
  split: (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const size = sizeAt(x, axis)
    const first = typeof size === 'number' ? w.between(0, size) : 0
    return t.split(x, [first, t.minus(size, first)], axis)
  },
  pad: (w) => padded(w, w.atLeast(1), w.pick(['constant', 'constant', 'reflect', 'edge', 'wrap'])),
  tile: (w) => {
    const x = w.typed(w.dtype())
    return t.tile(
      x,
      x.shape.map(() => w.pick([1, 1, 2, 3])),
    )
  },
  trilu: (w) => t.trilu(w.atLeast(2), { upper: w.chance(0.5), k: w.between(-1, 1) }),
  diagonal: (w) => {
    const n = w.size()
    return t.diagonal(w.ofShape(w.setting.float, [...w.shape(w.between(0, 1)), n, n]))
  },
  range: (w) => {
    const n = w.size()
    return [t.range(n), t.mul(w.ofShape(w.setting.float, [n]), t.cast(t.range(n), w.setting.float))]
  },
  eyeLike: (w) => {
    const [rows, columns] = [w.size(), w.size()]
    const dtype = w.pick<t.DataType>([w.setting.float, 'int64'])
    return t.eyeLike(rows, columns, { k: w.between(-1, 1), dtype })
  },
  sizeOf: (w) => t.cast(t.sizeOf(t.plus(t.times(w.size(), 2), t.floorDivide(w.size(), 2))), w.pick([w.setting.float, 'int64'])),

  reduce: (w) => {
    const x = w.chance(0.9) ? w.float() : w.typed('int64')
    const chosen = axes(w, x)
    const always = [t.reduceSum, t.reduceProd]
    const positive = [t.reduceMean, t.reduceMax, t.reduceMin, t.reduceLogSumExp].filter((f) => t.isFloat(x.dtype) || f === t.reduceMax)
    const isEmpty = w.count(chosen.map((axis) => x.size(axis))) === 0
    return w.pick(isEmpty ? always : [...always, ...positive])(x, { axis: chosen, keepDims: w.chance(0.5) })
  },
  'position of the best': (w) => {
    const x = w.atLeast(1)
    return w.pick([t.argMax, t.argMin])(x, w.axis(x, positive(w)) ?? Number.NaN, { keepDims: w.chance(0.5) })
  },
  'along an axis': (w) => {
    const x = w.atLeast(1)
    const axis = w.axis(x) ?? 0
    const exclusive = w.chance(0.5)
    return w.pick([() => t.softmax(x, axis), () => t.logSoftmax(x, axis), () => t.cumSum(x, axis, { exclusive, reverse: !exclusive })])()
  },
  topK: (w) => {
    // ONNX Runtime ends the process where there are no elements.
    const x = w.find((one) => t.isFloat(one.dtype) && one.rank > 0 && w.count(one.shape) > 0, w.setting.float, 1)
    const axis = w.axis(x) ?? 0
    const size = sizeAt(x, axis)
    const { values, indices } = t.topK(x, typeof size === 'number' ? w.between(0, size) : size, axis, { largest: w.chance(0.5) })
    return [values, indices]
  },
}
