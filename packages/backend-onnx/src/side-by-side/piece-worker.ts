/// <reference lib="es2024.sharedmemory" />
import { RuntimeError } from '../runtime.ts'
import { runWorker, type SharedLayout, type WorkerStart, workerStates } from './worker.ts'

type Threads = typeof import('node:worker_threads')

/** A module of Node; its name in a variable is left alone by bundlers for browsers. */
const nodeModule = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ name)) as T

/** Where onnxruntime-node lies, for threads to load; undefined where it cannot be found, as in a program packed into one file. */
export async function runtimePath(): Promise<string | undefined> {
  const { createRequire } = await nodeModule<typeof import('node:module')>('node:module')
  try {
    return createRequire(import.meta.url).resolve('onnxruntime-node')
  } catch {
    return undefined
  }
}

/** A thread of its own with a session of its own, which runs when it is told, while the caller does something else. */
export class PieceWorker {
  readonly #worker: import('node:worker_threads').Worker
  readonly #state: Int32Array
  /** What ended the thread, or what it said went wrong. */
  #failure: string | undefined

  private constructor(worker: import('node:worker_threads').Worker, state: Int32Array) {
    this.#worker = worker
    this.#state = state
    worker.on('message', (message: unknown) => {
      if (message !== 'ready') this.#failure = String(message)
    })
    worker.on('error', (error) => this.#end(error.message))
    worker.on('exit', () => this.#end('the thread has ended'))
  }

  /** @throws RuntimeError if the runtime refuses the model there. */
  static async start(start: Omit<WorkerStart, 'state'>): Promise<PieceWorker> {
    const { Worker } = await nodeModule<Threads>('node:worker_threads')
    const state = new Int32Array(new SharedArrayBuffer(4))
    // Bundlers that keep names call a function of this name.
    const code = `const __name = (f) => f; (${runWorker.toString()})(require).catch((error) => { throw error })`
    // Options of the program's own, such as --input-type=module, would change how that text is read.
    const plain = { eval: true, execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } }
    const worker = new Worker(code, { ...plain, workerData: { ...start, state } satisfies WorkerStart })
    const made = new PieceWorker(worker, state)
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve())
      worker.once('error', (error) =>
        reject(new RuntimeError(`onnxBackend: ONNX Runtime could not be started in a thread (${error.message}).`, error)),
      )
    })
    // From now on the thread keeps a program that has nothing else to do from ending only while it runs.
    worker.unref()
    return made
  }

  /** Begins a run. @param layout - where it finds its feeds; what it was last told if left out. */
  begin(layout: SharedLayout | undefined): void {
    if (this.#failure !== undefined) throw new RuntimeError(`run: a thread that computes a part of the batch failed (${this.#failure}).`)
    if (layout !== undefined) this.#worker.postMessage(layout)
    // A wait alone does not keep a program from ending.
    this.#worker.ref()
    Atomics.store(this.#state, 0, workerStates.run)
    Atomics.notify(this.#state, 0)
  }

  /** Waits for the run to end. @throws RuntimeError if it failed, or the thread has ended. */
  async finish(): Promise<void> {
    for (let state = Atomics.load(this.#state, 0); state === workerStates.run; state = Atomics.load(this.#state, 0)) {
      if (this.#failure !== undefined) break
      const { async, value } = Atomics.waitAsync(this.#state, 0, workerStates.run, 1000)
      if (async) await value
    }
    this.#worker.unref()
    if (Atomics.load(this.#state, 0) === workerStates.failed) {
      // What went wrong has been sent before, and is on its way.
      while (this.#failure === undefined) await new Promise((resolve) => setImmediate(resolve))
      const reason = this.#failure
      this.#failure = undefined
      Atomics.store(this.#state, 0, workerStates.idle)
      Atomics.notify(this.#state, 0)
      throw new RuntimeError(`run: ONNX Runtime failed (${reason}).`)
    }
    if (this.#failure !== undefined) throw new RuntimeError(`run: a thread that computes a part of the batch failed (${this.#failure}).`)
  }

  /** Ends the thread. */
  async dispose(): Promise<void> {
    Atomics.store(this.#state, 0, workerStates.end)
    Atomics.notify(this.#state, 0)
    await this.#worker.terminate()
  }

  #end(reason: string): void {
    this.#failure ??= reason
    Atomics.notify(this.#state, 0)
  }
}

/** Waits for the runs of all to end, of those that fail too. @throws RuntimeError, the first one's, if some failed. */
export async function finishAll(workers: readonly PieceWorker[]): Promise<void> {
  const ends = await Promise.allSettled(workers.map((worker) => worker.finish()))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
