import { maskedMax, maskedMean, maskedSum } from '@equivar/nn'
import { cast, greater, type Tensor } from '@equivar/tensor'

/** A pooling. */
export type Aggregation = 'sum' | 'mean' | 'max'

const reductions: Readonly<Record<Aggregation, typeof maskedSum>> = { sum: maskedSum, mean: maskedMean, max: maskedMax }

/**
 * Pools over the set.
 *
 * Law: invariant to permutations of the elements.
 *
 * @param x - float32 [batch, set, ...element]; bool for `any`, which is true if some element is.
 * @param mask - bool [batch, set], or over further axes of the elements too; default: all exist.
 * @returns [batch, ...element]; 0 (false) for an empty set.
 */
export function poolSet(x: Tensor, how: Aggregation | 'any', mask?: Tensor): Tensor {
  if (how === 'any') return greater(maskedSum(cast(x, 'float32'), mask, { axis: 1 }), 0)
  return reductions[how](x, mask, { axis: 1 })
}

/**
 * Pools over the positions (pixels, points, nodes) of every element, which makes it invariant to their permutations.
 *
 * @param x - float32 [batch, set, ...element].
 * @param axes - the axes of the positions, counted from the last: [-2, -1] for images, [-2] for points [n, channels].
 * @param mask - bool over the first axes of x; default: all exist.
 * @param options - `keepDims`: whether to keep the axes with size 1.
 * @throws RangeError if an axis is not counted from the last.
 */
export function poolElements(
  x: Tensor,
  how: Aggregation,
  axes: readonly number[],
  mask?: Tensor,
  { keepDims = false }: { keepDims?: boolean } = {},
): Tensor {
  const axis = demandFromLast('poolElements', axes)
  return axis.length === 0 ? x : reductions[how](x, mask, { axis, keepDims })
}

/** Requires axes counted from the last, which mean the same with and without the axes of batch and set. */
export function demandFromLast(where: string, axes: readonly number[]): readonly number[] {
  if (axes.every((axis) => Number.isInteger(axis) && axis < 0)) return axes
  throw new RangeError(`${where}: expected axes counted from the last (-1 is the last), received [${axes.join(', ')}].`)
}
