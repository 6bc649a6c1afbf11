import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * The random numbers of numpy's legacy generator, `numpy.random.seed(seed)` and what follows it, for data that was published as a script.
 *
 * Use it to repeat such a script and for nothing else; everything new draws from `@equivar/tensor/random`.
 *
 * @param seed - an integer from 0 to 2^32 - 1, as numpy takes it.
 * @remarks The Mersenne twister is pure-rand's. Integers and uniforms equal numpy's; normals do up to the last bit of Math.log.
 * @see numpy.random.RandomState, whose stream of numbers is frozen.
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

  /** `random()`: the next number of [0, 1). */
  uniform(): number {
    const high = this.#generator.next() >>> 5
    const low = this.#generator.next() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /** `randint(0, n)`: words are cut to as many bits as n - 1 has, and drawn again while they are too large. */
  integer(n: number): number {
    const mask = 0xffffffff >>> Math.clz32(n - 1)
    for (;;) {
      const value = (this.#generator.next() & mask) >>> 0
      if (value < n) return value
    }
  }

  /** `normal(0, 1)`, by Marsaglia's polar method, two at a time. */
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
