import { recentMean } from './recent-mean.ts'

/** How long runs of one model take: the mean, the newer ones counting more. */
export class Pace {
  #seconds: number | undefined

  /** Takes in what a run took. */
  ran(seconds: number): void {
    this.#seconds = recentMean(this.#seconds, seconds)
  }

  /** Seconds that so many runs take so many workers; 0 as long as nothing ran. */
  secondsFor(runs: number, workers: number): number {
    return (runs * (this.#seconds ?? 0)) / Math.max(1, workers)
  }
}
