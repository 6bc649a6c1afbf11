import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Device } from '@equivar/backend-onnx'
import type { TensorValue } from '@equivar/tensor'
import { messageOf, WorkerLost } from '../errors.ts'
import { type RunResult, WorkerProcess } from './worker-process.ts'

/** Options of a pool. */
export interface WorkerPoolOptions {
  readonly workers: number
  readonly device: Device
  readonly threads: number
  /** A worker whose run takes longer than this, in milliseconds, is replaced. */
  readonly stuckAfter: number
  /** The script of a worker; default: this package's worker. */
  readonly script?: string
  /** Called when a worker becomes free or ready. */
  readonly onCapacity: () => void
  /** Called when a worker has loaded every model and accepts runs. */
  readonly onReady: (pid: number) => void
  /** Called when a worker ends unexpectedly. */
  readonly onLost: (pid: number, reason: string) => void
}

/** Runs per worker: the current one, and one that starts when it ends. */
const SLOTS = 2
const LONGEST_PAUSE = 5_000
/** If a worker lived for this many milliseconds, its replacement starts at once. */
const HEALTHY_AFTER = 10_000

/** Waits for all promises, even if one rejects, and then rejects with the first error. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason
}

/** Processes that run models. A worker that ends is replaced by one with the same models. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #script: string
  readonly #workers = new Set<WorkerProcess>()
  readonly #models = new Map<number, Uint8Array>()
  readonly #watch: NodeJS.Timeout
  #closed = false
  #failures = 0

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#script = options.script ?? fileURLToPath(new URL('./worker.js', import.meta.url))
    this.#watch = setInterval(() => this.#killStuck(), Math.min(1000, options.stuckAfter))
    this.#watch.unref()
  }

  /** Starts the workers. @throws WorkerLost if none could be started. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#start()))
    if (this.ready === 0) throw new WorkerLost('none could be started')
  }

  /** Number of workers that accept runs. */
  get ready(): number {
    return this.#readyWorkers().length
  }

  /** Process ids of the workers. */
  get pids(): readonly number[] {
    return [...this.#workers].map(({ pid }) => pid)
  }

  /** Whether a worker accepts a run now. */
  get free(): boolean {
    for (const worker of this.#workers) if (worker.ready && worker.busy < SLOTS) return true
    return false
  }

  /** How many runs the idle workers accept. */
  get idleSlots(): number {
    let slots = 0
    for (const worker of this.#workers) if (worker.ready && worker.busy === 0) slots += SLOTS
    return slots
  }

  /**
   * Loads a model into every ready worker. Workers that start later load it before they become ready.
   *
   * @param settings - `inTurn`: load it into one worker after the other, so that the others continue to run.
   * @throws Error with the backend's message if a worker cannot load it; then no worker keeps it.
   */
  async load(model: number, bytes: Uint8Array, { inTurn }: { readonly inTurn: boolean }): Promise<void> {
    while (this.ready === 0 && !this.#closed) await sleep(20)
    const first = this.#readyWorkers()
    try {
      if (inTurn) for (const worker of first) await this.#loadInto(worker, model, bytes)
      else await allOf(first.map((worker) => this.#loadInto(worker, model, bytes)))
      // All ready workers could load it. From here on every new worker loads it; those that became ready in the meantime load it now.
      this.#models.set(model, bytes)
      for (const worker of this.#readyWorkers()) if (!first.includes(worker)) await this.#loadInto(worker, model, bytes)
    } catch (error) {
      this.unload(model)
      throw error
    }
  }

  /** Unloads a model. */
  unload(model: number): void {
    this.#models.delete(model)
    for (const worker of this.#workers) worker.unload(model)
  }

  /** Runs on the least busy worker. @throws WorkerLost if there is none, or it ends. */
  async run(model: number, feeds: Readonly<Record<string, TensorValue>>, outputs: readonly string[]): Promise<RunResult> {
    let best: WorkerProcess | undefined
    for (const worker of this.#workers) if (worker.ready && (best === undefined || worker.busy < best.busy)) best = worker
    if (best === undefined) throw new WorkerLost('none is ready')
    try {
      return await best.run(model, feeds, outputs)
    } finally {
      this.#options.onCapacity()
    }
  }

  /** Ends all workers. */
  close(): void {
    this.#closed = true
    clearInterval(this.#watch)
    for (const worker of this.#workers) worker.kill()
  }

  #readyWorkers(): WorkerProcess[] {
    return [...this.#workers].filter((worker) => worker.ready)
  }

  /** Loads a model into one worker. If the worker ends while it loads, the model counts as invalid, or it would end every replacement, too. */
  async #loadInto(worker: WorkerProcess, model: number, bytes: Uint8Array): Promise<void> {
    const { device, threads } = this.#options
    // A worker that loads does not run. If there are other workers, they get the runs.
    worker.ready = this.ready === 1
    try {
      await worker.load({ model, bytes, device, threads })
      worker.ready = true
    } catch (error) {
      if (error instanceof WorkerLost) throw new Error(`A worker stopped while it loaded the model (${error.reason}).`, { cause: error })
      worker.ready = true
      throw error
    }
  }

  async #start(): Promise<void> {
    const started = performance.now()
    const worker = new WorkerProcess(this.#script, (reason) => {
      this.#workers.delete(worker)
      if (this.#closed) return
      this.#options.onLost(worker.pid, reason)
      this.#failures = performance.now() - started > HEALTHY_AFTER ? 0 : this.#failures + 1
      void this.#restart()
    })
    this.#workers.add(worker)
    try {
      const loaded = new Set<number>()
      // Models may be added and removed while it loads.
      for (let missing = this.#missingModel(loaded); missing !== undefined; missing = this.#missingModel(loaded)) {
        const [model, bytes] = missing
        await worker.load({ model, bytes, device: this.#options.device, threads: this.#options.threads })
        loaded.add(model)
      }
      worker.ready = true
      this.#options.onReady(worker.pid)
      this.#options.onCapacity()
    } catch (error) {
      if (error instanceof WorkerLost) return
      this.#options.onLost(worker.pid, messageOf(error))
      worker.kill()
    }
  }

  #missingModel(loaded: ReadonlySet<number>): [number, Uint8Array] | undefined {
    return [...this.#models].find(([model]) => !loaded.has(model))
  }

  async #restart(): Promise<void> {
    if (this.#failures > 1) await sleep(Math.min(LONGEST_PAUSE, 50 * 2 ** this.#failures), undefined, { ref: false })
    if (this.#closed) return
    // A process cannot be started where memory or file descriptors are short. The next attempt comes later.
    await this.#start().catch(() => {
      this.#failures++
      return this.#restart()
    })
  }

  #killStuck(): void {
    for (const worker of this.#workers) if (worker.age > this.#options.stuckAfter) worker.kill()
  }
}
