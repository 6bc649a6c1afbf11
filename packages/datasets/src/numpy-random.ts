import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * NumPy's legacy random generator: the numbers that follow `numpy.random.seed(seed)`. It reproduces data that was published as a script.
 *
 * Use it only to reproduce such scripts. For everything else use `@equivar/tensor/random`.
 *
 * @param seed - an integer from 0 to 2^32 - 1.
 * @remarks The Mersenne twister comes from pure-rand. Integers and uniform numbers equal NumPy's; normal numbers agree up to the last bit of Math.log.
 * @see numpy.random.RandomState, whose streams never change.
 */
export class NumpyRandom {
  readonly #generator: { next(): number }
  #spare: number | undefined

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`NumpyRandom: expected a seed from 0 to 2^32 - 1, received ${seed}.`)
    }
    this.#generator = mersenne(seed)
  }

  /** `random()`: the next uniform number in [0, 1). */
  uniform(): number {
    const high = this.#generator.next() >>> 5
    const low = this.#generator.next() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /** `randint(0, n)`: masks a word to the bit length of n - 1, and draws again while the result is too large. */
  integer(n: number): number {
    const mask = 0xffffffff >>> Math.clz32(n - 1)
    for (;;) {
      const value = (this.#generator.next() & mask) >>> 0
      if (value < n) return value
    }
  }

  /** `normal(0, 1)`, by Marsaglia's polar method, which makes two numbers at a time. */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return spare
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = factor * x
      return factor * y
    }
  }
}
