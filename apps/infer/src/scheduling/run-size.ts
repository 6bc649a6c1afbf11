import { recentMean } from './recent-mean.ts'

/** Seconds of a run that are not the model's: messages to a worker and back. Runs as small as that costs would spend their time on them. */
const OVERHEAD = 2e-4
/** While there are sizes that were never run, every so manyth run tries one of them. */
const UNKNOWN_EVERY = 4
/** Later, every so manyth run tries the size above or below the best, by turns. */
const KNOWN_EVERY = 64
/** A larger run is preferred to a smaller one that is cheaper by less than this share. */
const AS_GOOD = 1.05

const sizeClass = (rows: number): number => Math.floor(Math.log2(Math.max(1, rows)))

/**
 * How many examples a run of one model should hold at most, found by measuring what a number of the input costs in runs of 1, 2, 4, 8, ... examples.
 *
 * Larger runs pay where there are cores, or a GPU, to fill; where the features of many examples leave the caches, smaller ones do.
 */
export class RunSize {
  /** Seconds a number, by size class. */
  readonly #costs = new Map<number, number>()
  /** The largest class that was run; -1 before any. */
  #largest = -1
  #runs = 0

  /** Takes in what a run cost. @param elements - numbers that its requests brought, without padding. */
  ran({ rows, elements, seconds }: { readonly rows: number; readonly elements: number; readonly seconds: number }): void {
    if (rows < 1 || elements < 1) return
    const size = sizeClass(rows)
    this.#largest = Math.max(this.#largest, size)
    this.#costs.set(size, recentMean(this.#costs.get(size), (seconds + OVERHEAD) / elements))
    this.#runs++
  }

  /** The most examples of the next run. @param limit - not more than that. */
  next(limit: number): number {
    return this.#chosen(limit, (best, largest) => this.#tried(best, largest) ?? best)
  }

  /** The most examples of a run that tries nothing: what most runs hold. @param limit - not more than that. */
  usual(limit: number): number {
    return this.#chosen(limit, (best) => best)
  }

  #chosen(limit: number, choose: (best: number, largest: number) => number): number {
    const largest = Math.min(sizeClass(limit), this.#largest)
    const best = this.#best(largest)
    if (best === undefined) return limit
    // What is larger than all that was ever run may be better still, and the limit may lie between two classes.
    const size = choose(best, largest)
    return size >= largest ? limit : 2 ** size
  }

  /** The largest class that costs about the least, of those up to `largest`. Every request asks for it: nothing is allocated. */
  #best(largest: number): number | undefined {
    let least = Number.POSITIVE_INFINITY
    for (const [size, cost] of this.#costs) if (size <= largest) least = Math.min(least, cost)
    let best: number | undefined
    for (const [size, cost] of this.#costs) if (size <= largest && cost <= AS_GOOD * least) best = Math.max(best ?? 0, size)
    return best
  }

  /** The size class to try now, if it is time for one: the largest of those that were never run, or a neighbour of the best. */
  #tried(best: number, largest: number): number | undefined {
    for (let size = largest; size >= 0; size--) {
      if (!this.#costs.has(size)) return this.#runs % UNKNOWN_EVERY === 0 ? size : undefined
    }
    if (this.#runs % KNOWN_EVERY !== 0) return undefined
    return Math.max(0, best + ((this.#runs / KNOWN_EVERY) % 2 === 0 ? 1 : -1))
  }
}
