import type { Action } from '../action/action.ts'
import { subsetCount } from '../action/subsets.ts'
import { computedFacts } from './computed-facts.ts'
import { type Facts, properDivisors, transitiveFacts } from './facts.ts'
import { groupFacts } from './group-facts.ts'

/** Whether an action is that of a symmetric group on the k-subsets of its own points. */
const isOnSubsets = ({ structure, group }: Action): boolean =>
  structure.kind === 'subsets' && structure.of.structure.kind === 'natural' && group.construction?.kind === 'symmetric'

/**
 * The subsets of size k of n points. Two subsets and two others correspond if their intersections have equal size. The stabilizer of a subset is a maximal
 * subgroup, except for n = 2k, where a subset and its complement are a block.
 */
function subsetFacts(n: number, k: number): Facts {
  const size = Math.min(k, n - k)
  const degree = subsetCount(n, k)
  if (size < 2) return transitiveFacts(degree, size + 1, degree, [])
  return transitiveFacts(degree, size + 1, 1, n === 2 * k ? [2] : [])
}

/**
 * Facts of an action. Closed forms for the natural action of named groups and their products, for the regular action on a prime number
 * of elements, and for subsets of the points of a symmetric group; other actions are computed.
 */
export function actionFacts(action: Action): Facts {
  const { structure, group, degree } = action
  if (structure.kind === 'natural') return groupFacts(group)
  if (structure.kind === 'subsets' && isOnSubsets(action)) return subsetFacts(group.degree, structure.size)
  if (structure.kind !== 'regular' || degree <= SMALL_REGULAR) return computedFacts(action)
  return transitiveFacts(degree, degree, 1, properDivisors(degree).length === 0 ? [] : undefined)
}

/** Up to this number of elements, the blocks of a regular action are computed. */
const SMALL_REGULAR = 2000
