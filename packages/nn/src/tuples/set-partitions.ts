/** A set partition of the positions 0 to size - 1. Blocks are ascending, and sorted by their first positions. */
export type SetPartition = readonly (readonly number[])[]

/** All Bell(size) set partitions of `size` positions, the finest last. @throws RangeError for more than 10 positions. */
export function setPartitions(size: number): SetPartition[] {
  if (!Number.isInteger(size) || size < 0 || size > 10)
    throw new RangeError(`setPartitions: expected the number of positions to be an integer from 0 to 10, received ${size}.`)
  let found: SetPartition[] = [[]]
  for (let position = 0; position < size; position++) {
    found = found.flatMap((blocks) => [
      ...blocks.map((_, k) => blocks.map((block, i) => (i === k ? [...block, position] : block))),
      [...blocks, [position]],
    ])
  }
  return found
}

/** For each position, the number of its block. */
export function blockNumbers(partition: SetPartition): number[] {
  const numbers: number[] = []
  partition.forEach((block, k) => {
    for (const position of block) numbers[position] = k
  })
  return numbers
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/**
 * The Moebius function of the lattice of set partitions. If at_least(p) is the sum of exactly(q) over all q coarser than or equal to p, then exactly(p) is the
 * sum over q of moebius(p, q) at_least(q).
 *
 * @returns the product over the blocks of `coarse` of (-1)^(m - 1) (m - 1)!, where m is the number of blocks of `fine` in it; 0 if `fine` does not refine
 * `coarse`.
 */
export function moebius(fine: SetPartition, coarse: SetPartition): number {
  const numbers = blockNumbers(coarse)
  const merged = coarse.map(() => 0)
  for (const [first, ...rest] of fine) {
    const home = numbers[first as number] as number
    if (rest.some((position) => numbers[position] !== home)) return 0
    merged[home] = (merged[home] as number) + 1
  }
  return merged.reduce((product, m) => product * (m % 2 === 1 ? 1 : -1) * factorial(m - 1), 1)
}

/**
 * A refinement with one more block: the last position of the last block with more than one position becomes a block of its own.
 *
 * @returns the finer partition and the indices of the two blocks in it; undefined if all blocks are singletons.
 */
export function refinement(
  partition: SetPartition,
): { readonly finer: SetPartition; readonly rest: number; readonly apart: number } | undefined {
  const merged = partition.findLastIndex((block) => block.length > 1)
  if (merged < 0) return undefined
  const block = partition[merged] as readonly number[]
  const last = block[block.length - 1] as number
  const finer = [...partition.map((other, i) => (i === merged ? block.slice(0, -1) : other)), [last]].sort(
    (a, b) => (a[0] as number) - (b[0] as number),
  )
  return { finer, rest: finer.findIndex((b) => b[0] === block[0]), apart: finer.findIndex((b) => b[0] === last) }
}

/** All sequences of `length` distinct numbers below `size`, in lexicographic order. */
export function arrangements(size: number, length: number): number[][] {
  if (length === 0) return [[]]
  return arrangements(size, length - 1).flatMap((head) =>
    Array.from({ length: size }, (_, i) => i)
      .filter((i) => !head.includes(i))
      .map((i) => [...head, i]),
  )
}
