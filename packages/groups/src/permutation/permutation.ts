import { DomainError, requireInteger } from '../errors.ts'
import { greatestCommonDivisor } from '../integers.ts'
import { NotationError, readCycles } from './cycle-notation.ts'
import { composeImages, identityImages, invertImages } from './images.ts'

/** A list of points: any array-like of integers. */
export type Images = ArrayLike<number>

function checkImages(where: string, images: Images): void {
  const taken = new Uint8Array(images.length)
  for (let i = 0; i < images.length; i++) {
    const image = images[i]!
    if (!Number.isInteger(image) || image < 0 || image >= images.length) {
      throw new DomainError(
        where,
        `images to be the points 0 to ${images.length - 1} in some order`,
        `${image} as the image of ${i}`,
        image === images.length ? 'Points start at 0.' : undefined,
      )
    }
    if (taken[image] === 1) {
      throw new DomainError(
        where,
        `images to be the points 0 to ${images.length - 1} in some order`,
        `${image} twice, again as the image of ${i}`,
      )
    }
    taken[image] = 1
  }
}

/**
 * An immutable bijection of the points 0 to degree - 1.
 *
 * Permutations act from the left: `p.compose(q)` is "p after q", so p.compose(q).apply(i) = p.apply(q.apply(i)).
 *
 * @example
 * const p = Permutation.parse(5, '(0 1 2)(3 4)')
 * p.order()                    // 6
 * p.compose(p.inverse())       // ()
 */
export class Permutation {
  /** The image of every point. Treat it as read-only. */
  readonly images: Uint32Array

  private constructor(images: Uint32Array) {
    this.images = images
  }

  /** The identity on n points. */
  static identity(n: number): Permutation {
    requireInteger('Permutation.identity', 'the number of points', n, 0)
    return new Permutation(identityImages(n))
  }

  /**
   * The permutation that takes point i to images[i].
   *
   * @throws DomainError if an image is not a point, or two points have the same image.
   */
  static fromImages(images: Images): Permutation {
    requireInteger('Permutation.fromImages', 'the number of points', images.length, 0)
    checkImages('Permutation.fromImages', images)
    return new Permutation(Uint32Array.from(images))
  }

  /** Like fromImages, but neither copies nor checks: `images` must be a bijection and must not change afterwards. */
  static fromUncheckedImages(images: Uint32Array): Permutation {
    return new Permutation(images)
  }

  /**
   * The product of disjoint cycles. Each point goes to the next one in its cycle, the last one to the first.
   *
   * @throws DomainError if a point is not below n, or appears twice.
   */
  static fromCycles(n: number, cycles: readonly Images[]): Permutation {
    const { images } = Permutation.identity(n)
    const taken = new Uint8Array(n)
    for (const cycle of cycles) {
      for (let k = 0; k < cycle.length; k++) {
        const point = requireInteger('Permutation.fromCycles', 'every point', cycle[k]!, 0, n - 1)
        if (taken[point] === 1) {
          throw new DomainError(
            'Permutation.fromCycles',
            'disjoint cycles',
            `the point ${point} twice`,
            'For cycles that are not disjoint, use compose.',
          )
        }
        taken[point] = 1
        images[point] = cycle[k + 1 === cycle.length ? 0 : k + 1]!
      }
    }
    return new Permutation(images)
  }

  /**
   * Parses disjoint cycles, points from 0, such as `(0 1)(2 3)`. `()` is the identity.
   *
   * @throws NotationError whose `position` is the first character that cannot be read.
   */
  static parse(n: number, text: string): Permutation {
    const { cycles, positions, end, fault } = readCycles(text, 0)
    const refuse = (position: number, expected: string): never => {
      throw new NotationError('Permutation.parse', text, position, expected)
    }
    if (fault !== undefined) refuse(fault.position, fault.expected)
    const rest = /\S/.exec(text.slice(end))
    if (rest !== null || cycles.length === 0) refuse(end + (rest?.index ?? 0), 'a cycle such as (0 1)')
    const taken = new Set<number>()
    cycles.forEach((cycle, c) => {
      cycle.forEach((point, k) => {
        if (point >= n) refuse(positions[c]![k]!, `a point from 0 to ${n - 1}`)
        if (taken.has(point)) refuse(positions[c]![k]!, 'a point that has not appeared before')
        taken.add(point)
      })
    })
    return Permutation.fromCycles(n, cycles)
  }

  /** The number of points. */
  get degree(): number {
    return this.images.length
  }

  /** The image of point i. */
  apply(i: number): number {
    const image = this.images[i]
    if (image === undefined) throw new DomainError('Permutation.apply', `a point from 0 to ${this.degree - 1}`, String(i))
    return image
  }

  /**
   * This after q: the permutation i -> this(q(i)).
   *
   * @throws DomainError if the degrees differ.
   */
  compose(q: Permutation): Permutation {
    if (q.degree !== this.degree) {
      throw new DomainError('Permutation.compose', `a permutation of ${this.degree} points`, `one of ${q.degree}`)
    }
    return new Permutation(composeImages(this.images, q.images))
  }

  /** The inverse permutation. */
  inverse(): Permutation {
    return new Permutation(invertImages(this.images))
  }

  /** The k-th power; k may be negative. Cost O(degree) for every k. */
  power(k: number): Permutation {
    if (!Number.isSafeInteger(k)) throw new DomainError('Permutation.power', 'a safe integer', String(k))
    const images = identityImages(this.degree)
    for (const cycle of this.cycles()) {
      const length = cycle.length
      const shift = ((k % length) + length) % length
      cycle.forEach((point, i) => {
        images[point] = cycle[(i + shift) % length]!
      })
    }
    return new Permutation(images)
  }

  /**
   * The order: the least positive k for which power(k) is the identity. It is the least common multiple of the cycle lengths.
   *
   * @throws DomainError if the order exceeds 2^53 - 1, which is possible from a few hundred points.
   */
  order(): number {
    let order = 1
    for (const { length } of this.cycles()) order *= length / greatestCommonDivisor(order, length)
    if (Number.isSafeInteger(order)) return order
    throw new DomainError('Permutation.order', 'an order below 2^53', `cycle lengths whose least common multiple is about ${order}`)
  }

  /** The sign: 1 for a product of an even number of transpositions, -1 for an odd number. */
  sign(): 1 | -1 {
    let sign: 1 | -1 = 1
    for (const { length } of this.cycles()) if (length % 2 === 0) sign = sign === 1 ? -1 : 1
    return sign
  }

  /** The cycles of length at least 2. Each starts at its smallest point, and they are sorted by this point. */
  cycles(): number[][] {
    const cycles: number[][] = []
    const seen = new Uint8Array(this.degree)
    for (let start = 0; start < this.degree; start++) {
      if (seen[start] === 1 || this.images[start] === start) continue
      const cycle: number[] = []
      for (let point = start; seen[point] === 0; point = this.images[point]!) {
        seen[point] = 1
        cycle.push(point)
      }
      cycles.push(cycle)
    }
    return cycles
  }

  /** The cycle type: the lengths of all cycles, fixed points included, in decreasing order. It is a partition of the degree. */
  cycleType(): number[] {
    const lengths = this.cycles().map((cycle) => cycle.length)
    const moved = lengths.reduce((sum, length) => sum + length, 0)
    return [...lengths, ...new Array<number>(this.degree - moved).fill(1)].sort((a, b) => b - a)
  }

  /** The number of fixed points. */
  fixedPoints(): number {
    return this.images.reduce((fixed, image, point) => (image === point ? fixed + 1 : fixed), 0)
  }

  isIdentity(): boolean {
    return this.images.every((image, point) => image === point)
  }

  /** Whether q has the same degree and the same images. */
  equals(q: Permutation): boolean {
    return q.degree === this.degree && this.images.every((image, point) => image === q.images[point])
  }

  /** The disjoint cycles, points from 0, such as `(0 1 2)(3 4)`; `()` for the identity. Permutation.parse reads this notation. */
  toString(): string {
    return (
      this.cycles()
        .map((cycle) => `(${cycle.join(' ')})`)
        .join('') || '()'
    )
  }
}
