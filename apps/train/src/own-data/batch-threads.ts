import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Batch } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import type { BatchOrder, MadeBatch } from './batch-worker.ts'
import type { FileDescription } from './file-examples.ts'

/** Most threads: half of the cores, as the others train. */
const MOST = 4

/** Who waits for a batch. */
interface Waiting {
  resolve(batch: Batch): void
  reject(error: Error): void
}

/** A thread, and what is asked of it. */
class BatchThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  constructor(file: FileDescription) {
    // Options of the program's own, such as --input-type, are not for the file of the thread.
    this.#worker = new Worker(new URL('./batch-worker.js', import.meta.url), { workerData: file, execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', (made: MadeBatch) => {
      const waiting = this.#waiting.get(made.id)
      this.#waiting.delete(made.id)
      if (this.#waiting.size === 0) this.#worker.unref()
      if ('batch' in made) waiting?.resolve(made.batch)
      else waiting?.reject(new UsageError(made.message))
    })
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the thread that reads the data has ended')))
  }

  ask(places: Float64Array): Promise<Batch> {
    return new Promise((resolve, reject) => {
      const id = this.#asked++
      this.#waiting.set(id, { resolve, reject })
      // A thread that nobody waits for does not keep the process from ending.
      this.#worker.ref()
      this.#worker.postMessage({ id, places } satisfies BatchOrder, [places.buffer as ArrayBuffer])
    })
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    // A batch that comes now would let the process end before the thread does.
    this.#worker.removeAllListeners('message')
    this.#worker.ref()
    await this.#worker.terminate()
  }
}

/** Threads that make batches of the examples of a file. They start with the first batch that is asked for. */
export class BatchThreads {
  readonly #file: FileDescription
  readonly #threads: BatchThread[] = []
  #asked = 0

  constructor(file: FileDescription) {
    this.#file = file
  }

  /** @param places - of the lines, by a LineIndex; they are handed over. @throws UsageError that names file and line, as `FileExamples` does. */
  batch(places: Float64Array): Promise<Batch> {
    const most = Math.max(1, Math.min(MOST, availableParallelism() >> 1))
    const at = this.#asked++ % most
    this.#threads[at] ??= new BatchThread(this.#file)
    return this.#threads[at].ask(places)
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()))
  }
}
