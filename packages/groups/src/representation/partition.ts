import { DomainError, requireInteger } from '../errors.ts'
import { factorial } from '../group/order-bound.ts'

/** A partition of n: positive integers in decreasing order that sum to n. The cycle type of a permutation is one. */
export type Partition = readonly number[]

/** All partitions of n in reverse lexicographic order, from [n] to [1, ..., 1]. */
export function partitions(n: number): Partition[] {
  requireInteger('partitions', 'n', n, 0, 60)
  const extend = (rest: number, most: number): number[][] => {
    if (rest === 0) return [[]]
    const found: number[][] = []
    for (let part = Math.min(rest, most); part > 0; part--) for (const tail of extend(rest - part, part)) found.push([part, ...tail])
    return found
  }
  return extend(n, n)
}

/** The sum of a partition. @throws DomainError if the list is not a partition. */
export function partitionSum(where: string, partition: Partition): number {
  const isOne = partition.every((part, i) => Number.isInteger(part) && part > 0 && part <= (partition[i - 1] ?? part))
  if (!isOne) throw new DomainError(where, 'a partition: positive integers, none larger than the one before', `[${partition.join(', ')}]`)
  return partition.reduce((sum, part) => sum + part, 0)
}

/** The number of permutations of a cycle type: n! divided by the product of k^m m! over the lengths k, where m is the number of cycles of length k. */
export function classSize(cycleType: Partition): bigint {
  const n = partitionSum('classSize', cycleType)
  const multiplicities = new Map<number, number>()
  for (const length of cycleType) multiplicities.set(length, (multiplicities.get(length) ?? 0) + 1)
  let centralizer = 1n
  for (const [length, count] of multiplicities) centralizer *= BigInt(length) ** BigInt(count) * factorial(count)
  return factorial(n) / centralizer
}

/** The dimension of an irreducible representation, by the hook length formula: n! / product of the hook lengths. It is the number of standard tableaux. */
export function hookDimension(partition: Partition): bigint {
  const n = partitionSum('hookDimension', partition)
  let hooks = 1n
  partition.forEach((length, row) => {
    for (let column = 0; column < length; column++) {
      const below = partition.filter((other, k) => k > row && other > column).length
      hooks *= BigInt(length - column + below)
    }
  })
  return factorial(n) / hooks
}
