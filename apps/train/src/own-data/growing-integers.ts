/** Arrays by width, and the largest number that each holds. */
const arrays = [Uint8Array, Uint16Array, Uint32Array, Float64Array] as const
const largest = [0xff, 0xffff, 0xffffffff, Number.MAX_SAFE_INTEGER] as const
type Integers = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** A list of whole numbers from 0 to 2^53 - 1 that grows, with one, two, four or eight bytes for each: as many as the largest of them needs. */
export class GrowingIntegers {
  #width = 0
  #values: Integers = new Uint8Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    let width = this.#width
    while (value > (largest[width] as number)) width++
    const isFull = this.#length === this.#values.length
    if (isFull || width !== this.#width) {
      const wider = new (arrays[width] as (typeof arrays)[number])(isFull ? Math.ceil(1.5 * this.#length) : this.#values.length)
      wider.set(this.#values)
      this.#values = wider
      this.#width = width
    }
    this.#values[this.#length++] = value
  }

  /** The value at a place; undefined beyond the last. */
  at(place: number): number | undefined {
    return place < this.#length ? this.#values[place] : undefined
  }

  /** The place of the last value that is at most another. @param value - at least the first. The list must be growing. */
  lastAtMost(value: number): number {
    let [low, high] = [0, this.#length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#values[middle] as number) <= value) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The place of the n-th value from a place on, counted from 0, that equals another. It must be there. */
  nth(value: number, place: number, n: number): number {
    let [at, left] = [place, n]
    while (this.#values[at] !== value || left-- > 0) at++
    return at
  }

  /** The values so far, not copied. */
  values(): Integers {
    return this.#values.subarray(0, this.#length)
  }
}
