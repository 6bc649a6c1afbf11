import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Device } from '@equivar/backend-onnx'
import type { TensorValue } from '@equivar/tensor'
import { messageOf, WorkerLost } from '../errors.ts'
import { type RunResult, WorkerProcess } from './worker-process.ts'

/** Settings of a pool. */
export interface WorkerPoolOptions {
  readonly workers: number
  readonly device: Device
  readonly threads: number
  /** A worker with a run older than this, in milliseconds, is taken for stuck and replaced. */
  readonly stuckAfter: number
  /** What a worker is; this package's worker if left out. */
  readonly script?: string
  /** Called when a worker became free or ready. */
  readonly onCapacity: () => void
  /** Called when a worker holds every model and takes runs. */
  readonly onReady: (pid: number) => void
  /** Called when a worker ended that was not told to. */
  readonly onLost: (pid: number, reason: string) => void
}

/** Runs that a worker is given: one that runs and one that is there when it ends. */
const SLOTS = 2
const LONGEST_PAUSE = 5_000
/** A worker that lived this long was well; the next starts at once. */
const HEALTHY_AFTER = 10_000

/** Waits for all, also where one fails. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason
}

/** Processes that run models. One that ends is replaced, with the same models. */
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

  /** Starts the workers. @throws WorkerLost if one ends at once: then none could. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#start()))
    if (this.ready === 0) throw new WorkerLost('none could be started')
  }

  /** Workers that take runs. */
  get ready(): number {
    return this.#readyWorkers().length
  }

  /** Process ids, for those who watch. */
  get pids(): readonly number[] {
    return [...this.#workers].map(({ pid }) => pid)
  }

  /** Whether a worker can take a run now. */
  get free(): boolean {
    for (const worker of this.#workers) if (worker.ready && worker.busy < SLOTS) return true
    return false
  }

  /** Runs that the workers with nothing to do would take. */
  get idleSlots(): number {
    let slots = 0
    for (const worker of this.#workers) if (worker.ready && worker.busy === 0) slots += SLOTS
    return slots
  }

  /**
   * Loads a model into every worker that is ready; those that start meanwhile or later load it before they are.
   *
   * @param settings - `inTurn`: one worker after the other, so that the others go on running.
   * @throws Error with the backend's message if a worker refuses it; then none keeps it.
   */
  async load(model: number, bytes: Uint8Array, { inTurn }: { readonly inTurn: boolean }): Promise<void> {
    while (this.ready === 0 && !this.#closed) await sleep(20)
    const first = this.#readyWorkers()
    try {
      if (inTurn) for (const worker of first) await this.#loadInto(worker, model, bytes)
      else await allOf(first.map((worker) => this.#loadInto(worker, model, bytes)))
      // Proven: from here on every worker that starts loads it, and those that became ready meanwhile do so now.
      this.#models.set(model, bytes)
      for (const worker of this.#readyWorkers()) if (!first.includes(worker)) await this.#loadInto(worker, model, bytes)
    } catch (error) {
      this.unload(model)
      throw error
    }
  }

  /** Lets a model go. */
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

  /** A worker that ends while it loads refuses the model, or its successors would end by it too. */
  async #loadInto(worker: WorkerProcess, model: number, bytes: Uint8Array): Promise<void> {
    const { device, threads } = this.#options
    // A worker that loads does not run; where there are others, they get what comes.
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
      // Models may come and go while it loads.
      for (let lacking = this.#lacking(loaded); lacking !== undefined; lacking = this.#lacking(loaded)) {
        const [model, bytes] = lacking
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

  #lacking(loaded: ReadonlySet<number>): [number, Uint8Array] | undefined {
    return [...this.#models].find(([model]) => !loaded.has(model))
  }

  async #restart(): Promise<void> {
    if (this.#failures > 1) await sleep(Math.min(LONGEST_PAUSE, 50 * 2 ** this.#failures), undefined, { ref: false })
    if (!this.#closed) void this.#start()
  }

  #killStuck(): void {
    for (const worker of this.#workers) if (worker.age > this.#options.stuckAfter) worker.kill()
  }
}
