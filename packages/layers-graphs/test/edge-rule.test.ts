import {
  laplacianEigen,
  randomWalkReturns,
  sameColours,
  type TaggedGraph,
  weisfeilerLeman,
  weisfeilerLemanClasses,
  weisfeilerLemanHistograms,
} from '@equivar/layers-graphs'
import { describe, expect, test } from 'vitest'

const graphOf = (nodes: number, sources: readonly number[], targets: readonly number[]): TaggedGraph => ({
  nodes,
  edges: { sources, targets },
})
const good = graphOf(2, [0, 1], [1, 0])

/** Everything on the host that takes graphs, with the name that its errors give the second graph. */
const takers: readonly [string, (graph: TaggedGraph) => unknown][] = [
  ['weisfeilerLeman', (graph) => weisfeilerLeman(graph)],
  ['sameColours: graph 1', (graph) => sameColours(good, graph)],
  ['weisfeilerLemanClasses: graph 1', (graph) => weisfeilerLemanClasses([good, graph], { k: 2 })],
  ['weisfeilerLemanHistograms: graph 1', (graph) => weisfeilerLemanHistograms([good, graph])],
  ['laplacianEigen', (graph) => laplacianEigen(graph)],
  ['randomWalkReturns', (graph) => randomWalkReturns(graph, 2)],
]

describe.each(takers)('%s', (where, take) => {
  test.each<[string, TaggedGraph, string]>([
    [
      'numbers from 1',
      graphOf(2, [1, 2], [2, 1]),
      'edges between nodes from 0 to 1, received edge 0 from 1 to 2. If nodes are numbered from 1, subtract 1.',
    ],
    ['-1', graphOf(2, [0, 1, -1], [1, 0, 0]), 'edges between nodes from 0 to 1, received edge 2 from -1 to 0.'],
    ['half a node', graphOf(2, [0, 0.5], [1, 0]), 'edges between nodes from 0 to 1, received edge 1 from 0.5 to 0.'],
    ['a target too few', graphOf(2, [0, 1], [1]), '2 edges.targets, received 1.'],
    ['tags too few', { ...good, tags: [1] }, '2 tags, received 1.'],
    ['tags of edges too few', { ...good, edges: { ...good.edges, tags: [1] } }, '2 edges.tags, received 1.'],
  ])('refuses %s with the first offender', (_, graph, message) => {
    expect(() => take(graph)).toThrow(RangeError)
    expect(() => take(graph)).toThrow(`${where}: expected ${message}`)
  })

  test('takes a graph that keeps the rule', () => expect(() => take(good)).not.toThrow())
})

test('an edge that is listed twice counts twice', () => {
  const once = graphOf(3, [0, 1, 1, 2], [1, 0, 2, 1])
  const twice = graphOf(3, [0, 1, 1, 1, 2, 2], [1, 0, 2, 2, 1, 1])
  const mirrored = graphOf(3, [2, 1, 1, 1, 0, 0], [1, 2, 0, 0, 1, 1])
  for (const k of [1, 2]) {
    expect(sameColours(once, twice, { k })).toBe(false)
    expect(sameColours(twice, mirrored, { k })).toBe(true)
    expect(weisfeilerLeman(once, { k }).certificate).not.toBe(weisfeilerLeman(twice, { k }).certificate)
  }
  // From node 1, one of three steps goes to node 0 and comes back; two go to node 2.
  expect(randomWalkReturns(twice, 2)).toEqual(Float64Array.of(0, 1 / 3, 0, 1, 0, 2 / 3))
})
