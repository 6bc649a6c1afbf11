import type { Action } from '../action/action.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { sharingRule } from '../sharing/rule.ts'
import { orbitLabels } from '../sharing/scheme.ts'

/** What there is to know of a group and what it acts on; a plain record for JSON, but for the order. */
export interface GroupDescription {
  /** The number of points acted on. */
  readonly degree: number
  /** The number of elements of the group. */
  readonly order: bigint
  readonly generators: number
  readonly abelian: boolean
  /** The lengths of the orbits, in the order of their smallest points. */
  readonly orbits: readonly number[]
  /** The number of orbits on ordered pairs of points. */
  readonly rank: number
  /** The largest k for which any k different points can be taken to any others; 0 for a group with more than one orbit. */
  readonly transitivity: number
  readonly primitive: boolean
  /** The lengths of blocks that occur, of a transitive group; of the minimal ones only where there are many. */
  readonly blocks: readonly number[]
  /** Parameters of the equivariant linear layer from the points to themselves; the rank. */
  readonly weights: number
  /** Parameters of its bias; the number of orbits. */
  readonly biases: number
}

/** The group as it moves the points of an action. */
function inducedGroup(action: Action): PermutationGroup {
  return action.structure.kind === 'natural' ? action.group : new PermutationGroup(action.degree, action.generators)
}

/** |G| = n (n - 1) ... for a sharply transitive start of the chain; the symmetric and alternating groups by their order alone. */
function transitivityOf(group: PermutationGroup, rank: number): number {
  const n = group.degree
  if (group.orbits().length !== 1) return 0
  if (rank > 2 || n < 3) return n === 2 && rank === 2 ? 2 : 1
  const made = group.construction?.kind
  if (made === 'symmetric') return n
  if (made === 'alternating') return n - 2
  const { levels } = group.chain()
  let k = 0
  while (k < n && (levels[k]?.orbit.length ?? 1) === n - k) k++
  return k
}

/** The lengths of the blocks of a transitive group, of all its block systems where these follow from a few minimal ones. */
function blockLengths(group: PermutationGroup): number[] {
  const minimal = group.minimalBlockSystems()
  const systems = minimal.length > 6 ? minimal : group.blockSystems()
  return [...new Set(systems.map((blocks) => blocks[0]!.length))].sort((a, b) => a - b)
}

/**
 * Everything that a reader wants to know of a group before using it in a layer.
 *
 * @throws DomainError if the orbits on pairs must be tabulated and are more than 2^28 pairs.
 */
export function describeGroup(action: Action): GroupDescription {
  const { labels: _, sizes, count } = orbitLabels(action)
  const group = inducedGroup(action)
  const rank = sharingRule(action, action).count
  const transitive = count === 1
  const blocks = transitive && rank > 2 ? blockLengths(group) : []
  return {
    degree: action.degree,
    order: action.group.order(),
    generators: action.group.generators.length,
    abelian: action.group.isAbelian(),
    orbits: [...sizes],
    rank,
    transitivity: transitivityOf(group, rank),
    primitive: transitive && blocks.length === 0,
    blocks,
    weights: rank,
    biases: count,
  }
}

/** Numbers with how often they occur, as in `3 of 4, 1 of 2`. */
function tally(numbers: readonly number[], most = 6): string {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  const parts = [...counts].map(([number, count]) => (count === 1 ? String(number) : `${count} of ${number}`))
  return parts.length > most ? `${parts.slice(0, most).join(', ')}, ...` : parts.join(', ')
}

/** All digits up to 60 of them; of a larger number the first five and how many there are. */
function orderText(order: bigint): string {
  const digits = order.toString()
  if (digits.length <= 60) return digits
  return `${digits[0]}.${digits.slice(1, 5)}... x 10^${digits.length - 1} (${digits.length} digits)`
}

function transitivityText({ transitivity, primitive, blocks, degree }: GroupDescription): string {
  if (transitivity === 0) return 'not transitive'
  const words = transitivity === 1 ? 'transitive' : `${transitivity}-transitive`
  if (primitive) return `${words}, primitive`
  const sizes = blocks.map((size) => `${degree / size} blocks of ${size}`)
  const shown = sizes.length > 6 ? [...sizes.slice(0, 6), `${sizes.length - 6} more`] : sizes
  return `${words}, imprimitive (${shown.join('; ')})`
}

/**
 * A description as aligned lines of text: degree, order, orbits, rank, transitivity, weights and biases.
 *
 * @param name - what the user called the group.
 */
export function formatDescription(description: GroupDescription, name?: string): string {
  const { degree, order, generators, abelian, orbits, rank, weights, biases } = description
  const lines: [string, string][] = [
    ...(name === undefined ? [] : [['group', name] as [string, string]]),
    ['degree', `${degree} ${degree === 1 ? 'point' : 'points'}`],
    ['order', `${orderText(order)}${abelian ? ', abelian' : ''}, ${generators} ${generators === 1 ? 'generator' : 'generators'}`],
    ['orbits', orbits.length === 1 ? '1, all points' : `${orbits.length}, of lengths ${tally(orbits)}`],
    ['rank', `${rank} orbits on ordered pairs`],
    ['transitivity', transitivityText(description)],
    ['weights', `${weights} of ${degree * degree}`],
    ['biases', `${biases} of ${degree}`],
  ]
  return lines.map(([what, value]) => `${what.padEnd(14)}${value}\n`).join('')
}
