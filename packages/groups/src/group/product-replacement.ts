import { type RandomSource, randomInteger } from '../random.ts'

const SLOTS = 10

/**
 * Nearly uniform random elements of the group that some permutations generate, without knowing its order.
 *
 * A pool of products is multiplied at random; an accumulator gathers them. How uniform the elements are decides how fast the algorithms are that
 * use them, never whether these are right.
 *
 * @see Celler, Leedham-Green, Murray, Niemeyer, O'Brien 1995, "Generating random elements of a finite group"; Leedham-Green's rattle.
 */
export class ProductReplacement {
  readonly #slots: Uint32Array[]
  readonly #random: RandomSource
  #accumulator: Uint32Array

  /** @param mixing - how many products to make before the first element is drawn. */
  constructor(generators: readonly Uint32Array[], random: RandomSource, mixing: number) {
    const size = Math.max(SLOTS, generators.length + 1)
    this.#slots = Array.from({ length: size }, (_, i) => generators[i % generators.length]!.slice())
    this.#accumulator = this.#slots[0]!.slice()
    this.#random = random
    for (let i = 0; i < mixing; i++) this.#step()
  }

  /** A new table of images, the caller's to keep. */
  next(): Uint32Array {
    this.#step()
    return this.#accumulator.slice()
  }

  #step(): void {
    const slots = this.#slots
    const i = randomInteger(this.#random, slots.length)
    const j = (i + 1 + randomInteger(this.#random, slots.length - 1)) % slots.length
    const a = slots[i]!
    const b = slots[j]!
    const product = new Uint32Array(a.length)
    if (this.#random() < 0.5) for (let x = 0; x < a.length; x++) product[x] = a[b[x]!]!
    else for (let x = 0; x < a.length; x++) product[x] = b[a[x]!]!
    slots[i] = product
    const old = this.#accumulator
    const gathered = new Uint32Array(a.length)
    for (let x = 0; x < a.length; x++) gathered[x] = old[product[x]!]!
    this.#accumulator = gathered
  }
}
