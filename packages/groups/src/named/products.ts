import { DomainError, requireInteger } from '../errors.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { symmetric } from './symmetric.ts'

/** A permutation of `degree` points that acts on a stretch of them as another does on its own, and fixes the rest. */
function embed(degree: number, offset: number, { images }: Permutation): Permutation {
  const table = Permutation.identity(degree).images
  images.forEach((image, point) => {
    table[offset + point] = offset + image
  })
  return Permutation.ofTrusted(table)
}

/** A permutation of blocks of d points each, every block moved as a whole. */
function moveBlocks(d: number, { images }: Permutation): Permutation {
  const table = new Uint32Array(d * images.length)
  for (let point = 0; point < table.length; point++) table[point] = images[Math.floor(point / d)]! * d + (point % d)
  return Permutation.ofTrusted(table)
}

/**
 * g x h on the points of both: g moves the first g.degree points, h the others, independently.
 *
 * Generators: those of g, then those of h. For g x h on pairs of points see productAction.
 */
export function directProduct(g: PermutationGroup, h: PermutationGroup): PermutationGroup {
  const degree = requireInteger('directProduct', 'the number of points together', g.degree + h.degree, 0)
  const generators = [...g.generators.map((p) => embed(degree, 0, p)), ...h.generators.map((p) => embed(degree, g.degree, p))]
  return new PermutationGroup(degree, generators, {
    order: () => g.order() * h.order(),
    construction: { kind: 'direct', left: g, right: h },
  })
}

/**
 * g wr h, imprimitive: h.degree blocks of g.degree points; g acts inside each block independently, h permutes the blocks.
 *
 * Point i of block b has the number b g.degree + i. Order |g|^(h.degree) |h|.
 * Generators: those of g inside the first block of every orbit of h, then those of h.
 */
export function wreathProduct(g: PermutationGroup, h: PermutationGroup): PermutationGroup {
  const d = g.degree
  const degree = requireInteger('wreathProduct', 'the number of points', d * h.degree, 0)
  const inside = h.orbits().flatMap(([block]) => g.generators.map((p) => embed(degree, block! * d, p)))
  const between = d === 0 ? [] : h.generators.map((p) => moveBlocks(d, p))
  const order = (): bigint => (d === 0 ? 1n : g.order() ** BigInt(h.degree) * h.order())
  return new PermutationGroup(degree, [...inside, ...between], { order, construction: { kind: 'wreath', inner: g, outer: h } })
}

/** B_n = S_2 wr S_n: the 2^n n! signed permutations, on the points 2i and 2i + 1 for plus and minus i. */
export function hyperoctahedral(n: number): PermutationGroup {
  return wreathProduct(symmetric(2), symmetric(n))
}

/**
 * The group that another one induces on a union of its orbits, points renumbered in the order given.
 *
 * Generators in their order, so that the restriction is an action of the group.
 *
 * @throws DomainError if a generator leads out of the points.
 */
export function restriction(group: PermutationGroup, points: readonly number[]): PermutationGroup {
  const place = new Map(points.map((point, k) => [point, k]))
  const move = (p: Permutation, point: number): number => {
    const image = place.get(p.apply(point))
    if (image !== undefined) return image
    throw new DomainError(
      'restriction',
      'points that the group maps to one another',
      `${point}, which a generator takes to ${p.apply(point)}`,
    )
  }
  const generators = group.generators.map((p) => Permutation.fromImages(points.map((point) => move(p, point))))
  return new PermutationGroup(points.length, generators)
}
