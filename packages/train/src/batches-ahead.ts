import type { TensorValue } from '@equivar/tensor'
import type { Examples } from './epochs.ts'

/** Batches that are asked for while others are used. */
const AHEAD = 4

/** How long a loop waited for its batches. */
export interface Wait {
  /** In seconds. */
  seconds: number
}

/** A batch, and the examples it holds. */
export interface IndexedBatch {
  readonly indices: Uint32Array
  readonly batch: Readonly<Record<string, TensorValue>>
}

/**
 * Batches in the given order. Examples that can prefetch are asked for up to four batches beside what uses the one before; others for one, when it is needed.
 *
 * @param wait - to which the time is added in which there was no batch yet.
 * @throws what a batch throws, in its turn.
 */
export async function* batchesAhead(
  examples: Examples,
  lists: readonly Uint32Array[],
  wait: Wait = { seconds: 0 },
): AsyncGenerator<IndexedBatch, void, void> {
  const asked: Promise<Record<string, TensorValue>>[] = []
  let next = 0
  const ask = (): void => {
    while (examples.prefetch !== undefined && next < lists.length && asked.length < AHEAD) {
      const batch = examples.prefetch(lists[next++] as Uint32Array)
      // It is awaited in its turn, or never if the loop ends before; until then a failure must not count as unhandled.
      batch.catch(() => {})
      asked.push(batch)
    }
  }
  for (const indices of lists) {
    const started = performance.now()
    ask()
    const batch = await (asked.shift() ?? examples.batch(indices))
    ask()
    wait.seconds += (performance.now() - started) / 1000
    yield { indices, batch }
  }
}
