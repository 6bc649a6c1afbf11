import { DomainError, MAXIMUM_DEGREE, requireInteger } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { directProduct } from '../named/products.ts'
import { Permutation } from '../permutation/permutation.ts'
import { Action, type ActionStructure } from './action.ts'
import { rankSubset, subsetCount, subsetsInOrder } from './subsets.ts'

/** An action as it is; for a group, its natural action. */
function asAction(action: PermutationGroup | Action): Action {
  return action instanceof Action ? action : naturalAction(action)
}

function withImages(
  group: PermutationGroup,
  degree: number,
  structure: ActionStructure,
  image: (element: Permutation) => Permutation,
): Action {
  const source = { count: group.generatorCount, make: () => group.generators.map(image) }
  return new Action(group, degree, source, { structure, image })
}

/** The action of a permutation group on its own points. */
export function naturalAction(group: PermutationGroup): Action {
  return withImages(group, group.degree, { kind: 'natural' }, (element) => element)
}

/** The action that fixes each of `degree` points. Use it as the output action of an invariant layer. */
export function trivialAction(group: PermutationGroup, degree: number): Action {
  return withImages(group, degree, { kind: 'trivial' }, () => Permutation.identity(degree))
}

/**
 * The action on k-tuples of points, entries may repeat: n^k tuples, numbered row-major (the last entry varies fastest).
 *
 * g (x_1, ..., x_k) = (g x_1, ..., g x_k). An adjacency matrix is a function on pairs of nodes: k = 2.
 *
 * @throws DomainError if n^k is more than 2^28.
 */
export function tupleAction(on: PermutationGroup | Action, k: number): Action {
  const of = asAction(on)
  requireInteger('tupleAction', 'the length of the tuples', k, 0)
  const n = of.degree
  const degree = n ** k
  if (degree > MAXIMUM_DEGREE) throw new DomainError('tupleAction', `at most ${MAXIMUM_DEGREE} tuples`, `${n}^${k}`)
  return withImages(of.group, degree, { kind: 'tuples', of, length: k }, (element) => {
    // Stryker disable next-line ConditionalExpression,EqualityOperator: tuples of one point lead to the same, entry by entry, which only takes time
    if (n < 2) return Permutation.identity(degree)
    const single = of.image(element).images
    let images: Uint32Array = Uint32Array.of(0)
    for (let entry = 0; entry < k; entry++) {
      const longer = new Uint32Array(images.length * n)
      images.forEach((image, head) => {
        single.forEach((moved, x) => {
          longer[head * n + x] = image * n + moved
        })
      })
      images = longer
    }
    return Permutation.fromUncheckedImages(images)
  })
}

/** The largest total number of elements of the subsets that an action permutes. */
const MAXIMUM_MEMBERS = 2 ** 28

/**
 * The action on k-element subsets of the points: n choose k subsets, numbered in lexicographic order of their sorted elements.
 *
 * @throws DomainError if there are more than 2^28 subsets, or they have more than 2^28 elements in all.
 */
export function subsetAction(on: PermutationGroup | Action, k: number): Action {
  const of = asAction(on)
  requireInteger('subsetAction', 'the size of the subsets', k, 0, of.degree)
  const degree = subsetCount(of.degree, k)
  if (degree > MAXIMUM_DEGREE) throw new DomainError('subsetAction', `at most ${MAXIMUM_DEGREE} subsets`, `${of.degree} choose ${k}`)
  if (degree * k > MAXIMUM_MEMBERS)
    throw new DomainError('subsetAction', `at most ${MAXIMUM_MEMBERS} elements in all subsets`, `${degree} subsets of ${k} elements`)
  return withImages(of.group, degree, { kind: 'subsets', of, size: k }, (element) => {
    const single = of.image(element).images
    const images = new Uint32Array(degree)
    let number = 0
    for (const subset of subsetsInOrder(of.degree, k)) {
      images[number++] = rankSubset(
        of.degree,
        subset.map((point) => single[point]!).sort((a, b) => a - b),
      )
    }
    return Permutation.fromUncheckedImages(images)
  })
}

/** Restricts an element of a direct product to the points `offset` to `offset + degree - 1`, which it must preserve. */
function part(element: Permutation, offset: number, degree: number): Permutation {
  return Permutation.fromImages(element.images.subarray(offset, offset + degree).map((image) => image - offset))
}

/**
 * The product g x h acting on pairs: (a, b) takes (i, j) to (a i, b j). Pair (i, j) has number i h.degree + j.
 *
 * The group is directProduct(g, h), with the generators of g first. Sets of n cyclic sequences of length m have the symmetry S_n x C_m; matrices with
 * exchangeable rows and columns have S_n x S_m.
 */
export function productAction(g: PermutationGroup | Action, h: PermutationGroup | Action): Action {
  const left = asAction(g)
  const right = asAction(h)
  const degree = requireInteger('productAction', 'the number of pairs', left.degree * right.degree, 0)
  const group = directProduct(left.group, right.group)
  return withImages(group, degree, { kind: 'product', left, right }, (element) => {
    const rows = left.image(part(element, 0, left.group.degree)).images
    const columns = right.image(part(element, left.group.degree, right.group.degree)).images
    const images = new Uint32Array(degree)
    rows.forEach((row, i) => {
      columns.forEach((column, j) => {
        images[i * columns.length + j] = row * columns.length + column
      })
    })
    return Permutation.fromUncheckedImages(images)
  })
}

/** Whether two groups are the same object or have the same generators in the same order, so that their actions can be combined. */
export function sameGroup(a: PermutationGroup, b: PermutationGroup): boolean {
  if (a === b) return true
  if (a.degree !== b.degree || a.generatorCount !== b.generatorCount) return false
  return a.generators.every((generator, k) => generator.equals(b.generators[k]!))
}

/**
 * The disjoint union of two actions of one group: the points of a, then the points of b.
 *
 * @throws DomainError if the groups differ.
 */
export function disjointUnion(a: PermutationGroup | Action, b: PermutationGroup | Action): Action {
  const left = asAction(a)
  const right = asAction(b)
  if (!sameGroup(left.group, right.group)) {
    throw new DomainError(
      'disjointUnion',
      'two actions of one group',
      'actions of groups with different generators',
      'For groups that act independently, use directProduct.',
    )
  }
  const degree = requireInteger('disjointUnion', 'the total number of points', left.degree + right.degree, 0)
  return withImages(left.group, degree, { kind: 'union', left, right }, (element) => {
    const images = new Uint32Array(degree)
    images.set(left.image(element).images)
    right.image(element).images.forEach((image, point) => {
      images[left.degree + point] = left.degree + image
    })
    return Permutation.fromUncheckedImages(images)
  })
}
