/**
 * Numbers lists of integers from 0 in the order of arrival. Equal lists get the same number, different lists different numbers.
 *
 * An open hash table over one pool of integers. Lists are compared entry by entry, so hash collisions do no harm.
 */
export class SignatureTable {
  #pool = new Int32Array(1024)
  #used = 0
  /** Where list i starts in the pool; it ends where list i + 1 starts. */
  #starts: number[] = [0]
  #slots = new Int32Array(1024)

  /** The number of different lists. */
  get size(): number {
    return this.#starts.length - 1
  }

  /** The number of the list in the first `length` entries of a buffer. */
  number(buffer: Int32Array, length: number): number {
    let at = this.#slotOf(buffer, length)
    while (this.#slots[at] !== 0) {
      const candidate = this.#slots[at]! - 1
      if (this.#equals(candidate, buffer, length)) return candidate
      at = (at + 1) & (this.#slots.length - 1)
    }
    this.#append(buffer, length)
    this.#slots[at] = this.size
    // Stryker disable next-line EqualityOperator: any share of free slots will do.
    if (2 * this.size > this.#slots.length) this.#rehash()
    return this.#starts.length - 2
  }

  #slotOf(buffer: Int32Array, length: number): number {
    let h = length
    for (let i = 0; i < length; i++) {
      h = Math.imul(h ^ buffer[i]!, 0x9e3779b1)
      h ^= h >>> 15
    }
    // Stryker disable next-line ArithmeticOperator: a search may start anywhere; where no slot is, it goes on to the first ones.
    return h & (this.#slots.length - 1)
  }

  #equals(candidate: number, buffer: Int32Array, length: number): boolean {
    const start = this.#starts[candidate]!
    if (this.#starts[candidate + 1]! - start !== length) return false
    for (let i = 0; i < length; i++) if (this.#pool[start + i] !== buffer[i]) return false
    return true
  }

  #append(buffer: Int32Array, length: number): void {
    const needed = this.#used + length
    // Stryker disable next-line EqualityOperator: a pool that is full may grow before the next list or with it.
    if (needed > this.#pool.length) {
      // Stryker disable next-line ArithmeticOperator: a pool that grows less grows more often.
      const wider = new Int32Array(Math.max(2 * this.#pool.length, needed))
      wider.set(this.#pool)
      this.#pool = wider
    }
    // Stryker disable next-line EqualityOperator: the next list is written over one entry more.
    for (let i = 0; i < length; i++) this.#pool[this.#used + i] = buffer[i]!
    this.#used += length
    this.#starts.push(this.#used)
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    // Stryker disable next-line EqualityOperator: a slot of the list that comes next is found as that list, or passed over.
    for (let i = 0; i < this.size; i++) {
      const list = this.#pool.subarray(this.#starts[i], this.#starts[i + 1])
      let at = this.#slotOf(list, list.length)
      while (this.#slots[at] !== 0) at = (at + 1) & (this.#slots.length - 1)
      this.#slots[at] = i + 1
    }
  }
}
