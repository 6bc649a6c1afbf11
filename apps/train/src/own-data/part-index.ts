import { type Part, parts } from './example.ts'
import { GrowingIntegers } from './growing-integers.ts'

/** Examples of a group: before each, it is known how many of every part there are. */
const GROUP = 64

/** Which part each example is in, one byte for each; and, the other way round, which example is the i-th of a part. */
export class PartIndex {
  readonly #parts = new GrowingIntegers()
  readonly #before: Readonly<Record<Part, GrowingIntegers>>
  readonly #counts: Record<Part, number> = { train: 0, validation: 0, test: 0 }

  constructor() {
    this.#before = { train: new GrowingIntegers(), validation: new GrowingIntegers(), test: new GrowingIntegers() }
  }

  /** Adds the next example. */
  push(part: Part): void {
    if (this.#parts.length % GROUP === 0) for (const each of parts) this.#before[each].push(this.#counts[each])
    this.#parts.push(parts.indexOf(part))
    this.#counts[part]++
  }

  /** How many examples a part has. */
  count(part: Part): number {
    return this.#counts[part]
  }

  /** The number of an example among all. @param i - from 0 to `count(part) - 1`: its number in its part. */
  example(part: Part, i: number): number {
    const before = this.#before[part]
    const group = before.lastAtMost(i)
    return this.#parts.nth(parts.indexOf(part), group * GROUP, i - (before.at(group) as number))
  }

  /** One number for each example of a part. @param all - one for each example. */
  select(part: Part, all: GrowingIntegers): ArrayLike<number> {
    const [selected, values, wanted] = [new GrowingIntegers(), all.values(), parts.indexOf(part)]
    this.#parts.values().forEach((each, i) => {
      if (each === wanted) selected.push(values[i] as number)
    })
    return selected.values()
  }
}
