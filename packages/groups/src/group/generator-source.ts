import { DomainError } from '../errors.ts'
import type { Permutation } from '../permutation/permutation.ts'

/** Generators that are made when they are first asked for, so that a group of many points can be described without them. */
export interface GeneratorSource {
  /** The number of generators. */
  readonly count: number
  /** Makes the generators. */
  make(): readonly Permutation[]
}

/** The largest total number of images of the generators of a group or an action. They take 1 GiB. */
const MAXIMUM_IMAGES = 2 ** 28

/** The generators of a group or an action: given, or made once at the first call of `all`. */
export class Generators {
  readonly #where: string
  readonly #degree: number
  readonly #source: GeneratorSource
  #made: readonly Permutation[] | undefined

  constructor(where: string, degree: number, given: readonly Permutation[] | GeneratorSource) {
    this.#where = where
    this.#degree = degree
    if ('make' in given) this.#source = given
    else {
      this.#made = [...given]
      this.#source = { count: given.length, make: () => given }
    }
  }

  get count(): number {
    return this.#source.count
  }

  /** @throws DomainError if they have more than 2^28 images in all. Nothing is allocated before this check. */
  all(): readonly Permutation[] {
    if (this.#made === undefined) {
      const images = this.#degree * this.#source.count
      if (images > MAXIMUM_IMAGES) {
        throw new DomainError(
          `${this.#where}.generators`,
          `at most ${MAXIMUM_IMAGES} images in all generators`,
          `${this.#source.count} generators of ${this.#degree} points`,
        )
      }
      this.#made = this.#source.make()
    }
    return this.#made
  }
}
