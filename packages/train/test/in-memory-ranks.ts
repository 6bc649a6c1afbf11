import type { Ranks } from '../src/index.ts'

/** Ranks that are in one process and meet in memory. */
export function inMemoryRanks(size: number): Ranks[] {
  let waiting: { readonly buffer: ArrayBufferView; readonly rank: number; done(): void }[] = []
  const meet = (rank: number, buffer: ArrayBufferView, together: (buffers: ArrayBufferView[]) => void): Promise<void> =>
    new Promise((done) => {
      waiting.push({ buffer, rank, done })
      if (waiting.length < size) return
      const all = waiting.sort((a, b) => a.rank - b.rank)
      waiting = []
      together(all.map((one) => one.buffer))
      for (const one of all) one.done()
    })
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    allreduce: (own) =>
      meet(rank, own, (buffers) => {
        const typed = buffers as Float64Array[]
        const sums = Array.from(typed[0] as Float64Array, (_, i) => typed.map((one) => one[i] as number).reduce((a, b) => a + b))
        for (const one of typed) for (const [i, sum] of sums.entries()) one[i] = sum
      }),
    broadcast: (own, root) =>
      meet(rank, own, (buffers) => {
        const bytes = buffers.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))
        for (const one of bytes) one.set(bytes[root] as Uint8Array)
      }),
  }))
}
