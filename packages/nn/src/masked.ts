import {
  add,
  cast,
  type Dimension,
  div,
  exp,
  greater,
  log,
  max,
  mul,
  product,
  type ReduceOptions,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  sizeOf,
  softmax,
  squeeze,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'

/*
 * Reductions over the entries that exist. A mask is a bool tensor, true where an entry exists. It covers the first axes of x, and applies to all entries along
 * the other axes; or it has the rank of x and is broadcast against it. Without a mask all entries exist.
 *
 * Masked entries, even NaN, affect no value and no derivative. Every reduction over no entries is 0, with derivative 0.
 */

/** A finite substitute for minus infinity at masked entries: its product with 0 is 0, and softmax gives it the weight 0. */
export const LOWEST: number = -3e38

/** Appends axes of size 1 to a mask, up to the given rank. */
export function alignMask(mask: Tensor, rank: number): Tensor {
  if (mask.rank >= rank) return mask
  return unsqueeze(
    mask,
    Array.from({ length: rank - mask.rank }, (_, i) => mask.rank + i),
  )
}

/** Replaces the masked entries of x by a number. */
export function fillMissing(x: Tensor, mask: Tensor | undefined, value = 0): Tensor {
  return mask === undefined ? x : where(alignMask(mask, x.rank), x, value)
}

function axesOf(x: Tensor, { axis }: ReduceOptions): number[] {
  if (axis === undefined) return x.shape.map((_, i) => i)
  return (typeof axis === 'number' ? [axis] : axis).map((a) => (a < 0 ? a + x.rank : a))
}

const sizeAlong = (x: Tensor, axes: readonly number[]): Dimension => product(axes.map((axis) => x.shape[axis] as Dimension))

/** Whether a size is known and positive. */
const isPositive = (size: Dimension): boolean => typeof size === 'number' && size > 0

/** The number of true entries of the mask, and the number of entries of x that each entry of the mask covers. */
function countsOf(x: Tensor, mask: Tensor, options: ReduceOptions): { readonly found: Tensor; readonly each: Dimension } {
  const exists = alignMask(mask, x.rank)
  const covered = axesOf(x, options).filter((axis) => exists.shape[axis] === 1)
  return { found: reduceSum(cast(exists, x.dtype), options), each: sizeAlong(x, covered) }
}

const sizeAs = (size: Dimension, { dtype }: Tensor): Tensor => cast(sizeOf(size), dtype)

/** The number of entries that exist, in the type of x. It broadcasts against the sum of x with the same options. */
export function maskedCount(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  if (mask === undefined) return sizeAs(sizeAlong(x, axesOf(x, options)), x)
  const { found, each } = countsOf(x, mask, options)
  return each === 1 ? found : mul(found, sizeAs(each, x))
}

/** The sum over the entries that exist; 0 if there are none. */
export function maskedSum(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return reduceSum(fillMissing(x, mask), options)
}

/** The mean over the entries that exist; 0 if there are none. */
export function maskedMean(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  if (mask === undefined && isPositive(sizeAlong(x, axesOf(x, options)))) return reduceMean(x, options)
  return div(maskedSum(x, mask, options), max(maskedCount(x, mask, options), 1))
}

/** Whether any entry exists; undefined if this is known to be true. */
function anyExists(x: Tensor, mask: Tensor | undefined, options: ReduceOptions): Tensor | undefined {
  if (mask !== undefined) {
    const { found, each } = countsOf(x, mask, options)
    return greater(isPositive(each) ? found : mul(found, sizeAs(each, x)), 0)
  }
  const size = sizeAlong(x, axesOf(x, options))
  return isPositive(size) ? undefined : greater(sizeOf(size), 0)
}

/** `value`, or `otherwise` where no entry exists. */
function ifAnyExists(value: Tensor, otherwise: number, x: Tensor, mask: Tensor | undefined, options: ReduceOptions): Tensor {
  const some = anyExists(x, mask, options)
  return some === undefined ? value : where(some, value, otherwise)
}

/** The maximum of the entries that exist; 0 if there are none. Tied entries share the derivative. */
export function maskedMax(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return ifAnyExists(reduceMax(fillMissing(x, mask, LOWEST), options), 0, x, mask, options)
}

/** The minimum of the entries that exist; 0 if there are none. Tied entries share the derivative. */
export function maskedMin(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return ifAnyExists(reduceMin(fillMissing(x, mask, -LOWEST), options), 0, x, mask, options)
}

/** The log of the sum of e^x over the entries that exist; 0 if there are none. The largest entry is subtracted first to avoid overflow. */
export function maskedLogSumExp(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  const kept = { ...options, keepDims: true }
  const top = stopGradient(maskedMax(x, mask, kept))
  const total = reduceSum(exp(sub(fillMissing(x, mask, LOWEST), top)), kept)
  const result = add(top, log(ifAnyExists(total, 1, x, mask, kept)))
  return options.keepDims === true ? result : squeeze(result, axesOf(x, options))
}

/** Softmax along an axis over the entries that exist; 0 for masked entries. */
export function maskedSoftmax(x: Tensor, mask: Tensor | undefined, axis = -1): Tensor {
  return fillMissing(softmax(fillMissing(x, mask, LOWEST), axis), mask)
}
