/** Buffers that ranks add up. */
export type Reduced = Float32Array | Float64Array | BigInt64Array

/**
 * The processes that train together. `openMpi` of `@equivar/mpi` gives one; anything with these four does. All ranks call the same collectives in the same order, and
 * after `allreduce` all have the same bits.
 */
export interface Ranks {
  /** The number of this process, from 0. */
  readonly rank: number
  readonly size: number
  /** Replaces numbers by their sums over all ranks. */
  allreduce(buffer: Reduced, operation: 'sum'): Promise<void>
  /** Replaces bytes by those of rank `root`. */
  broadcast(buffer: ArrayBufferView, root: number): Promise<void>
}

/** A row of numbers of each rank, known to all: entry `rank` is that of the rank. Cost: one allreduce of as many numbers as all have. */
export async function gatherRows(ranks: Ranks, row: readonly number[]): Promise<number[][]> {
  const { rank, size } = ranks
  const all = new Float64Array(row.length * size)
  all.set(row, rank * row.length)
  await ranks.allreduce(all, 'sum')
  return Array.from({ length: size }, (_, i) => [...all.subarray(i * row.length, (i + 1) * row.length)])
}

/** Whether any rank says so. */
export async function isOnAny(ranks: Ranks, said: boolean): Promise<boolean> {
  const votes = Float64Array.of(said ? 1 : 0)
  await ranks.allreduce(votes, 'sum')
  return (votes[0] as number) > 0
}

/** Where the part of a rank begins, if that many are divided as evenly as they can be. */
export const partStart = (count: number, { rank, size }: Pick<Ranks, 'rank' | 'size'>): number => Math.floor((count * rank) / size)
