import { naturalAction } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'
import { orbitRuns } from '../group/orbit-lengths.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { computedFacts } from './computed-facts.ts'
import { directFacts, type Facts, fixedFacts, multiplyTransitive, properDivisors, transitiveFacts, wreathFacts } from './facts.ts'

/** The degree of transitivity of AGL(d, q) on its vectors. */
function affineTransitivity(d: number, q: number): number {
  if (d === 1) return q < 4 ? q : 2
  if (q > 2) return 2
  return d === 2 ? 4 : 3
}

/** The degree of transitivity of PSL(d, q) on the lines. */
const projectiveTransitivity = (d: number, q: number): number => (d === 2 && q % 2 === 0 ? 3 : 2)

/** Groups that rotate n points, or a grid of n points: every divisor of n is the length of a block. */
const rotating = (n: number, rank: number): Facts =>
  n === 0 ? fixedFacts(0) : transitiveFacts(n, rank, rank === 2 ? n : 1, properDivisors(n))

/**
 * Facts of a group on its own points. Closed forms for named groups and their products, which need no generators.
 *
 * @throws DomainError if another group has too many pairs of points.
 */
export function groupFacts(group: PermutationGroup): Facts {
  const { construction, degree: n } = group
  switch (construction?.kind) {
    case 'trivial':
      return fixedFacts(n)
    case 'symmetric':
      return n === 0 ? fixedFacts(0) : multiplyTransitive(n, n)
    case 'alternating':
      if (n < 3) return fixedFacts(n)
      return n === 3 ? rotating(3, 3) : multiplyTransitive(n, n - 2)
    case 'cyclic':
    case 'translations':
      return rotating(n, n)
    case 'dihedral':
      return rotating(n, Math.floor(n / 2) + 1)
    case 'affine':
      return multiplyTransitive(n, affineTransitivity(construction.dimension, construction.fieldSize))
    case 'projective':
      return multiplyTransitive(n, projectiveTransitivity(construction.dimension, construction.fieldSize))
    case 'direct':
      return { ...directFacts(groupFacts(construction.left), groupFacts(construction.right)), orbits: orbitRuns(group) }
    case 'wreath':
      return wreathFacts(groupFacts(construction.inner), groupFacts(construction.outer), orbitRuns(group))
    default:
      return computedFacts(naturalAction(group))
  }
}

/** Whether a group has only one element. */
const isTrivialGroup = (group: PermutationGroup): boolean => orbitRuns(group).every(({ length }) => length === 1)

/** Whether any two elements of a group commute, from its construction if it has one. */
export function isAbelian(group: PermutationGroup): boolean {
  const { construction, degree: n } = group
  switch (construction?.kind) {
    case 'trivial':
    case 'cyclic':
    case 'translations':
      return true
    case 'symmetric':
    case 'dihedral':
      return n < 3
    case 'alternating':
      return n < 4
    case 'affine':
      return n === 2
    case 'projective':
      return false
    case 'direct':
      return isAbelian(construction.left) && isAbelian(construction.right)
    case 'wreath': {
      const { inner, outer } = construction
      return (isTrivialGroup(outer) && isAbelian(inner)) || (isTrivialGroup(inner) && isAbelian(outer))
    }
    default:
      return group.isAbelian()
  }
}

/** The largest number of points of a group for which a description builds a stabilizer chain. */
const CHAIN_LIMIT = 1000

/**
 * Refuses a group whose order takes long to compute.
 *
 * @throws DomainError if it is, or contains as a factor, a group given by generators on more than 1,000 points whose order no theorem gives.
 */
export function requireOrder(group: PermutationGroup): void {
  const { construction } = group
  if (construction?.kind === 'direct') {
    requireOrder(construction.left)
    requireOrder(construction.right)
  } else if (construction?.kind === 'wreath') {
    requireOrder(construction.inner)
    requireOrder(construction.outer)
  } else if (group.degree > CHAIN_LIMIT && !group.isOrderKnown()) {
    throw new DomainError(
      'describeGroup',
      `at most ${CHAIN_LIMIT} points for a group of two or more generators`,
      `${group.degree}`,
      'Use named groups and products of them, or compute what you need with PermutationGroup.',
    )
  }
}
