import type { IndexedBatch } from '../batches-ahead.ts'
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

/** How batches are read. */
interface Reading {
  /** The batches of this rank: every `size`-th, from `rank` on. */
  readonly own: AsyncGenerator<IndexedBatch, void, void>
  read(batch: IndexedBatch): Promise<Read>
  /** What is read of a batch. */
  readonly names: readonly string[]
}

/** What is read of every batch, in order; with several ranks each reads some of them, and all get all. */
export async function* readInTurn(
  count: number,
  { own, read, names }: Reading,
  ranks: Ranks | undefined,
): AsyncGenerator<readonly [number, Read], void, void> {
  const size = ranks?.size ?? 1
  for (let first = 0; first < count; first += size) {
    const { value } = await own.next()
    const mine = value === undefined ? undefined : await read(value)
    const all = ranks === undefined || size === 1 ? [mine as Read] : await shared(ranks, mine, names)
    for (const [i, one] of all.entries()) if (first + i < count) yield [first + i, one]
  }
}
