import { concat as concatReference, slice as sliceReference, split as splitReference } from '../evaluate/shape.ts'
import { normalizeAxis } from '../expression/axes.ts'
import {
  type Dimension,
  type DimensionLike,
  dimension,
  floorDivide,
  minus,
  plus,
  printShape,
  sameDimension,
} from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { apply, applyAll, type OperatorOf, operator } from './operator.ts'
import { demandSameType } from './pointwise.ts'
import { unsqueeze } from './shape.ts'

/** Entry of Concat. */
export const concatOperator: OperatorOf<'Concat'> = /* @__PURE__ */ operator('Concat', {
  arity: [1, Infinity],
  traits: ['rearranging', 'axiswise'],
  infer: (inputs, { axis }) => {
    const [first] = inputs
    for (const x of inputs) {
      const fits = x.rank === first.rank && x.shape.every((d, i) => i === axis || sameDimension(d, first.size(i)))
      if (!fits)
        throw new ShapeError('Concat', `shapes that differ at axis ${axis} only`, `${printShape(first.shape)} and ${printShape(x.shape)}`)
      demandSameType('Concat', first, x)
    }
    const size = inputs.map((x) => x.size(axis)).reduce(plus)
    return [{ dtype: first.dtype, shape: first.shape.with(axis, size) }]
  },
  reference: concatReference,
})

/** Joins tensors along an axis. @throws ShapeError if there is none, or they differ elsewhere. @see ONNX Concat. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first, ...rest] = tensors
  if (first === undefined) throw new ShapeError('Concat', 'at least one tensor', 'none')
  return rest.length === 0 ? first : apply(concatOperator, [first, ...rest], { axis: normalizeAxis('Concat', axis, first.rank) })
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis,
  )
}

/** Entry of Slice. */
export const sliceOperator: OperatorOf<'Slice'> = /* @__PURE__ */ operator('Slice', {
  traits: ['rearranging', 'axiswise'],
  infer: ([x], { axes, starts, ends, steps }) => {
    const sizes = [...x.shape]
    for (const [i, axis] of axes.entries()) {
      const [start, end, step, size] = [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1, x.size(axis)]
      if (typeof start === 'number' && typeof end === 'number' && (start < 0 || end < start || (typeof size === 'number' && end > size))) {
        throw new ShapeError('Slice', `0 <= start <= end <= ${size} at axis ${axis}`, `start ${start}, end ${end}`)
      }
      sizes[axis] = step === -1 ? size : floorDivide(plus(minus(end, start), step - 1), step)
    }
    return [{ dtype: x.dtype, shape: sizes }]
  },
  reference: sliceReference,
})

/** A part of an axis. */
export interface Interval {
  readonly axis: number
  /** First element; negative numbers count from the end. 0 if left out. */
  readonly start?: DimensionLike
  /** Behind the last element; negative numbers count from the end, numbers beyond it are cut. The size if left out. */
  readonly end?: DimensionLike
  /** Every step-th element; 1 if left out. */
  readonly step?: number
}

/**
 * Parts of axes: elements start, start + step, ... before end.
 *
 * @throws ShapeError if the bounds are out of order or outside the axis. Use `flip` to reverse.
 * @see ONNX Slice.
 */
export function slice(x: Tensor, ...intervals: readonly Interval[]): Tensor {
  const cut = intervals.map(({ axis, start = 0, end, step = 1 }) => {
    const a = normalizeAxis('Slice', axis, x.rank)
    const size = x.size(a)
    const bound = (d: DimensionLike): Dimension => {
      const at = typeof d === 'number' && d < 0 ? plus(size, d) : dimension(d)
      return typeof at === 'number' && typeof size === 'number' ? Math.max(0, Math.min(at, size)) : at
    }
    if (!Number.isInteger(step) || step < 1) throw new ShapeError('Slice', 'a positive step (flip reverses)', `${step}`)
    const from = bound(start)
    const to = end === undefined ? size : bound(end)
    const ordered = typeof from === 'number' && typeof to === 'number' && to < from ? from : to
    return { a, from, to: ordered, step, whole: step === 1 && from === 0 && sameDimension(ordered, size) }
  })
  const kept = cut.filter(({ whole }) => !whole)
  if (kept.length === 0) return x
  return apply(sliceOperator, [x], {
    axes: kept.map(({ a }) => a),
    starts: kept.map(({ from }) => from),
    ends: kept.map(({ to }) => to),
    steps: kept.map(({ step }) => step),
  })
}

/** Reverses axes. */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  const normal = [axes].flat().map((axis) => normalizeAxis('flip', axis, x.rank))
  if (normal.length === 0) return x
  return apply(sliceOperator, [x], {
    axes: normal,
    starts: normal.map(() => 0),
    ends: normal.map((a) => x.size(a)),
    steps: normal.map(() => -1),
  })
}

/** Entry of Split. */
export const splitOperator: OperatorOf<'Split'> = /* @__PURE__ */ operator('Split', {
  traits: ['rearranging', 'axiswise'],
  infer: ([{ dtype, shape }], { axis, sizes }) => {
    const sum = sizes.reduce(plus, 0)
    if (!sameDimension(sum, shape[axis] ?? 0)) {
      throw new ShapeError('Split', `sizes that add up to ${shape[axis]}, the size of axis ${axis}`, `${printShape(sizes)} with sum ${sum}`)
    }
    return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }))
  },
  reference: splitReference,
})

/** Cuts an axis into pieces of those sizes. @see ONNX Split. */
export function split(x: Tensor, sizes: readonly DimensionLike[], axis: number): readonly Tensor[] {
  return applyAll(splitOperator, [x], { axis: normalizeAxis('Split', axis, x.rank), sizes: sizes.map(dimension) })
}
