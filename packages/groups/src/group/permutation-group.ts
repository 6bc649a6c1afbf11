import { DomainError, requireInteger } from '../errors.ts'
import { Permutation } from '../permutation/permutation.ts'
import type { RandomSource } from '../random.ts'
import { allBlocks, blocksOf, minimalBlocks, someBlocks } from './blocks.ts'
import { conjugacyOrbits, ElementNumbering } from './conjugacy.ts'
import { orbitsOf } from './order-bound.ts'
import { type ChainOptions, StabilizerChain } from './stabilizer-chain.ts'

/**
 * How a group was made, for those who know closed forms: the sharing rule of a wreath product, the characters of a symmetric group.
 *
 * A statement about the group and its action on its points, in their order; makers set it, and nothing else relies on it being there.
 */
export type Construction =
  | { readonly kind: 'trivial' }
  | { readonly kind: 'symmetric' }
  | { readonly kind: 'alternating' }
  | { readonly kind: 'cyclic' }
  | { readonly kind: 'dihedral' }
  | { readonly kind: 'translations'; readonly sizes: readonly number[] }
  | { readonly kind: 'direct'; readonly left: PermutationGroup; readonly right: PermutationGroup }
  | { readonly kind: 'wreath'; readonly inner: PermutationGroup; readonly outer: PermutationGroup }

/** What is known of a group beyond its generators. */
export interface GroupKnowledge {
  /** The order, where it is known by proof, or what computes it: it spares the proof of the stabilizer chain. */
  readonly order?: bigint | (() => bigint)
  /** How the group was made, for closed forms. */
  readonly construction?: Construction
}

/** A class of conjugate elements. */
export interface ConjugacyClass {
  readonly representative: Permutation
  readonly size: number
}

/** The most elements of a group that is enumerated as a whole. */
const ENUMERATION_LIMIT: number = 2_000_000

/**
 * A group of permutations of the points 0 to degree - 1, given by generators; everything else follows from them.
 *
 * Nothing is computed before it is asked for; then a stabilizer chain is made once (Schreier and Sims) and kept.
 *
 * @throws DomainError if a generator has another degree.
 * @example
 * const group = new PermutationGroup(5, [Permutation.parse(5, '(0 1 2 3 4)'), Permutation.parse(5, '(0 1)')])
 * group.order()      // 120n
 */
export class PermutationGroup {
  readonly degree: number
  readonly generators: readonly Permutation[]
  readonly construction: Construction | undefined
  readonly #images: readonly Uint32Array[]
  readonly #knownOrder: bigint | (() => bigint) | undefined
  #order: bigint | undefined
  #chain: StabilizerChain | undefined

  constructor(degree: number, generators: readonly Permutation[], knowledge: GroupKnowledge = {}) {
    this.degree = requireInteger('PermutationGroup', 'the number of points', degree, 0)
    generators.forEach((generator, k) => {
      if (generator.degree === degree) return
      throw new DomainError('PermutationGroup', `generators of ${degree} points`, `generator ${k} of ${generator.degree} points`)
    })
    this.generators = [...generators]
    this.construction = knowledge.construction
    this.#images = generators.map(({ images }) => images)
    this.#knownOrder = knowledge.order
  }

  /** The stabilizer chain behind order, membership and random elements, made at the first call. */
  chain(): StabilizerChain {
    this.#chain ??= this.#newChain({})
    return this.#chain
  }

  /** The number of elements. */
  order(): bigint {
    this.#order ??= this.#promisedOrder() ?? this.chain().order()
    return this.#order
  }

  /** Whether p is an element; one of another degree is none. */
  contains(p: Permutation): boolean {
    return p.degree === this.degree && this.chain().contains(p.images)
  }

  /** A random element, each as likely as any other. Cost O(degree x number of base points) or less. */
  random(random: RandomSource): Permutation {
    return Permutation.ofTrusted(this.chain().random(random))
  }

  /** All elements, one after the other, the identity first; a group too large to walk through can still be begun. */
  *elements(): Generator<Permutation, void, undefined> {
    const { levels } = this.chain()
    const counters = levels.map(() => 0)
    for (;;) {
      yield Permutation.ofTrusted(this.chain().element(counters.map((k, i) => levels[i]!.orbit[k]!)))
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

  /** Whether there is one orbit. A group of no points is not transitive. */
  isTransitive(): boolean {
    return this.orbits().length === 1
  }

  /** Whether any two elements commute. */
  isAbelian(): boolean {
    const { generators } = this
    return generators.every((a, i) => generators.every((b, j) => j <= i || a.compose(b).equals(b.compose(a))))
  }

  /** The elements that fix a point, as a group of the same points. */
  stabilizer(point: number): PermutationGroup {
    const chain = this.#chainFrom('stabilizer', point)
    const generators = chain.levels[1]?.generators ?? []
    const order = chain.order() / BigInt(chain.levels[0]?.orbit.length ?? 1)
    return new PermutationGroup(
      this.degree,
      generators.map(({ images }) => Permutation.ofTrusted(images)),
      { order },
    )
  }

  /** For every point of the orbit of a point, an element that takes the one to the other; the point itself has the identity. */
  transversal(point: number): Map<number, Permutation> {
    const level = this.#chainFrom('transversal', point).levels[0]
    if (level === undefined) return new Map([[point, Permutation.identity(this.degree)]])
    return new Map(level.orbit.map((image) => [image, Permutation.ofTrusted(level.representative(image))]))
  }

  /**
   * All block systems but the trivial two, each a list of blocks: partitions of the points that the group permutes.
   *
   * @throws DomainError if the group is not transitive, or has more than 10,000 of them.
   */
  blockSystems(): number[][][] {
    this.#requireTransitive('blockSystems')
    return allBlocks(this.degree, this.#images, 10_000).map(blocksOf)
  }

  /** The block systems with no finer one but the singletons. @throws DomainError if the group is not transitive. */
  minimalBlockSystems(): number[][][] {
    this.#requireTransitive('minimalBlockSystems')
    return minimalBlocks(this.degree, this.#images).map(blocksOf)
  }

  /** Whether the group is transitive and keeps no partition of the points but the trivial two. */
  isPrimitive(): boolean {
    return this.isTransitive() && someBlocks(this.degree, this.#images) === undefined
  }

  /**
   * The classes of conjugate elements, the identity's first.
   *
   * @throws DomainError if the group has more than 2,000,000 elements. Cost O(order x generators x degree).
   */
  conjugacyClasses(): ConjugacyClass[] {
    const numbering = new ElementNumbering('PermutationGroup.conjugacyClasses', this.chain(), ENUMERATION_LIMIT)
    return conjugacyOrbits(numbering, this.#images).map(({ representative, size }) => ({
      representative: Permutation.ofTrusted(numbering.element(representative)),
      size,
    }))
  }

  /** Whether every generator of this group lies in another one of the same degree. */
  isSubgroupOf(other: PermutationGroup): boolean {
    return other.degree === this.degree && this.generators.every((generator) => other.contains(generator))
  }

  #promisedOrder(): bigint | undefined {
    return typeof this.#knownOrder === 'function' ? this.#knownOrder() : this.#knownOrder
  }

  #newChain(options: ChainOptions): StabilizerChain {
    const order = this.#order ?? this.#promisedOrder()
    return new StabilizerChain(this.degree, this.#images, order === undefined ? options : { ...options, order })
  }

  /** A chain whose first base point is given, proved by the order of the one that is there. */
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
      'Restrict it to one of its orbits with restriction(group, orbit).',
    )
  }
}
