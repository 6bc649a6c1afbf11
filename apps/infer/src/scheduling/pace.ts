import { recentMean } from './recent-mean.ts'

/** The mean duration of a model's runs, weighted towards the newest. */
export class Pace {
  #seconds: number | undefined

  /** Records the duration of a run. */
  ran(seconds: number): void {
    this.#seconds = recentMean(this.#seconds, seconds)
  }

  /** Estimated seconds for this number of runs on this number of workers; 0 before the first run. */
  secondsFor(runs: number, workers: number): number {
    return (runs * (this.#seconds ?? 0)) / Math.max(1, workers)
  }
}
