import { DomainError } from '../errors.ts'
import { composeInto, identityImages } from '../permutation/images.ts'
import { type RandomSource, randomInteger, seededRandom } from '../random.ts'
import { ChainLevel, firstMoved, StrongGenerator, TransversalBudget } from './chain-level.ts'
import { constituentBound } from './constituent-bound.ts'
import { orderBound } from './order-bound.ts'
import { ProductReplacement } from './product-replacement.ts'

/** How to build a stabilizer chain. Every choice ends with a chain that is proved complete. */
export interface ChainOptions {
  /**
   * `randomized` (the default) builds the chain from random elements and then proves it complete; `deterministic` sifts every Schreier generator.
   */
  readonly method?: 'randomized' | 'deterministic'
  /** The order of the group, if known. It serves as the proof of completeness; a chain with a different order throws a DomainError. */
  readonly order?: bigint
  /** The first base points. */
  readonly base?: readonly number[]
  /** Seed of the random elements. The chain is correct for every seed. */
  readonly seed?: number
}

/** The result of sifting: the residue, and the first level whose orbit it leaves (the number of levels if it passed all of them). */
export interface Sifted {
  readonly residue: Uint32Array
  readonly level: number
}

/** The number of random generators for each new level, and the number of consecutive trivial residues that ends the randomized phase. */
const DRAWS = 2
const PASSES = 12

/** Below this cost, completeness is proved by sifting all Schreier generators. Above it, the bound from blocks and orbits is tried first. */
const CHEAP_PROOF = 5e7

/**
 * A base and strong generating set: a chain G = G_0 > G_1 > ... > 1 in which each group is the stabilizer of one more base point.
 *
 * Level i stores generators of G_i. They need not include those of the levels below, because the generators of G_{i+1} are words in those of G_i. So most
 * levels have only two or three generators, and a proof sifts few Schreier generators.
 *
 * @see Schreier 1927; Sims 1970, "Computational methods in the study of permutation groups"; Seress 2003, "Permutation group algorithms", chapter 4.
 */
export class StabilizerChain {
  readonly degree: number
  readonly levels: ChainLevel[] = []
  readonly #budget: TransversalBudget = new TransversalBudget()
  readonly #fixedBase: readonly number[]

  constructor(degree: number, generators: readonly Uint32Array[], options: ChainOptions = {}) {
    this.degree = degree
    this.#fixedBase = options.base ?? []
    const moving = generators.filter((images) => firstMoved(images) >= 0)
    this.#addTo(
      0,
      moving.map((images) => new StrongGenerator(images)),
    )
    if (moving.length === 0) return
    if (options.method === 'deterministic') this.#verify()
    else this.#randomized(moving, options)
    if (options.order !== undefined && this.order() !== options.order) {
      throw new DomainError(
        'StabilizerChain',
        'the given order to be the order of the group',
        `${options.order} for a group of order ${this.order()}`,
      )
    }
  }

  /** |G|: the product of the orbit lengths. */
  order(): bigint {
    return this.levels.reduce((order, level) => order * BigInt(level.orbit.length), 1n)
  }

  /** Divides a permutation by the coset representatives, level by level. Overwrites `images`. */
  sift(images: Uint32Array, from: number = 0): Sifted {
    const { levels } = this
    let level = from
    for (; level < levels.length; level++) {
      const here = levels[level]!
      if (here.parent[images[here.base]!] === -1) break
      here.strip(images)
    }
    return { residue: images, level }
  }

  /** Whether a permutation is in the group. Cost at most O(degree x number of base points). */
  contains(images: Uint32Array): boolean {
    return firstMoved(this.sift(images.slice()).residue) === -1
  }

  /** A uniformly random element: the product of one uniform coset representative per level. */
  random(random: RandomSource): Uint32Array {
    const choice = this.levels.map(({ orbit }) => orbit[randomInteger(random, orbit.length)]!)
    return this.element(choice)
  }

  /** The product u_0 u_1 ... of the coset representatives of the given orbit points. */
  element(points: readonly number[]): Uint32Array {
    let product: Uint32Array | undefined
    this.levels.forEach((level, i) => {
      if (points[i] === level.base) return
      const representative = level.representative(points[i]!)
      if (product !== undefined) composeInto(representative, product, representative)
      product = representative
    })
    return product ?? identityImages(this.degree)
  }

  /** Adds generators to a level. If the level is the first one below the last, creates it and chooses its base point. */
  #addTo(index: number, generators: readonly StrongGenerator[]): void {
    if (this.levels[index] === undefined) {
      const base = this.#fixedBase[index] ?? Math.min(...generators.map(({ images }) => firstMoved(images)))
      if (!Number.isFinite(base)) return
      this.levels.push(new ChainLevel(this.degree, base, this.#budget))
    }
    for (const generator of generators) this.levels[index]!.add(generator)
  }

  #randomized(generators: readonly Uint32Array[], options: ChainOptions): void {
    const random = seededRandom(options.seed ?? 1)
    const complete = options.order ?? orderBound(this.degree, generators)
    const source = new ProductReplacement(generators, random, 60)
    this.#descend(source, random)
    const limit = options.order === undefined ? PASSES : 4000
    for (let passes = 0; passes < limit && this.order() < complete; passes++) {
      if (this.#absorb(source.next(), 1) !== undefined) passes = -1
    }
    // Stryker disable next-line ConditionalExpression: a complete chain is proved complete once more, which only takes time
    if (this.order() === complete) return
    // Stryker disable next-line all: the other proof takes longer, and is as good
    if (
      this.#proofCost() > CHEAP_PROOF &&
      this.order() === constituentBound(this.degree, generators, (n, images) => new StabilizerChain(n, images).order())
    )
      return
    this.#verify()
  }

  // Stryker disable all: the cost only decides which of two proofs is tried first
  /** The approximate number of table entries read by a proof that sifts all Schreier generators. */
  #proofCost(): number {
    const sifts = this.levels.reduce((sum, { orbit, generators }) => sum + orbit.length * generators.length, 0)
    return (sifts * this.levels.length * this.degree) / 2
  }
  // Stryker restore all

  /** Creates the levels from the first to the last, from random elements of the stabilizers. */
  #descend(top: ProductReplacement, random: RandomSource): void {
    let source = top
    for (let i = 0; ; i++) {
      const level = this.levels[i]!
      const stabilizing: Uint32Array[] = []
      for (let draw = 0; draw < 8 && stabilizing.length < DRAWS; draw++) {
        const images = source.next()
        level.strip(images)
        if (firstMoved(images) >= 0) stabilizing.push(images)
      }
      if (stabilizing.length === 0) return
      this.#addTo(
        i + 1,
        stabilizing.map((images) => new StrongGenerator(images)),
      )
      source = new ProductReplacement(stabilizing, random, 20)
    }
  }

  /**
   * Sifts an element, starting at level `start`. A nontrivial residue becomes a generator of the levels from `from` to the level where sifting stopped.
   * Returns that level, or undefined if the residue is trivial.
   */
  #absorb(images: Uint32Array, from: number, start: number = 0): number | undefined {
    const { residue, level } = this.sift(images, start)
    if (level === this.levels.length && firstMoved(residue) === -1) return undefined
    const generator = new StrongGenerator(residue.slice())
    for (let i = from; i <= level; i++) this.#addTo(i, [generator])
    return level
  }

  /** Sifts the Schreier generators of all levels, from the last to the first, until every residue is trivial. This proves the chain complete. */
  #verify(): void {
    for (let i = this.levels.length - 1; i >= 0; ) i = this.#verifyLevel(i) ?? i - 1
  }

  /** Sifts the Schreier generators of level i. At the first nontrivial residue, returns the level to continue with; undefined if there is none. */
  #verifyLevel(i: number): number | undefined {
    const level = this.levels[i]!
    const { orbit, checked, generators } = level
    const scratch = new Uint32Array(this.degree)
    for (let k = Math.min(...checked); k < orbit.length; k++) {
      const point = orbit[k]!
      const representative = level.representative(point)
      for (let g = 0; g < generators.length; g++) {
        if (checked[g]! > k) continue
        checked[g] = k + 1
        const { images } = generators[g]!
        const image = images[point]!
        if (level.parent[image] === point && level.label[image] === g && image !== level.base) continue
        composeInto(scratch, images, representative)
        const found = this.#absorb(scratch, i + 1, i)
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}
