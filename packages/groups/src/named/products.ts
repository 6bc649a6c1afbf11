import { DomainError, requireInteger } from '../errors.ts'
import { countOrbits, orbitRuns } from '../group/orbit-lengths.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { symmetric } from './symmetric.ts'

/** Extends a permutation to `degree` points: it acts on the points from `offset` and fixes all others. */
function embed(degree: number, offset: number, { images }: Permutation): Permutation {
  const table = Permutation.identity(degree).images
  images.forEach((image, point) => {
    table[offset + point] = offset + image
  })
  return Permutation.fromUncheckedImages(table)
}

/** Permutes blocks of d points each and keeps the order inside every block. */
function moveBlocks(d: number, { images }: Permutation): Permutation {
  const table = new Uint32Array(d * images.length)
  return Permutation.fromUncheckedImages(table.map((_, point) => images[Math.floor(point / d)]! * d + (point % d)))
}

/**
 * The direct product g x h on the disjoint union of the points: g acts on the first g.degree points, h acts on the others.
 *
 * Generators: those of g, then those of h. For g x h acting on pairs of points use productAction.
 */
export function directProduct(g: PermutationGroup, h: PermutationGroup): PermutationGroup {
  const degree = requireInteger('directProduct', 'the total number of points', g.degree + h.degree, 0)
  const make = (): Permutation[] => [
    ...g.generators.map((p) => embed(degree, 0, p)),
    ...h.generators.map((p) => embed(degree, g.degree, p)),
  ]
  return new PermutationGroup(
    degree,
    { count: g.generatorCount + h.generatorCount, make },
    {
      order: () => g.order() * h.order(),
      orderLog10: () => g.orderLog10() + h.orderLog10(),
      construction: { kind: 'direct', left: g, right: h },
    },
  )
}

/**
 * The wreath product g wr h in its imprimitive action: h.degree blocks of g.degree points. A copy of g acts inside each block, and h permutes the blocks.
 *
 * Point i of block b has the number b g.degree + i. Order |g|^(h.degree) |h|.
 * Generators: those of g, acting in the first block of every orbit of h, then those of h. A factor of one point changes nothing: the result is the other
 * factor itself.
 */
export function wreathProduct(g: PermutationGroup, h: PermutationGroup): PermutationGroup {
  const d = g.degree
  const degree = requireInteger('wreathProduct', 'the number of points', d * h.degree, 0)
  if (degree === 0) return new PermutationGroup(0, [], { order: 1n, construction: { kind: 'trivial' } })
  if (d === 1) return h
  if (h.degree === 1) return g
  const make = (): Permutation[] => [
    ...h.orbits().flatMap(([block]) => g.generators.map((p) => embed(degree, block! * d, p))),
    ...h.generators.map((p) => moveBlocks(d, p)),
  ]
  const source = {
    get count(): number {
      return g.generatorCount * countOrbits(orbitRuns(h)) + h.generatorCount
    },
    make,
  }
  return new PermutationGroup(degree, source, {
    order: () => g.order() ** BigInt(h.degree) * h.order(),
    orderLog10: () => h.degree * g.orderLog10() + h.orderLog10(),
    construction: { kind: 'wreath', inner: g, outer: h },
  })
}

/** The hyperoctahedral group B_n = S_2 wr S_n: the 2^n n! signed permutations. Points 2i and 2i + 1 stand for plus and minus i. */
export function hyperoctahedral(n: number): PermutationGroup {
  return wreathProduct(symmetric(2), symmetric(n))
}

/**
 * The permutation group that a group induces on a union of its orbits. The points are renumbered in the given order.
 *
 * Generator i of the restriction is the image of generator i of the group, so the restriction defines an action of the group.
 *
 * @throws DomainError if a generator maps one of the points to a point outside.
 */
export function restriction(group: PermutationGroup, points: readonly number[]): PermutationGroup {
  const place = new Map(points.map((point, k) => [point, k]))
  const move = (p: Permutation, point: number): number => {
    const image = place.get(p.apply(point))
    if (image !== undefined) return image
    throw new DomainError(
      'restriction',
      'a set of points that the group preserves',
      `${point}, which a generator takes to ${p.apply(point)}`,
    )
  }
  const generators = group.generators.map((p) => Permutation.fromImages(points.map((point) => move(p, point))))
  return new PermutationGroup(points.length, generators)
}
