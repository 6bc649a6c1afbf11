import type { Action } from '../action/action.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { sharingRule } from '../sharing/rule.ts'
import { orbitLabels } from '../sharing/scheme.ts'

/** Facts about a group and its action. A plain record; convert `order`, a bigint, before you write it as JSON. */
export interface GroupDescription {
  /** The number of points of the action. */
  readonly degree: number
  /** The number of elements of the group. */
  readonly order: bigint
  readonly generators: number
  readonly abelian: boolean
  /** The lengths of the orbits, in the order of their smallest points. */
  readonly orbits: readonly number[]
  /** The number of orbits on ordered pairs of points. */
  readonly rank: number
  /** The largest k for which the action is k-transitive: any k distinct points can be mapped to any k distinct points. 0 if it is intransitive. */
  readonly transitivity: number
  readonly primitive: boolean
  /** The block lengths that occur, for a transitive group; only those of minimal block systems if there are many of these. */
  readonly blocks: readonly number[]
  /** The number of weights of an equivariant linear layer from the points to themselves. It equals the rank. */
  readonly weights: number
  /** The number of parameters of its bias. It equals the number of orbits. */
  readonly biases: number
}

/** The permutation group that an action induces on its points. */
function inducedGroup(action: Action): PermutationGroup {
  return action.structure.kind === 'natural' ? action.group : new PermutationGroup(action.degree, action.generators)
}

/** The degree of transitivity, from the orbit lengths of a stabilizer chain. Groups constructed as symmetric or alternating need no chain. */
function transitivityOf(group: PermutationGroup, rank: number): number {
  const n = group.degree
  if (group.orbits().length !== 1) return 0
  if (rank > 2 || n < 3) return n === 2 && rank === 2 ? 2 : 1
  const kind = group.construction?.kind
  if (kind === 'symmetric') return n
  if (kind === 'alternating') return n - 2
  const { levels } = group.chain()
  let k = 0
  while (k < n && (levels[k]?.orbit.length ?? 1) === n - k) k++
  return k
}

/** The block lengths of a transitive group: of all its block systems, or of the minimal ones if there are many of these. */
function blockLengths(group: PermutationGroup): number[] {
  const minimal = group.minimalBlockSystems()
  const systems = minimal.length > 6 ? minimal : group.blockSystems()
  return [...new Set(systems.map((blocks) => blocks[0]!.length))].sort((a, b) => a - b)
}

/**
 * Describes a group and its action: order, orbits, rank, transitivity, blocks, and the parameter counts of an equivariant linear layer.
 *
 * @throws DomainError if the orbits on pairs have no closed form and there are more than 2^28 pairs.
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

/** Counts equal numbers: `3 of 4, 2` for 4, 4, 4, 2. */
function tally(numbers: readonly number[], most = 6): string {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  const parts = [...counts].map(([number, count]) => (count === 1 ? String(number) : `${count} of ${number}`))
  return parts.length > most ? `${parts.slice(0, most).join(', ')}, ...` : parts.join(', ')
}

/** A number in full up to 60 digits; a longer one by its first five digits and their count. */
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
 * Formats a description as aligned lines of text: degree, order, orbits, rank, transitivity, weights and biases.
 *
 * @param name - the expression or name of the group, shown in the first line.
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
