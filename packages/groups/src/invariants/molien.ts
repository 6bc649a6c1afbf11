import { DomainError, requireInteger } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { classRepresentatives } from '../representation/classes.ts'

/**
 * The Molien series of a group that permutes the variables: the dimension of the space of invariant polynomials of each degree.
 *
 * Molien's theorem: sum_d dim_d t^d = (1/|H|) sum_h product over the cycles of h of 1 / (1 - t^length).
 *
 * @param degree - the largest degree.
 * @returns the dimensions for degrees 0 to `degree`.
 * @throws DomainError if the conjugacy classes must be enumerated and the group has more than 2,000,000 elements, or if a dimension exceeds 2^53.
 */
export function molienSeries(group: PermutationGroup, degree: number): number[] {
  requireInteger('molienSeries', 'the degree', degree, 0, 100_000)
  const byType = new Map<string, { lengths: number[]; size: bigint }>()
  for (const { representative, size } of classRepresentatives(group)) {
    const lengths = representative.cycleType()
    const key = lengths.join()
    byType.set(key, { lengths, size: size + (byType.get(key)?.size ?? 0n) })
  }
  const sum = new Array<bigint>(degree + 1).fill(0n)
  for (const { lengths, size } of byType.values()) {
    const series = new Array<bigint>(degree + 1).fill(0n)
    series[0] = size
    for (const length of lengths) for (let d = length; d <= degree; d++) series[d]! += series[d - length]!
    series.forEach((value, d) => {
      sum[d]! += value
    })
  }
  const order = group.order()
  return sum.map((value) => {
    const dimension = Number(value / order)
    if (Number.isSafeInteger(dimension)) return dimension
    throw new DomainError('molienSeries', 'dimensions below 2^53', `about ${dimension}`)
  })
}
