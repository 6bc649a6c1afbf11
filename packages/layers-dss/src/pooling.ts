import {
  cast,
  countAlong,
  type Dimension,
  div,
  greater,
  max,
  mul,
  product,
  reduceMax,
  reduceMean,
  reduceSum,
  sizeOf,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'

/** How many become one. */
export type Pool = 'sum' | 'mean' | 'max'

/** Below every number that counts, finite so that a product with 0 is 0. */
const LOWEST = -3e38

/** Pools axes over the entries that exist. @param mask - bool over the first axes of x; an entry of it speaks for all that lie behind. */
function poolAxes(x: Tensor, how: Pool, axes: readonly number[], mask: Tensor | undefined, keepDims: boolean): Tensor {
  const options = { axis: axes, keepDims }
  if (axes.length === 0) return x
  if (mask === undefined) {
    const size = product(axes.map((axis) => x.shape[axis] as Dimension))
    if (how === 'sum') return reduceSum(x, options)
    const filled = typeof size === 'number' && size > 0
    if (how === 'mean') return filled ? reduceMean(x, options) : div(reduceSum(x, options), max(countAlong(x, axes, x.dtype), 1))
    return filled ? reduceMax(x, options) : where(greater(sizeOf(size), 0), reduceMax(x, options), 0)
  }
  const exists = unsqueeze(
    mask,
    Array.from({ length: x.rank - mask.rank }, (_, i) => mask.rank + i),
  )
  if (how === 'sum') return reduceSum(where(exists, x, 0), options)
  const found = reduceSum(cast(exists, x.dtype), options)
  if (how === 'max') return where(greater(found, 0), reduceMax(where(exists, x, LOWEST), options), 0)
  const behind = axes.filter((axis) => axis >= mask.rank)
  const count = behind.length === 0 ? found : mul(found, countAlong(x, behind, x.dtype))
  return div(reduceSum(where(exists, x, 0), options), max(count, 1))
}

/**
 * Pools over the set.
 *
 * Law: invariant to permutations of the elements.
 *
 * @param x - float32 [batch, set, ...element]; bool for `any`, which is true where some element is.
 * @param mask - bool [batch, set], or over further axes of the elements too; all exist if left out.
 * @returns [batch, ...element]; 0 (false) for a set without elements.
 */
export function poolSet(x: Tensor, how: Pool | 'any', mask?: Tensor): Tensor {
  if (how === 'any') return greater(poolAxes(cast(x, 'float32'), 'sum', [1], mask, false), 0)
  return poolAxes(x, how, [1], mask, false)
}

/**
 * Pools over positions of every element, which makes it invariant to what permutes them (pixels, points, nodes).
 *
 * @param x - float32 [batch, set, ...element].
 * @param axes - the axes of the positions, counted from the last: [-2, -1] for images, [-2] for points [n, channels].
 * @param mask - bool over the first axes of x; all exist if left out.
 * @param options - `keepDims`: whether the axes stay, with size 1.
 * @throws RangeError if an axis is not counted from the last.
 */
export function poolElements(
  x: Tensor,
  how: Pool,
  axes: readonly number[],
  mask?: Tensor,
  { keepDims = false }: { keepDims?: boolean } = {},
): Tensor {
  const normal = demandFromLast('poolElements', axes).map((axis) => axis + x.rank)
  return poolAxes(x, how, normal, mask, keepDims)
}

/** Axes that mean the same with and without the axes of batch and set in front. */
export function demandFromLast(where: string, axes: readonly number[]): readonly number[] {
  if (axes.every((axis) => Number.isInteger(axis) && axis < 0)) return axes
  throw new RangeError(`${where}: expected axes counted from the last (-1 is the last), received [${axes.join(', ')}].`)
}
