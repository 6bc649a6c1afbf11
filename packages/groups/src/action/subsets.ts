/** n choose k. Inexact above 2^53, far above the number of subsets that an action may have. */
export function subsetCount(n: number, k: number): number {
  if (k < 0 || k > n) return 0
  let count = 1
  for (let i = 1; i <= Math.min(k, n - k); i++) count = (count * (n - i + 1)) / i
  return Math.round(count)
}

/** The k-subsets of {0, ..., n - 1} as sorted lists, in lexicographic order. Every step yields the same array: copy it to keep it. */
export function* subsetsInOrder(n: number, k: number): Generator<number[], void, undefined> {
  const subset = Array.from({ length: k }, (_, i) => i)
  for (;;) {
    yield subset
    let i = k - 1
    while (i >= 0 && subset[i] === n - k + i) i--
    if (i < 0) return
    subset[i]!++
    for (let j = i + 1; j < k; j++) subset[j] = subset[j - 1]! + 1
  }
}

/** The lexicographic rank of a sorted subset of {0, ..., n - 1}, from 0. */
export function rankSubset(n: number, subset: readonly number[]): number {
  const k = subset.length
  let rank = subsetCount(n, k) - 1
  for (let i = 0; i < k; i++) rank -= subsetCount(n - 1 - subset[i]!, k - i)
  return rank
}

/** The sorted k-subset of {0, ..., n - 1} with a given lexicographic rank. Inverse of rankSubset. */
export function unrankSubset(n: number, k: number, rank: number): number[] {
  const subset: number[] = []
  let rest = rank
  for (let point = 0; subset.length < k; point++) {
    const startingHere = subsetCount(n - 1 - point, k - subset.length - 1)
    if (rest < startingHere) subset.push(point)
    else rest -= startingHere
  }
  return subset
}
