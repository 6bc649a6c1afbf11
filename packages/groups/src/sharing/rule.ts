import type { Action } from '../action/action.ts'
import { sameGroup } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'
import { pairOrbits } from './closed-forms.ts'
import { MAXIMUM_PAIRS } from './scheme.ts'

/** A sharing scheme without its table: the label of one pair at a time. Numbers and sizes are those of sharingScheme. */
export interface SharingRule {
  /** The number of output points. */
  readonly rows: number
  /** The number of input points. */
  readonly columns: number
  /** The number of orbits: of free parameters. */
  readonly count: number
  /** The number of pairs of each orbit. */
  readonly sizes: readonly number[]
  /** The orbit of a pair. */
  label(row: number, column: number): number
  /** The first pair of an orbit in row-major order. */
  first(label: number): readonly [row: number, column: number]
}

/**
 * The parameter sharing of sharingScheme, found from how the actions were made, without going through the pairs.
 *
 * Closed forms: unions and products of actions; tuples and subsets of the points of a symmetric group; cyclic, dihedral and alternating groups, shifts of
 * grids, direct and wreath products on their points, nested as you like; and anything against a trivial action. Other actions are tabulated.
 *
 * @param mostPairs - the most pairs of a table, where one is needed; 2^28 if left out.
 * @throws DomainError if the actions are of different groups, or a table is needed and too large; nothing is allocated before.
 * @remarks Time O(orbits) for closed forms; a label costs O(depth of the structure).
 * @example
 * const points = naturalAction(wreathProduct(symmetric(5), symmetric(200)))
 * sharingRule(points, points).count      // 3
 */
export function sharingRule(output: Action, input: Action, mostPairs: number = MAXIMUM_PAIRS): SharingRule {
  if (!sameGroup(output.group, input.group)) {
    throw new DomainError(
      'sharingRule',
      'two actions of one group',
      'actions of groups with different generators',
      'Make both from one PermutationGroup.',
    )
  }
  const { rows, columns, orbits, orbitOf } = pairOrbits(output, input, mostPairs)
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
