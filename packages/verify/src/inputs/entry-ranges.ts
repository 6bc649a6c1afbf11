import type { TensorAction } from '../actions/parse-action.ts'
import type { DescribedInput, Range, Shapes } from './described-input.ts'

/** The input that lists edges, as the contract of exported models says, and those whose first axis counts the nodes. */
const [EDGES, NODES] = ['edge_index', ['x', 'positions']] as const

const keyOf = ({ word, key }: TensorAction['factors'][number]): string => `${word.family} ${key}`

/** How many points each group moves, by the axes that it acts on. */
function pointsByGroup(actions: Readonly<Record<string, TensorAction>>, shapes: Shapes): Map<string, number> {
  const found = new Map<string, number>()
  for (const [name, { factors }] of Object.entries(actions))
    for (const factor of factors) {
      const size = shapes[name]?.at(factor.axes[0] ?? 0)
      if (!factor.onEntries && factor.word.points !== undefined && size !== undefined) found.set(keyOf(factor), size)
    }
  return found
}

/** The numbers of inputs that name points: those on whose entries a group acts, and `edge_index`. */
export function entryRanges(
  inputs: readonly DescribedInput[],
  actions: Readonly<Record<string, TensorAction>>,
  shapes: Shapes,
): Record<string, Range> {
  const points = pointsByGroup(actions, shapes)
  const claimed = Object.entries(actions).flatMap(([name, { factors }]): [string, Range][] => {
    const factor = factors.find(({ onEntries }) => onEntries)
    if (factor === undefined) return []
    const count = typeof factor.word.points === 'number' ? factor.word.points : points.get(keyOf(factor))
    return count === undefined ? [] : [[name, { from: 0, to: count - 1 }]]
  })
  const nodes = NODES.map((name) => shapes[name]?.[0]).find((size) => size !== undefined)
  const hasEdges = inputs.some(({ name, dtype }) => name === EDGES && dtype === 'int64')
  return {
    ...(hasEdges && nodes !== undefined ? { [EDGES]: { from: 0, to: Math.max(0, nodes - 1) } } : {}),
    ...Object.fromEntries(claimed),
  }
}
