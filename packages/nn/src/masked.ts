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
 * Reductions over the entries that exist. A mask is bool, true where an entry exists: over the first axes of x (an entry of it speaks for all that lie
 * behind), or of the rank of x and broadcast against it. Without a mask all entries exist.
 *
 * What stands where nothing exists, NaN too, changes no value and no derivative. Over nothing every reduction is 0, with a derivative of 0.
 */

/** Stands for minus infinity where nothing exists: finite, so that its product with 0 is 0. Softmax gives it the weight 0. */
export const LOWEST: number = -3e38

/** The mask with axes of size 1 behind, up to that rank. */
export function alignMask(mask: Tensor, rank: number): Tensor {
  if (mask.rank >= rank) return mask
  return unsqueeze(
    mask,
    Array.from({ length: rank - mask.rank }, (_, i) => mask.rank + i),
  )
}

/** x where it exists, the value elsewhere. */
export function fillMissing(x: Tensor, mask: Tensor | undefined, value = 0): Tensor {
  return mask === undefined ? x : where(alignMask(mask, x.rank), x, value)
}

function axesOf(x: Tensor, { axis }: ReduceOptions): number[] {
  if (axis === undefined) return x.shape.map((_, i) => i)
  return (typeof axis === 'number' ? [axis] : axis).map((a) => (a < 0 ? a + x.rank : a))
}

const sizeAlong = (x: Tensor, axes: readonly number[]): Dimension => product(axes.map((axis) => x.shape[axis] as Dimension))

/** Whether it is known, whatever the symbols stand for. */
const isPositive = (size: Dimension): boolean => typeof size === 'number' && size > 0

/** How many entries of the mask are true, and how many entries of x each of them speaks for. */
function countsOf(x: Tensor, mask: Tensor, options: ReduceOptions): { readonly found: Tensor; readonly each: Dimension } {
  const exists = alignMask(mask, x.rank)
  const spokenFor = axesOf(x, options).filter((axis) => exists.shape[axis] === 1)
  return { found: reduceSum(cast(exists, x.dtype), options), each: sizeAlong(x, spokenFor) }
}

const sizeAs = (size: Dimension, { dtype }: Tensor): Tensor => cast(sizeOf(size), dtype)

/** How many entries exist, in the type of x: what broadcasts against the sum of x with the same options. */
export function maskedCount(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  if (mask === undefined) return sizeAs(sizeAlong(x, axesOf(x, options)), x)
  const { found, each } = countsOf(x, mask, options)
  return each === 1 ? found : mul(found, sizeAs(each, x))
}

/** Sum over the entries that exist; 0 over none. */
export function maskedSum(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return reduceSum(fillMissing(x, mask), options)
}

/** Mean over the entries that exist; 0 over none. */
export function maskedMean(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  if (mask === undefined && isPositive(sizeAlong(x, axesOf(x, options)))) return reduceMean(x, options)
  return div(maskedSum(x, mask, options), max(maskedCount(x, mask, options), 1))
}

/** Whether any entry exists: nothing if that is known. */
function anyExists(x: Tensor, mask: Tensor | undefined, options: ReduceOptions): Tensor | undefined {
  if (mask !== undefined) {
    const { found, each } = countsOf(x, mask, options)
    return greater(isPositive(each) ? found : mul(found, sizeAs(each, x)), 0)
  }
  const size = sizeAlong(x, axesOf(x, options))
  return isPositive(size) ? undefined : greater(sizeOf(size), 0)
}

/** `found`, or another number where no entry exists. */
function orWithout(instead: number, found: Tensor, x: Tensor, mask: Tensor | undefined, options: ReduceOptions): Tensor {
  const some = anyExists(x, mask, options)
  return some === undefined ? found : where(some, found, instead)
}

/** Largest of the entries that exist; 0 over none. Entries that tie share the derivative. */
export function maskedMax(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return orWithout(0, reduceMax(fillMissing(x, mask, LOWEST), options), x, mask, options)
}

/** Smallest of the entries that exist; 0 over none. Entries that tie share the derivative. */
export function maskedMin(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  return orWithout(0, reduceMin(fillMissing(x, mask, -LOWEST), options), x, mask, options)
}

/** log of the sum of e^x over the entries that exist; 0 over none. It is shifted by the largest entry, so that nothing overflows. */
export function maskedLogSumExp(x: Tensor, mask: Tensor | undefined, options: ReduceOptions = {}): Tensor {
  const kept = { ...options, keepDims: true }
  const top = stopGradient(maskedMax(x, mask, kept))
  const total = reduceSum(exp(sub(fillMissing(x, mask, LOWEST), top)), kept)
  const result = add(top, log(orWithout(1, total, x, mask, kept)))
  return options.keepDims === true ? result : squeeze(result, axesOf(x, options))
}

/** e^x over its sum along an axis, over the entries that exist; 0 for what does not. @param mask - of the rank of x, or over its first axes. */
export function maskedSoftmax(x: Tensor, mask: Tensor | undefined, axis = -1): Tensor {
  return fillMissing(softmax(fillMissing(x, mask, LOWEST), axis), mask)
}
