import { add, cast, div, exp, log, max, mul, reduceMax, reduceMean, reduceSum, sub, type Tensor, unsqueeze, where } from '@equivar/tensor'

/** How the elements of a set become one: permutation-invariant, over those that exist. */
export type Pool = 'sum' | 'mean' | 'max' | 'logSumExp'

/** The mask with one more axis of size 1, behind. */
const aligned = (mask: Tensor): Tensor => unsqueeze(mask, -1)

/** Zeros where no element exists. @param x - [..., n, channels]. @param mask - bool [..., n]. */
export function keep(mask: Tensor | undefined, x: Tensor): Tensor {
  return mask === undefined ? x : where(aligned(mask), x, 0)
}

/**
 * Pools the second-last axis.
 *
 * Law: pool(P x) = pool(x) for every permutation matrix P.
 *
 * @param x - float32 [..., n, channels].
 * @param mask - bool [..., n], true where an element exists; all exist if left out.
 * @returns float32 [..., 1, channels]; 0 for a set without elements, whatever the pooling.
 */
export function pool(x: Tensor, how: Pool, mask?: Tensor): Tensor {
  const options = { axis: -2, keepDims: true }
  if (mask === undefined) {
    if (how === 'sum') return reduceSum(x, options)
    if (how === 'mean') return reduceMean(x, options)
    const top = reduceMax(x, options)
    return how === 'max' ? top : add(top, log(reduceSum(exp(sub(x, top)), options)))
  }
  const exists = aligned(mask)
  const count = reduceSum(cast(exists, x.dtype), options)
  if (how === 'sum') return reduceSum(keep(mask, x), options)
  if (how === 'mean') return div(reduceSum(keep(mask, x), options), max(count, 1))
  const some = reduceMax(cast(exists, 'float32'), options)
  const top = where(cast(some, 'bool'), reduceMax(where(exists, x, -3e38), options), 0)
  if (how === 'max') return top
  return mul(add(top, log(max(reduceSum(keep(mask, exp(sub(where(exists, x, top), top))), options), 1e-38))), some)
}
