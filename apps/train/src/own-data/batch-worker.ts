/**
 * A thread that makes batches of the examples of a file, while the caller's thread trains.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Batch } from '@equivar/datasets'
import { messageOf } from '../errors.ts'
import { type FileDescription, FileExamples } from './file-examples.ts'

/** The places of a batch's examples. */
export interface BatchOrder {
  readonly id: number
  readonly places: Float64Array
}

/** The batch, or why it cannot be made. */
export type MadeBatch = { readonly id: number } & ({ readonly batch: Batch } | { readonly message: string })

const examples = new FileExamples(workerData as FileDescription)

parentPort?.on('message', ({ id, places }: BatchOrder) => {
  try {
    const batch = examples.batch(places)
    parentPort?.postMessage(
      { id, batch } satisfies MadeBatch,
      Object.values(batch).map(({ data }) => data.buffer as ArrayBuffer),
    )
  } catch (error) {
    parentPort?.postMessage({ id, message: messageOf(error) } satisfies MadeBatch)
  }
})
