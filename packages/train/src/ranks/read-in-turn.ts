import { gatherRows, type Ranks } from './ranks.ts'

type Read = Record<string, Float64Array>

/** What every rank has read of its batch, known to all. A rank without a batch gives nothing. */
async function shared(ranks: Ranks, own: Read | undefined, names: readonly string[]): Promise<Read[]> {
  const lengths = await gatherRows(
    ranks,
    names.map((name) => own?.[name]?.length ?? 0),
  )
  const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0)
  const starts = lengths.map((_, i) => sum(lengths.slice(0, i).map(sum)))
  const all = new Float64Array(sum(lengths.map(sum)))
  let end = starts[ranks.rank] as number
  for (const name of own === undefined ? [] : names) {
    const numbers = own?.[name] as Float64Array
    all.set(numbers, end)
    end += numbers.length
  }
  if (all.length > 0) await ranks.allreduce(all, 'sum')
  return lengths.map((row, i) => {
    const start = starts[i] as number
    return Object.fromEntries(names.map((name, j) => [name, all.subarray(start + sum(row.slice(0, j)), start + sum(row.slice(0, j + 1)))]))
  })
}

/**
 * What is read of every batch, in order; with several ranks each reads some of them, and all get all.
 *
 * @param names - what is read, if a rank might have no batch.
 */
export async function* readInTurn(
  batches: readonly Uint32Array[],
  { read, names }: { read(indices: Uint32Array): Promise<Read>; readonly names: readonly string[] },
  ranks: Ranks | undefined,
): AsyncGenerator<readonly [number, Read], void, void> {
  const { rank, size } = ranks ?? { rank: 0, size: 1 }
  for (let first = 0; first < batches.length; first += size) {
    const mine = batches[first + rank]
    const own = mine === undefined ? undefined : await read(mine)
    const all = ranks === undefined || size === 1 ? [own as Read] : await shared(ranks, own, names)
    for (const [i, one] of all.entries()) if (first + i < batches.length) yield [first + i, one]
  }
}
