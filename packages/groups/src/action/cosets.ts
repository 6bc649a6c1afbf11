import { DomainError, requireInteger } from '../errors.ts'
import { ElementNumbering, requireFewElements } from '../group/conjugacy.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import type { StabilizerChain } from '../group/stabilizer-chain.ts'
import { composeImages, identityImages } from '../permutation/images.ts'
import { Permutation } from '../permutation/permutation.ts'
import { Action } from './action.ts'

/** The largest number of points of an action on cosets or on elements, since each point stores a group element. */
const COSET_LIMIT = 1_000_000

/** The largest total number of images of the elements that a regular action stores. They take 256 MiB. */
const IMAGE_LIMIT = 2 ** 26

function requireMember(group: PermutationGroup, element: Permutation): void {
  if (!group.contains(element)) throw new DomainError('Action.image', 'an element of the group', element.toString())
}

/**
 * The regular action: the group acts on its own elements by left multiplication, x -> g x. There are |G| points; point 0 is the identity.
 *
 * @throws DomainError if the group has more than 1,000,000 elements, or its elements have more than 2^26 images in all.
 */
export function regularAction(group: PermutationGroup): Action {
  const size = Number(requireFewElements('regularAction', group, COSET_LIMIT))
  if (size * group.degree > IMAGE_LIMIT) {
    throw new DomainError('regularAction', `at most ${IMAGE_LIMIT} images of all elements`, `${size} elements of ${group.degree} points`)
  }
  let table: { readonly numbering: ElementNumbering; readonly elements: readonly Uint32Array[] } | undefined
  const image = (element: Permutation): Permutation => {
    requireMember(group, element)
    table ??= tabulateElements(group)
    const { numbering, elements } = table
    return Permutation.fromUncheckedImages(Uint32Array.from(elements, (other) => numbering.indexOf(composeImages(element.images, other))))
  }
  const source = { count: group.generatorCount, make: () => group.generators.map(image) }
  return new Action(group, size, source, { structure: { kind: 'regular' }, image })
}

function tabulateElements(group: PermutationGroup): { numbering: ElementNumbering; elements: Uint32Array[] } {
  const numbering = new ElementNumbering('regularAction', group, COSET_LIMIT)
  return { numbering, elements: Array.from({ length: numbering.size }, (_, index) => numbering.element(index)) }
}

/**
 * A canonical element of the coset x H: the one whose images of the base points of H come first in lexicographic order. It is the same for every x in
 * the coset.
 *
 * At each level, the base point goes to the least x(y) over y in the level's orbit. That choice determines the coset of the next stabilizer.
 */
function canonicalRepresentative(subgroup: StabilizerChain, element: Uint32Array): Uint32Array {
  let best = element
  for (const level of subgroup.levels) {
    const point = level.orbit.reduce((least, candidate) => (best[candidate]! < best[least]! ? candidate : least), level.base)
    if (point !== level.base) best = composeImages(best, level.representative(point))
  }
  return best
}

/**
 * The action on the left cosets x H of a subgroup: g (x H) = (g x) H. There are |G| / |H| points; point 0 is H itself.
 *
 * Every transitive action is isomorphic to one of these, with H the stabilizer of a point.
 *
 * @throws DomainError if `subgroup` is not a subgroup of `group`, or has more than 1,000,000 cosets.
 */
export function cosetAction(group: PermutationGroup, subgroup: PermutationGroup): Action {
  if (!subgroup.isSubgroupOf(group)) throw new DomainError('cosetAction', 'a subgroup of the group', 'a group with a generator outside it')
  const index = group.order() / subgroup.order()
  requireInteger('cosetAction', 'the number of cosets', Number(index), 1, COSET_LIMIT)
  const chain = subgroup.chain()
  const numbers = new Map<string, number>()
  const representatives: Uint32Array[] = []
  const numberOf = (element: Uint32Array): number => {
    const canonical = canonicalRepresentative(chain, element)
    const key = canonical.join()
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, representatives.length)
    return representatives.push(canonical) - 1
  }
  numberOf(identityImages(group.degree))
  const tables = group.generators.map((): number[] => [])
  for (const representative of representatives) {
    group.generators.forEach(({ images }, g) => {
      tables[g]!.push(numberOf(composeImages(images, representative)))
    })
  }
  const image = (element: Permutation): Permutation => {
    requireMember(group, element)
    return Permutation.fromImages(representatives.map((representative) => numberOf(composeImages(element.images, representative))))
  }
  return new Action(
    group,
    representatives.length,
    tables.map((table) => Permutation.fromImages(table)),
    { structure: { kind: 'cosets', subgroup }, image },
  )
}
