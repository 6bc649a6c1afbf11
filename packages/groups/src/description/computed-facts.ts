import type { Action } from '../action/action.ts'
import { DomainError } from '../errors.ts'
import { runsOf } from '../group/orbit-lengths.ts'
import { factorial } from '../group/order-bound.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { sharingRule } from '../sharing/rule.ts'
import { orbitLabels } from '../sharing/scheme.ts'
import type { Facts } from './facts.ts'

/** The largest product of pairs of points and generators that a description computes. */
const WORK_LIMIT = 2 ** 28

/** The largest number of points for which block systems are computed. */
const BLOCK_LIMIT = 2000

/** The largest number of minimal block systems whose joins are computed. */
const MINIMAL_LIMIT = 6

/** The number of set partitions of `length` entries into at most `blocks` blocks: a sum of Stirling numbers of the second kind. */
function partitionsInto(length: number, blocks: number): number {
  let counts = [1]
  for (let i = 0; i < length; i++) {
    const next = Array.from({ length: Math.min(i + 1, blocks) + 1 }, (_, k) => k * (counts[k] ?? 0) + (counts[k - 1] ?? 0))
    counts = next
  }
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The number of orbits of an action on ordered pairs of points. */
function rankOf(action: Action): number {
  const { structure, group, degree } = action
  if (structure.kind === 'regular') return degree
  if (structure.kind === 'trivial') return degree * degree
  if (structure.kind === 'product') return rankOf(structure.left) * rankOf(structure.right)
  if (structure.kind === 'tuples' && structure.of.structure.kind === 'natural' && group.construction?.kind === 'symmetric') {
    return group.degree < 2 ? degree : partitionsInto(2 * structure.length, group.degree)
  }
  const pairs = Math.floor(WORK_LIMIT / Math.max(1, group.generatorCount))
  return sharingRule(action, action, { maximumPairs: pairs }).count
}

/** The lengths of the blocks of a transitive group of rank above 2: of all block systems, or of the minimal ones if there are many of these. */
function blockLengths(group: PermutationGroup): number[] {
  const minimal = group.minimalBlockSystems()
  let systems = minimal
  if (minimal.length <= MINIMAL_LIMIT) {
    try {
      systems = group.blockSystems()
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
    }
  }
  return [...new Set(systems.map((blocks) => blocks[0]!.length))].sort((a, b) => a - b)
}

/** The degree of transitivity of a transitive group of rank 2: from its order if it is symmetric or alternating, or the orbits of a stabilizer chain. */
function transitivityOf(group: PermutationGroup): number {
  const n = group.degree
  if (group.isOrderKnown() && n > 2) {
    if (group.order() === factorial(n)) return n
    if (2n * group.order() === factorial(n)) return n - 2
  }
  const { levels } = group.chain()
  let k = 0
  while (k < n && (levels[k]?.orbit.length ?? 1) === n - k) k++
  return k
}

/**
 * Facts of an action from the images of its generators.
 *
 * @throws DomainError if the orbits on pairs have no closed form, and pairs times generators are more than 2^28.
 */
export function computedFacts(action: Action): Facts {
  const { degree } = action
  const rank = rankOf(action)
  const orbits = runsOf(orbitLabels(action).sizes)
  if (orbits.length !== 1 || orbits[0]!.count !== 1) return { degree, orbits, rank, transitivity: 0, blocks: [] }
  if (rank <= 2) {
    const group = action.structure.kind === 'natural' ? action.group : new PermutationGroup(degree, action.generators)
    return { degree, orbits, rank, transitivity: degree < 3 ? degree : transitivityOf(group), blocks: [] }
  }
  const blocks = degree > BLOCK_LIMIT ? undefined : blockLengths(new PermutationGroup(degree, action.generators))
  return { degree, orbits, rank, transitivity: 1, blocks }
}
