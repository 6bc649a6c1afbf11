import type { ServedModel } from '../models/served-model.ts'
import { Pace } from './pace.ts'
import { RequestQueue } from './request-queue.ts'
import { RunSize } from './run-size.ts'

/** The scheduler's state of a model: its waiting requests, and measurements of its runs. */
export class Lane {
  readonly model: ServedModel
  readonly queue: RequestQueue = new RequestQueue()
  readonly runSize: RunSize = new RunSize()
  readonly #pace = new Pace()

  constructor(model: ServedModel) {
    this.model = model
  }

  /** Whether requests of this model are never joined. */
  get alone(): boolean {
    return this.model.recipe.kind === 'alone'
  }

  /** Records the cost of a run. @param run - `elements`: elements of its requests, without padding. */
  ran(run: { readonly rows: number; readonly elements: number; readonly seconds: number }): void {
    this.runSize.ran(run)
    this.#pace.ran(run.seconds)
  }

  /** Estimated seconds until the workers have run all waiting requests. @param maxBatch - largest number of examples in a run. */
  seconds(maxBatch: number, workers: number): number {
    const { length, rows } = this.queue
    return this.#pace.secondsFor(this.alone ? length : Math.min(length, rows / this.runSize.usual(maxBatch)), workers)
  }
}
