import { DomainError, requireInteger } from '../errors.ts'
import { Permutation } from '../permutation/permutation.ts'
import type { RandomSource } from '../random.ts'
import { allBlocks, blocksOf, minimalBlocks, someBlocks } from './blocks.ts'
import { conjugacyOrbits, ElementNumbering } from './conjugacy.ts'
import { type GeneratorSource, Generators } from './generator-source.ts'
import { containsAlternating } from './giant.ts'
import { factorial, orbitsOf } from './order-bound.ts'
import { log10Integer, MAXIMUM_DIGITS } from './order-size.ts'
import { type ChainOptions, StabilizerChain } from './stabilizer-chain.ts'

/**
 * How a group was constructed. Functions with closed forms use it, such as sharingRule for wreath products and symmetricCharacter for symmetric groups.
 *
 * It describes the group together with its action on its points, in their order. The named constructors set it; every function also works without it.
 */
export type Construction =
  | { readonly kind: 'trivial' }
  | { readonly kind: 'symmetric' }
  | { readonly kind: 'alternating' }
  | { readonly kind: 'cyclic' }
  | { readonly kind: 'dihedral' }
  | { readonly kind: 'translations'; readonly sizes: readonly number[] }
  | { readonly kind: 'affine'; readonly dimension: number; readonly fieldSize: number }
  | { readonly kind: 'projective'; readonly dimension: number; readonly fieldSize: number }
  | { readonly kind: 'direct'; readonly left: PermutationGroup; readonly right: PermutationGroup }
  | { readonly kind: 'wreath'; readonly inner: PermutationGroup; readonly outer: PermutationGroup }

/** Optional facts about a group, beyond its generators. */
export interface GroupOptions {
  /** The order, or a function that computes it, if a theorem gives it. The stabilizer chain then needs no proof of completeness. */
  readonly order?: bigint | (() => bigint)
  /** log10 of the order, for orders whose digits take long to compute. Give it with `order`. */
  readonly orderLog10?: () => number
  /** How the group was constructed; enables closed forms. */
  readonly construction?: Construction
}

/** A class of conjugate elements. */
export interface ConjugacyClass {
  readonly representative: Permutation
  readonly size: number
}

/** The largest order of a group whose elements are enumerated. */
const ENUMERATION_LIMIT: number = 2_000_000

/** From this number of points on, a symmetric or alternating group is recognized before a chain is built. */
const QUICK_DEGREE = 100

/** The order of the group of at most one generator: the least common multiple of its cycle lengths. */
function cyclicOrder(generators: readonly Permutation[]): bigint {
  let order = 1n
  const lengths = new Set(generators.flatMap((generator) => generator.cycleType()))
  for (const length of lengths) order = (order * BigInt(length)) / greatestCommonDivisor(order, BigInt(length))
  return order
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}

/**
 * A group of permutations of the points 0 to degree - 1, given by generators.
 *
 * The constructor computes nothing. The first method that needs a stabilizer chain builds it (Schreier-Sims) and keeps it.
 *
 * @throws DomainError if a generator has another degree.
 * @example
 * const group = new PermutationGroup(5, [Permutation.parse(5, '(0 1 2 3 4)'), Permutation.parse(5, '(0 1)')])
 * group.order()      // 120n
 */
export class PermutationGroup {
  readonly degree: number
  readonly construction: Construction | undefined
  readonly #generators: Generators
  readonly #options: GroupOptions
  #order: bigint | undefined
  #chain: StabilizerChain | undefined

  constructor(degree: number, generators: readonly Permutation[] | GeneratorSource, options: GroupOptions = {}) {
    this.degree = requireInteger('PermutationGroup', 'the number of points', degree, 0)
    if (!('make' in generators)) {
      generators.forEach((generator, k) => {
        if (generator.degree === degree) return
        throw new DomainError('PermutationGroup', `generators of ${degree} points`, `generator ${k} of ${generator.degree} points`)
      })
    }
    this.#generators = new Generators('PermutationGroup', degree, generators)
    this.construction = options.construction
    this.#options = options
  }

  /**
   * The generators. The named groups make them at the first use.
   *
   * @throws DomainError if they have more than 2^28 images in all.
   */
  get generators(): readonly Permutation[] {
    return this.#generators.all()
  }

  /** The number of generators. Does not make them. */
  get generatorCount(): number {
    return this.#generators.count
  }

  /** The stabilizer chain behind order, membership and random elements, built at the first call. */
  chain(): StabilizerChain {
    this.#chain ??= this.#newChain({})
    return this.#chain
  }

  /**
   * The number of elements.
   *
   * @throws DomainError if it is known to have more than 10,000,000 digits; use orderLog10 then.
   */
  order(): bigint {
    this.#order ??= this.#statedOrder() ?? this.#quickOrder() ?? this.chain().order()
    return this.#order
  }

  /** Whether `order` is quick: a theorem gives it, or a chain that exists. If not, it builds a stabilizer chain. */
  isOrderKnown(): boolean {
    if (this.#options.order !== undefined) return true
    this.#order ??= this.#chain?.order() ?? this.#quickOrder()
    return this.#order !== undefined
  }

  /** log10 of the number of elements. Named groups and their products know it at once, at any degree. Accuracy 1e-14 of the result. */
  orderLog10(): number {
    return this.#order === undefined && this.#options.orderLog10 !== undefined ? this.#options.orderLog10() : log10Integer(this.order())
  }

  /** Whether p is an element of the group; false if its degree differs. */
  contains(p: Permutation): boolean {
    return p.degree === this.degree && this.chain().contains(p.images)
  }

  /** A uniformly random element. Cost at most O(degree x number of base points). */
  random(random: RandomSource): Permutation {
    return Permutation.fromUncheckedImages(this.chain().random(random))
  }

  /** Iterates over all elements, the identity first. Elements are produced on demand, so you can take the first few of a huge group. */
  *elements(): Generator<Permutation, void, undefined> {
    const { levels } = this.chain()
    const counters = levels.map(() => 0)
    for (;;) {
      yield Permutation.fromUncheckedImages(this.chain().element(counters.map((k, i) => levels[i]!.orbit[k]!)))
      let i = counters.length - 1
      while (i >= 0 && counters[i]! + 1 === levels[i]!.orbit.length) counters[i--] = 0
      if (i < 0) return
      counters[i]!++
    }
  }

  /** The orbits of the points, each sorted, in the order of their smallest points. */
  orbits(): number[][] {
    return orbitsOf(this.degree, this.#images)
  }

  /** Whether there is exactly one orbit. The group of degree 0 is not transitive. */
  isTransitive(): boolean {
    return this.orbits().length === 1
  }

  /** Whether any two elements commute. */
  isAbelian(): boolean {
    const { generators } = this
    return generators.every((a, i) => generators.every((b, j) => j <= i || a.compose(b).equals(b.compose(a))))
  }

  /** The subgroup that fixes a point, on the same points. */
  stabilizer(point: number): PermutationGroup {
    const chain = this.#chainFrom('stabilizer', point)
    const generators = chain.levels[1]?.generators ?? []
    const order = chain.order() / BigInt(chain.levels[0]?.orbit.length ?? 1)
    return new PermutationGroup(
      this.degree,
      generators.map(({ images }) => Permutation.fromUncheckedImages(images)),
      { order },
    )
  }

  /** For every point y in the orbit of `point`, an element that takes `point` to y; the identity for y = `point`. */
  transversal(point: number): Map<number, Permutation> {
    const level = this.#chainFrom('transversal', point).levels[0]
    if (level === undefined) return new Map([[point, Permutation.identity(this.degree)]])
    return new Map(level.orbit.map((image) => [image, Permutation.fromUncheckedImages(level.representative(image))]))
  }

  /**
   * All nontrivial block systems, each a list of blocks. A block system is a partition of the points whose parts the group permutes.
   *
   * @throws DomainError if the group is not transitive, or has more than 10,000 block systems.
   */
  blockSystems(): number[][][] {
    this.#requireTransitive('blockSystems')
    return allBlocks(this.degree, this.#images, 10_000).map(blocksOf)
  }

  /**
   * The minimal nontrivial block systems: those with no nontrivial refinement.
   *
   * @throws DomainError if the group is not transitive.
   */
  minimalBlockSystems(): number[][][] {
    this.#requireTransitive('minimalBlockSystems')
    return minimalBlocks(this.degree, this.#images).map(blocksOf)
  }

  /** Whether the group is transitive and has no nontrivial block system. */
  isPrimitive(): boolean {
    return this.isTransitive() && someBlocks(this.degree, this.#images) === undefined
  }

  /**
   * The conjugacy classes; the class of the identity comes first.
   *
   * @throws DomainError if the group has more than 2,000,000 elements.
   * @remarks Cost O(order x generators x degree).
   */
  conjugacyClasses(): ConjugacyClass[] {
    const numbering = new ElementNumbering('PermutationGroup.conjugacyClasses', this, ENUMERATION_LIMIT)
    return conjugacyOrbits(numbering, this.#images).map(({ representative, size }) => ({
      representative: Permutation.fromUncheckedImages(numbering.element(representative)),
      size,
    }))
  }

  /** Whether this group is a subgroup of another group of the same degree. */
  isSubgroupOf(other: PermutationGroup): boolean {
    return other.degree === this.degree && this.generators.every((generator) => other.contains(generator))
  }

  /** The generators in cycle notation, points from 0, and the degree: `(0 1 2), (0 1) on 5 points`. parseGroup reads this notation. */
  toString(): string {
    return this.generatorCount === 0 ? `I${this.degree}` : `${this.generators.join(', ')} on ${this.degree} points`
  }

  get #images(): readonly Uint32Array[] {
    return this.generators.map(({ images }) => images)
  }

  #statedOrder(): bigint | undefined {
    const { order, orderLog10 } = this.#options
    if (typeof order !== 'function') return order
    const log10 = orderLog10?.() ?? 0
    if (log10 < MAXIMUM_DIGITS) return order()
    throw new DomainError(
      'PermutationGroup.order',
      `an order of at most ${MAXIMUM_DIGITS} digits`,
      `one of ${Math.floor(log10) + 1} digits`,
      'Use orderLog10().',
    )
  }

  /** The order of a group with one generator, or of one on many points that random elements prove to be symmetric or alternating. */
  #quickOrder(): bigint | undefined {
    if (this.generatorCount < 2) return cyclicOrder(this.generators)
    // Stryker disable next-line LogicalOperator,EqualityOperator: on fewer points a chain is as quick, and gives the same order
    if (this.degree < QUICK_DEGREE || !containsAlternating(this.degree, this.#images)) return undefined
    const order = factorial(this.degree)
    return this.generators.every((generator) => generator.sign() === 1) ? order / 2n : order
  }

  #newChain(options: ChainOptions): StabilizerChain {
    const order = this.#order ?? this.#statedOrder()
    return new StabilizerChain(this.degree, this.#images, order === undefined ? options : { ...options, order })
  }

  /** A chain whose first base point is `point`. The order of the existing chain proves it complete. */
  #chainFrom(method: string, point: number): StabilizerChain {
    requireInteger(`PermutationGroup.${method}`, 'the point', point, 0, this.degree - 1)
    if (this.#chain === undefined) this.#chain = this.#newChain({ base: [point] })
    if (this.#chain.levels.length === 0 || this.#chain.levels[0]!.base === point) return this.#chain
    return this.#newChain({ base: [point], order: this.order() })
  }

  #requireTransitive(method: string): void {
    if (this.isTransitive()) return
    throw new DomainError(
      `PermutationGroup.${method}`,
      'a transitive group',
      `one with ${this.orbits().length} orbits`,
      'Restrict the group to one orbit with restriction(group, orbit).',
    )
  }
}
