import { concat, mul, type Tensor } from '@equivar/tensor'
import { type Members, membership } from './members.ts'

/** How the elements of a set become one row: permutation-invariant, over those that exist. */
export type Aggregation = 'sum' | 'mean' | 'max' | 'logSumExp' | PowerSums

/** The power sums sum_i x_i^k of every channel, k = 1 to degree, degree 1 of all channels first. */
export interface PowerSums {
  readonly powerSums: number
}

const names: readonly string[] = ['sum', 'mean', 'max', 'logSumExp'] satisfies Aggregation[]

const listed = (how: Aggregation | readonly Aggregation[]): readonly Aggregation[] =>
  (Array.isArray(how) ? how : [how]) as readonly Aggregation[]

/**
 * How many rows of channels a pooling gives: 1, the degree of power sums, or the sum of several.
 *
 * @throws RangeError if there is no such pooling, or a degree below 1.
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

/** x, x^2, ..., x^degree, one behind the other. */
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
 * @param x - float32 [..., n, channels], or [elements, channels] where members are segments.
 * @param how - one pooling or several, whose results stand side by side in the channels.
 * @param members - bool [..., n], true where an element exists, or segments; all exist if left out.
 * @returns float32 [..., 1, width], or [sets, width]: width = channels times `poolWidth(how)`; 0 for a set without elements, whatever the pooling.
 * @throws RangeError if there is no such pooling.
 * @remarks logSumExp shifts by the largest element and so does not overflow; max shares its gradient among elements that tie.
 */
export function pool(x: Tensor, how: Aggregation | readonly Aggregation[], members?: Members): Tensor {
  poolWidth(how)
  const sets = membership(members)
  const pooled = (one: Aggregation): Tensor => (typeof one === 'string' ? sets[one](x) : sets.sum(powers(sets.keep(x), one.powerSums)))
  return concat(listed(how).map(pooled), -1)
}
