import type { ServedModel } from '../models/served-model.ts'
import { Pace } from './pace.ts'
import { RequestQueue } from './request-queue.ts'
import { RunSize } from './run-size.ts'

/** What the scheduler keeps of a model: its waiting requests, and what its runs taught. */
export class Lane {
  readonly model: ServedModel
  readonly queue: RequestQueue = new RequestQueue()
  readonly runSize: RunSize = new RunSize()
  readonly #pace = new Pace()

  constructor(model: ServedModel) {
    this.model = model
  }

  /** Whether each request runs by itself. */
  get alone(): boolean {
    return this.model.recipe.kind === 'alone'
  }

  /** Takes in what a run cost. @param run - `elements`: numbers that its requests brought, without padding. */
  ran(run: { readonly rows: number; readonly elements: number; readonly seconds: number }): void {
    this.runSize.ran(run)
    this.#pace.ran(run.seconds)
  }

  /** About how many seconds what waits takes so many workers. @param maxBatch - most examples of a run. */
  seconds(maxBatch: number, workers: number): number {
    const { length, rows } = this.queue
    return this.#pace.secondsFor(this.alone ? length : Math.min(length, rows / this.runSize.usual(maxBatch)), workers)
  }
}
