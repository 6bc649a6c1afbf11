import { DomainError, requireInteger } from '../errors.ts'
import { factorial } from '../group/order-bound.ts'

/** A partition of n: positive integers from the largest to the smallest that sum to n. Also the cycle type of a permutation. */
export type Partition = readonly number[]

/** All partitions of n, the coarsest [n] first, in reverse lexicographic order. */
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

/** The sum of a partition, checked to be one. */
export function partitionSum(where: string, partition: Partition): number {
  const isOne = partition.every((part, i) => Number.isInteger(part) && part > 0 && part <= (partition[i - 1] ?? part))
  if (!isOne) throw new DomainError(where, 'a partition: positive integers, none larger than the one before', `[${partition.join(', ')}]`)
  return partition.reduce((sum, part) => sum + part, 0)
}

/** The number of permutations with a cycle type: n! / product of k^m m! over the m cycles of each length k. */
export function classSize(cycleType: Partition): bigint {
  const n = partitionSum('classSize', cycleType)
  const multiplicities = new Map<number, number>()
  for (const length of cycleType) multiplicities.set(length, (multiplicities.get(length) ?? 0) + 1)
  let centralizer = 1n
  for (const [length, count] of multiplicities) centralizer *= BigInt(length) ** BigInt(count) * factorial(count)
  return factorial(n) / centralizer
}

/** The number of standard tableaux of a shape, which is the degree of its representation: n! / product of the hook lengths. */
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
