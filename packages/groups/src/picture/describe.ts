import type { Action } from '../action/action.ts'
import { actionFacts } from '../description/action-facts.ts'
import { isAbelian, requireOrder } from '../description/group-facts.ts'
import { DomainError } from '../errors.ts'
import { countOrbits, type OrbitRun } from '../group/orbit-lengths.ts'
import { integerText } from '../group/order-size.ts'

/** Facts about a group and its action. A plain record; convert `order`, a bigint, before you write it as JSON. */
export interface GroupDescription {
  /** The number of points of the action. */
  readonly degree: number
  /** The number of elements of the group; undefined if it has more than 100,000 digits. */
  readonly order: bigint | undefined
  /** log10 of the number of elements. */
  readonly orderLog10: number
  readonly generators: number
  readonly abelian: boolean
  /** The lengths of the orbits, in the order of their smallest points. */
  readonly orbits: readonly number[]
  /** The number of orbits on ordered pairs of points. */
  readonly rank: number
  /** The largest k for which the action is k-transitive: any k distinct points can be mapped to any k distinct points. 0 if it is intransitive. */
  readonly transitivity: number
  /** Undefined if `blocks` is. */
  readonly primitive: boolean | undefined
  /**
   * The block lengths that occur, for a transitive group; only those of minimal block systems if there are many of these. Undefined if they have no closed
   * form and there are more than 2,000 points.
   */
  readonly blocks: readonly number[] | undefined
  /** The number of weights of an equivariant linear layer from the points to themselves. It equals the rank. */
  readonly weights: number
  /** The number of parameters of its bias. It equals the number of orbits. */
  readonly biases: number
}

/** Orders of more digits are described by their logarithm only. */
const EXACT_DIGITS = 100_000

/** The largest number of orbits whose lengths are listed. */
const LISTED_ORBITS = 1_000_000

/** The largest number of points, so that the number of pairs is exact. */
const LARGEST_DEGREE = 2 ** 26

function listOrbits(runs: readonly OrbitRun[]): number[] {
  const count = countOrbits(runs)
  if (count > LISTED_ORBITS) throw new DomainError('describeGroup', `at most ${LISTED_ORBITS} orbits`, String(count))
  return runs.flatMap(({ length, count: repeats }) => new Array<number>(repeats).fill(length))
}

/**
 * Describes a group and its action: order, orbits, rank, transitivity, blocks, and the parameter counts of an equivariant linear layer.
 *
 * Named groups, their products, and tuples and subsets of the points of a symmetric group have closed forms, and are described at once at any degree.
 *
 * @throws DomainError before the work starts: if there are more than 2^26 points or 1,000,000 orbits; if a group of several generators is on
 * more than 1,000 points and no theorem gives its order; or if the orbits on pairs have no closed form, and
 * pairs times generators are more than 2^28.
 */
export function describeGroup(action: Action): GroupDescription {
  const { group, degree } = action
  if (degree > LARGEST_DEGREE) throw new DomainError('describeGroup', `at most ${LARGEST_DEGREE} points`, String(degree))
  requireOrder(group)
  const { orbits: runs, rank, transitivity, blocks } = actionFacts(action)
  const orbits = listOrbits(runs)
  const orderLog10 = group.orderLog10()
  return {
    degree,
    order: orderLog10 < EXACT_DIGITS ? group.order() : undefined,
    orderLog10,
    generators: group.generatorCount,
    abelian: isAbelian(group),
    orbits,
    rank,
    transitivity,
    primitive: transitivity === 0 ? false : blocks && blocks.length === 0,
    blocks,
    weights: rank,
    biases: orbits.length,
  }
}

/** The number of lengths of orbits or blocks that a text lists. */
const SHOWN = 6

/** Counts equal numbers: `3 of 4, 2` for 4, 4, 4, 2. */
function tally(numbers: readonly number[]): string {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  const parts = [...counts].map(([number, count]) => (count === 1 ? String(number) : `${count} of ${number}`))
  return parts.length > SHOWN ? `${parts.slice(0, SHOWN).join(', ')}, ...` : parts.join(', ')
}

function orbitsText(orbits: readonly number[]): string {
  if (orbits.length < 2) return orbits.length === 0 ? '0' : '1, all points'
  return `${orbits.length}, of lengths ${tally(orbits)}`
}

function transitivityText({ transitivity, primitive, blocks, degree }: GroupDescription): string {
  if (transitivity === 0) return 'not transitive'
  const words = transitivity === 1 ? 'transitive' : `${transitivity}-transitive`
  if (blocks === undefined) return `${words} (block systems are computed up to 2000 points)`
  if (primitive) return `${words}, primitive`
  const sizes = blocks.map((size) => `${degree / size} blocks of ${size}`)
  const shown = sizes.length > SHOWN ? [...sizes.slice(0, SHOWN), `${sizes.length - SHOWN} more`] : sizes
  return `${words}, imprimitive (${shown.join('; ')})`
}

/**
 * Formats a description as aligned lines of text: degree, order, orbits, rank, transitivity, weights and biases.
 *
 * @param name - the expression or name of the group, shown in the first line.
 */
export function formatDescription(description: GroupDescription, name?: string): string {
  const { degree, order, orderLog10, generators, abelian, orbits, rank, weights, biases } = description
  const lines: [string, string][] = [
    ...(name === undefined ? [] : [['group', name] as [string, string]]),
    ['degree', `${degree} ${degree === 1 ? 'point' : 'points'}`],
    [
      'order',
      `${integerText(orderLog10, order)}${abelian ? ', abelian' : ''}, ${generators} ${generators === 1 ? 'generator' : 'generators'}`,
    ],
    ['orbits', orbitsText(orbits)],
    ['rank', `${rank} ${rank === 1 ? 'orbit' : 'orbits'} on ordered pairs`],
    ['transitivity', transitivityText(description)],
    ['weights', `${weights} of ${degree * degree}`],
    ['biases', `${biases} of ${degree}`],
  ]
  return lines.map(([what, value]) => `${what.padEnd(14)}${value}\n`).join('')
}
