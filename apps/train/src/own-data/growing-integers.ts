/** A list of whole numbers from 0 to 2^32 - 1 that grows, with four bytes for each. */
export class GrowingIntegers {
  #values = new Uint32Array(1024)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Uint32Array(2 * this.#length)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[this.#length++] = value
  }

  /** The values so far, not copied. */
  values(): Uint32Array {
    return this.#values.subarray(0, this.#length)
  }
}
