import { concat, mul, type Tensor } from '@equivar/tensor'
import { type Members, membership } from './members.ts'

/** A pooling: a permutation-invariant function of the existing elements of a set. */
export type Aggregation = 'sum' | 'mean' | 'max' | 'logSumExp' | PowerSums

/** The power sums sum_i x_i^k of every channel, k = 1 to degree; those of k = 1 come first. */
export interface PowerSums {
  readonly powerSums: number
}

const names: readonly string[] = ['sum', 'mean', 'max', 'logSumExp'] satisfies Aggregation[]

const listed = (how: Aggregation | readonly Aggregation[]): readonly Aggregation[] =>
  (Array.isArray(how) ? how : [how]) as readonly Aggregation[]

/**
 * The width of a pooling in multiples of the channels: 1, the degree of power sums, or the total of several poolings.
 *
 * @throws RangeError if a pooling does not exist or a degree is below 1.
 */
export function poolWidth(how: Aggregation | readonly Aggregation[]): number {
  return listed(how).reduce((width, one) => {
    if (typeof one === 'string') {
      if (!names.includes(one)) {
        throw new RangeError(`pool: expected one of ${names.join(', ')} or { powerSums: degree }, received "${one}".`)
      }
      return width + 1
    }
    if (!Number.isInteger(one.powerSums) || one.powerSums < 1) {
      throw new RangeError(`pool: expected power sums of a degree of 1 or more, received ${one.powerSums}.`)
    }
    return width + one.powerSums
  }, 0)
}

/** x, x^2, ..., x^degree, concatenated. */
function powers(x: Tensor, degree: number): Tensor {
  const list = [x]
  while (list.length < degree) list.push(mul(list[list.length - 1] as Tensor, x))
  return concat(list, -1)
}

/**
 * Pools each set to one row.
 *
 * Law: pool(P x) = pool(x) for every permutation matrix P.
 *
 * @param x - float32 [..., n, channels], or [elements, channels] if members are segments.
 * @param how - one pooling, or several, whose results are concatenated along the channels.
 * @param members - bool [..., n], true where an element exists, or segments; default: all exist.
 * @returns float32 [..., 1, width], or [sets, width], where width = channels * `poolWidth(how)`; 0 for an empty set, for every pooling.
 * @throws RangeError if a pooling does not exist.
 * @remarks logSumExp shifts by the largest element, so it does not overflow. The gradient of max is shared equally among ties.
 */
export function pool(x: Tensor, how: Aggregation | readonly Aggregation[], members?: Members): Tensor {
  poolWidth(how)
  const sets = membership(members)
  const pooled = (one: Aggregation): Tensor => (typeof one === 'string' ? sets[one](x) : sets.sum(powers(sets.keep(x), one.powerSums)))
  return concat(listed(how).map(pooled), -1)
}
