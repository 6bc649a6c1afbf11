import { type JointColours, weisfeilerLemanRounds } from '@equivar/layers-graphs'
import type { DrawnGraph } from '../parts/drawn-graph.ts'

/** The tests of the page: what they colour, and in words. */
export const tests = {
  wl: { title: 'Colour refinement (1-WL)', short: 'colour refinement', k: 1, folklore: false, item: 'node' },
  fwl2: { title: 'Folklore 2-WL', short: 'folklore 2-WL', k: 2, folklore: true, item: 'pair' },
} as const

/** The name of a test. */
export type TestName = keyof typeof tests

/** A drawn graph with each edge in both directions, as layers and tests read it. */
export function taggedGraph({ places, edges }: DrawnGraph): { nodes: number; edges: { sources: number[]; targets: number[] } } {
  return {
    nodes: places.length,
    edges: { sources: edges.flat(), targets: edges.flatMap(([a, b]) => [b, a]) },
  }
}

/** The colours of both graphs after one round: of each node, or of each pair of nodes row by row. */
export interface Round {
  readonly left: Int32Array
  readonly right: Int32Array
  /** How often each colour occurs in the two graphs. */
  readonly counts: readonly (readonly [left: number, right: number])[]
  /** Whether each colour occurs as often in one as in the other. */
  readonly same: boolean
}

/** Numbers colours so that most of a class that is split keeps its number: the part with its first item. New parts get new numbers. */
function keptNumbers(now: JointColours, before: readonly Int32Array[] | undefined): Int32Array[] {
  if (before === undefined) return now.colours.map((colours) => colours.slice())
  const taken = new Set<number>()
  const numbers = new Map<number, number>()
  let next = before.reduce((most, colours) => colours.reduce((a, b) => Math.max(a, b + 1), most), 0)
  now.colours.forEach((colours, graph) => {
    colours.forEach((colour, item) => {
      if (numbers.has(colour)) return
      const parent = before[graph]![item]!
      numbers.set(colour, taken.has(parent) ? next++ : parent)
      taken.add(parent)
    })
  })
  return now.colours.map((colours) => colours.map((colour) => numbers.get(colour)!))
}

function countsOf(left: Int32Array, right: Int32Array): [number, number][] {
  const counts: [number, number][] = []
  const count = (colours: Int32Array, side: 0 | 1): void => {
    for (const colour of colours) {
      counts[colour] ??= [0, 0]
      counts[colour][side]++
    }
  }
  count(left, 0)
  count(right, 1)
  return counts
}

/** All rounds of a test on two graphs, from the colours at the start to those that are stable. A colour keeps its number from round to round. */
export function roundsOf(left: DrawnGraph, right: DrawnGraph, test: TestName): Round[] {
  const { k, folklore } = tests[test]
  let before: Int32Array[] | undefined
  return weisfeilerLemanRounds([taggedGraph(left), taggedGraph(right)], { k, folklore }).map((round) => {
    before = keptNumbers(round, before)
    const [a, b] = before as [Int32Array, Int32Array]
    const counts = countsOf(a, b)
    return { left: a, right: b, counts, same: counts.every(([x, y]) => x === y) }
  })
}

/** The first round after which the graphs differ; undefined if they never do. */
export function separatingRound(rounds: readonly Round[]): number | undefined {
  const found = rounds.findIndex(({ same }) => !same)
  return found < 0 ? undefined : found
}

/** What a test has said after a round. */
export function verdict(rounds: readonly Round[], at: number, test: TestName): string {
  const { short } = tests[test]
  const after = (round: number): string => (round === 0 ? 'at the start' : `after round ${round}`)
  const different = separatingRound(rounds)
  if (different !== undefined && different <= at) return `Different ${after(different)}: ${short} separates the graphs.`
  if (at < rounds.length - 1) return `The same colours on both sides ${after(at)}. Go on.`
  return `Stable ${after(at)}, and the same on both sides: ${short} cannot tell the graphs apart.`
}
