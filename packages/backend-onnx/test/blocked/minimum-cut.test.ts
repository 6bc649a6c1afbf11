import { Random } from '@equivar/tensor/random'
import { expect, test } from 'vitest'
import { MinimumCut } from '../../src/passes/minimum-cut.ts'

type Edges = readonly (readonly [from: number, to: number, capacity: number])[]

const costOf = (edges: Edges, first: (vertex: number) => boolean): number =>
  edges.reduce((sum, [from, to, capacity]) => sum + (first(from) && !first(to) ? capacity : 0), 0)

/** The least cost of all ways to split: vertex 0 is on the first side, 1 on the second. */
function leastCost(edges: Edges, vertices: number): number {
  let least = Infinity
  for (let set = 0; set < 2 ** (vertices - 2); set++)
    least = Math.min(
      least,
      costOf(edges, (vertex) => vertex === 0 || (vertex > 1 && ((set >> (vertex - 2)) & 1) === 1)),
    )
  return least
}

test('costs no more than any other split', () => {
  const random = new Random({ seed: 1, stream: 'cuts' })
  for (let round = 0; round < 200; round++) {
    const vertices = 2 + random.integer(7)
    const edges = Array.from({ length: random.integer(20) }, () => {
      const capacity = random.integer(12) === 0 ? Infinity : random.integer(6)
      return [random.integer(vertices), random.integer(vertices), capacity] as const
    }).filter(([from, to, capacity]) => from !== to && !(from === 0 && to === 1 && capacity === Infinity))
    const cut = new MinimumCut()
    for (let vertex = 2; vertex < vertices; vertex++) cut.vertex()
    for (const [from, to, capacity] of edges) cut.edge(from, to, capacity)
    const least = leastCost(edges, vertices)
    if (least === Infinity) continue
    const side = cut.firstSide()
    expect(side.has(cut.first) && !side.has(cut.second)).toBe(true)
    expect(costOf(edges, (vertex) => side.has(vertex))).toBe(least)
  }
})
