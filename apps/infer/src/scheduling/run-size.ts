import { recentMean } from './recent-mean.ts'

/** Seconds of a run besides the model: messages to a worker and back. They keep runs from becoming too small. */
const OVERHEAD = 2e-4
/** While there are untried sizes, one in this many runs tries one of them. */
const UNKNOWN_EVERY = 4
/** Later, one in this many runs tries the size above or below the best, in turns. */
const KNOWN_EVERY = 64
/** A larger run is preferred if it costs at most this many times as much per element as the cheapest. */
const AS_GOOD = 1.05

const sizeClass = (rows: number): number => Math.floor(Math.log2(Math.max(1, rows)))

/**
 * Finds the best number of examples in a run of a model, by measuring the cost per input element in runs of 1, 2, 4, 8, ... examples.
 *
 * Larger runs pay if they use more cores or a GPU better; smaller ones pay if the features of many examples do not fit the caches.
 */
export class RunSize {
  /** Seconds per element by size class. */
  readonly #costs = new Map<number, number>()
  /** The largest class that was run; -1 before the first run. */
  #largest = -1
  #runs = 0

  /** Records the cost of a run. @param elements - elements of its requests, without padding. */
  ran({ rows, elements, seconds }: { readonly rows: number; readonly elements: number; readonly seconds: number }): void {
    if (rows < 1 || elements < 1) return
    const size = sizeClass(rows)
    this.#largest = Math.max(this.#largest, size)
    this.#costs.set(size, recentMean(this.#costs.get(size), (seconds + OVERHEAD) / elements))
    this.#runs++
  }

  /** The size of the next run, which may try a new size. @param limit - an upper bound. */
  next(limit: number): number {
    return this.#chosen(limit, (best, largest) => this.#tried(best, largest) ?? best)
  }

  /** The size of a usual run, which tries no new size. @param limit - an upper bound. */
  usual(limit: number): number {
    return this.#chosen(limit, (best) => best)
  }

  #chosen(limit: number, choose: (best: number, largest: number) => number): number {
    const largest = Math.min(sizeClass(limit), this.#largest)
    const best = this.#best(largest)
    if (best === undefined) return limit
    // Sizes above the largest that was run may be even better, and the limit may lie between two classes.
    const size = choose(best, largest)
    return size >= largest ? limit : 2 ** size
  }

  /** The largest class up to `largest` with nearly the lowest cost. It is called for every request, so it allocates nothing. */
  #best(largest: number): number | undefined {
    let least = Number.POSITIVE_INFINITY
    for (const [size, cost] of this.#costs) if (size <= largest) least = Math.min(least, cost)
    let best: number | undefined
    for (const [size, cost] of this.#costs) if (size <= largest && cost <= AS_GOOD * least) best = Math.max(best ?? 0, size)
    return best
  }

  /** The size class to try now: the largest untried one, or a neighbour of the best; undefined if this run tries none. */
  #tried(best: number, largest: number): number | undefined {
    for (let size = largest; size >= 0; size--) {
      if (!this.#costs.has(size)) return this.#runs % UNKNOWN_EVERY === 0 ? size : undefined
    }
    if (this.#runs % KNOWN_EVERY !== 0) return undefined
    return Math.max(0, best + ((this.#runs / KNOWN_EVERY) % 2 === 0 ? 1 : -1))
  }
}
