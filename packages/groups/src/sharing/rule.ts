import type { Action } from '../action/action.ts'
import { sameGroup } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'
import { pairOrbits } from './closed-forms.ts'
import { MAXIMUM_PAIRS } from './scheme.ts'

/** A sharing scheme that computes the label of one pair at a time instead of storing a table. Labels and sizes equal those of sharingScheme. */
export interface SharingRule {
  /** The number of output points. */
  readonly rows: number
  /** The number of input points. */
  readonly columns: number
  /** The number of orbits, which is the number of free parameters. */
  readonly count: number
  /** The number of pairs of each orbit. */
  readonly sizes: readonly number[]
  /** The label of the orbit of a pair. */
  label(row: number, column: number): number
  /** The first pair of an orbit in row-major order. */
  first(label: number): readonly [row: number, column: number]
}

/** Options of sharingRule. */
export interface SharingRuleOptions {
  /** The largest number of pairs in a table, for actions that need one; 2^28 by default. */
  readonly maximumPairs?: number
}

/**
 * The parameter sharing of sharingScheme, derived from the structure of the actions instead of a table of all pairs.
 *
 * Closed forms exist for unions and products of actions; for tuples and subsets of the points of a symmetric group; for natural actions of cyclic, dihedral
 * and alternating groups, translations of grids, direct and wreath products, nested to any depth; and for pairs of any action with a trivial one. Other
 * actions are tabulated.
 *
 * @throws DomainError if the actions belong to different groups, or a table is needed and has more pairs than `maximumPairs`. Nothing is allocated before
 * these checks.
 * @remarks Cost O(orbits) for closed forms; O(depth of the structure) per label.
 * @example
 * const points = naturalAction(wreathProduct(symmetric(5), symmetric(200)))
 * sharingRule(points, points).count      // 3
 */
export function sharingRule(output: Action, input: Action, options: SharingRuleOptions = {}): SharingRule {
  if (!sameGroup(output.group, input.group)) {
    throw new DomainError(
      'sharingRule',
      'two actions of one group',
      'actions of groups with different generators',
      'Make both from one PermutationGroup.',
    )
  }
  const { rows, columns, orbits, orbitOf } = pairOrbits(output, input, options.maximumPairs ?? MAXIMUM_PAIRS)
  const order = [...orbits.keys()].sort((a, b) => orbits[a]!.row - orbits[b]!.row || orbits[a]!.column - orbits[b]!.column)
  const labels = new Int32Array(orbits.length)
  order.forEach((orbit, label) => {
    labels[orbit] = label
  })
  return {
    rows,
    columns,
    count: orbits.length,
    sizes: order.map((orbit) => orbits[orbit]!.size),
    label: (row, column) => {
      if (row >= 0 && row < rows && column >= 0 && column < columns) return labels[orbitOf(row, column)]!
      throw new DomainError('SharingRule.label', `a row below ${rows} and a column below ${columns}`, `${row} and ${column}`)
    },
    first: (label) => {
      const orbit = orbits[order[label] ?? -1]
      if (orbit === undefined) throw new DomainError('SharingRule.first', `a label from 0 to ${orbits.length - 1}`, String(label))
      return [orbit.row, orbit.column]
    },
  }
}
