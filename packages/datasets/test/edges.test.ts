import {
  degrees,
  denseGraphs,
  denseInputs,
  formatGraph6,
  type Graph,
  type GraphSet,
  nodeDataset,
  oneHotEncoder,
  sparseGraphs,
  sparseInputs,
} from '@equivar/datasets'
import { describe, expect, test } from 'vitest'

const graphOf = (nodes: number, sources: readonly number[], targets: readonly number[]): Graph => ({
  nodes,
  edges: { sources: Int32Array.from(sources), targets: Int32Array.from(targets) },
})
const setOf = (...graphs: Graph[]): GraphSet => ({ name: 'x', graphs, labels: new Int32Array(graphs.length), classes: ['a'] })
const good = graphOf(2, [0, 1], [1, 0])
const alike = { channels: 1, write: () => {} }

/** Everything that takes graphs, with the name that its errors give the second graph. */
const takers: readonly [string, (graph: Graph) => unknown][] = [
  ['denseGraphs: graph 1', (graph) => denseGraphs(setOf(good, graph))],
  ['sparseGraphs: graph 1', (graph) => sparseGraphs(setOf(good, graph), { encoder: alike })],
  ['denseInputs: graph 1', (graph) => denseInputs([good, graph], alike)],
  ['sparseInputs: graph 1', (graph) => sparseInputs([good, graph], alike)],
  ['formatGraph6: graph 1', (graph) => formatGraph6([good, graph])],
  ['degrees', (graph) => degrees(graph)],
  ['degrees', (graph) => oneHotEncoder([good, graph], 'degree')],
  [
    'nodeDataset',
    (graph) => {
      const nobody = new Uint32Array(0)
      const labels = new Int32Array(graph.nodes)
      const featured = { ...graph, features: new Float32Array(graph.nodes) }
      return nodeDataset({ graph: featured, features: 1, classes: 1, labels, train: nobody, validation: nobody, test: nobody }, 'train')
    },
  ],
]

describe.each(takers)('%s', (where, take) => {
  test.each<[string, Graph, string]>([
    [
      'numbers from 1',
      graphOf(2, [1, 2], [2, 1]),
      'edges between nodes from 0 to 1, received edge 0 from 1 to 2. If nodes are numbered from 1, subtract 1.',
    ],
    ['-1', graphOf(2, [0, 1, -1], [1, 0, 0]), 'edges between nodes from 0 to 1, received edge 2 from -1 to 0.'],
    ['-1 as a target', graphOf(2, [0, 1], [1, -1]), 'edges between nodes from 0 to 1, received edge 1 from 1 to -1.'],
    ['a far node', graphOf(2, [0], [2_000_000_000]), 'edges between nodes from 0 to 1, received edge 0 from 0 to 2000000000.'],
    ['a target too few', graphOf(2, [0, 1], [1]), '2 edges.targets, received 1.'],
    ['a source too few', graphOf(2, [0], [1, 0]), '1 edges.targets, received 2.'],
    ['an edge without nodes', graphOf(0, [0], [0]), 'no edges in a graph without nodes, received edge 0 from 0 to 0.'],
  ])('refuses %s with the first offender', (_, graph, message) => {
    expect(() => take(graph)).toThrow(RangeError)
    expect(() => take(graph)).toThrow(`${where}: expected ${message}`)
  })

  test('takes a graph that keeps the rule', () => expect(() => take(good)).not.toThrow())
})

describe('an edge that is listed twice', () => {
  const twice = graphOf(3, [0, 1, 1, 1, 2], [1, 0, 2, 2, 1])

  test('counts twice in every form', () => {
    expect(denseInputs([twice], alike).adj?.data).toEqual(Float32Array.of(0, 1, 0, 1, 0, 2, 0, 1, 0))
    expect(sparseInputs([twice], alike).edge_index?.data).toEqual(BigInt64Array.of(0n, 1n, 1n, 1n, 2n, 1n, 0n, 2n, 2n, 1n))
    expect([...degrees(twice)]).toEqual([1, 2, 2])
  })

  test('is refused where one place would have to hold two', () => {
    expect(() => formatGraph6([twice])).toThrow(
      'formatGraph6: graph 0: expected each edge once in a direction, received edge 3 from 1 to 2 again.',
    )
    const featured = { ...twice, edges: { ...twice.edges, features: new Float32Array(5) } }
    expect(() => denseInputs([featured], alike, 1)).toThrow(
      'denseInputs: graph 0: expected each edge once, because `adj` has one place for its features, received edge 3 from 1 to 2 again.',
    )
    expect(sparseInputs([featured], alike, 1).edge_attr?.shape).toEqual([5, 1])
  })
})

test('labels and tags that are no classes or too few are refused, never 0', () => {
  const refused = (changes: Partial<GraphSet>, message: string): void => {
    for (const [where, make] of [
      ['denseGraphs', (set: GraphSet) => denseGraphs(set)],
      ['sparseGraphs', (set: GraphSet) => sparseGraphs(set)],
    ] as const)
      expect(() => make({ ...setOf(good, good), ...changes })).toThrow(`${where}: ${message}`)
  }
  refused({ labels: Int32Array.of(0) }, 'expected 2 labels, received 1.')
  refused({ labels: Int32Array.of(0, -1) }, 'expected labels from 0 to 0, received -1 for example 1.')
  refused({ labels: Int32Array.of(1, 0) }, 'expected labels from 0 to 0, received 1 for example 0.')
  refused({ graphs: [good, { ...good, tags: Int32Array.of(1) }] }, 'graph 1: expected 2 tags, received 1.')
  refused({ graphs: [{ ...good, edges: { ...good.edges, tags: Int32Array.of(1) } }, good] }, 'graph 0: expected 2 edges.tags, received 1.')
  expect(() => sparseInputs([graphOf(-1, [], [])], alike)).toThrow('sparseInputs: graph 0: expected a number of nodes, received -1.')
  expect(() => sparseInputs([graphOf(1e15, [], [])], alike)).toThrow('sparseInputs: expected a batch of at most 2147483647 numbers')
  expect(() => denseInputs([graphOf(50_000, [], [])], alike)).toThrow('denseInputs: expected a batch of at most 2147483647 numbers')
})

test('more than 65,536 kinds of nodes are no classes of nodes', () => {
  const many = { ...graphOf(70_000, [], []), tags: Int32Array.from({ length: 70_000 }, (_, i) => i) }
  expect(() => oneHotEncoder([many])).toThrow(
    "oneHotEncoder: expected at most 65536 kinds of nodes, received 70000 tags. Use degrees ('degree')",
  )
})

test('a code of many nodes is written without a string for each character', () => {
  const complete = 500
  const pairs = Array.from({ length: complete }, (_, j) => Array.from({ length: j }, (_, i) => [i, j] as const)).flat()
  const code = formatGraph6([
    graphOf(
      complete,
      pairs.map(([i]) => i),
      pairs.map(([, j]) => j),
    ),
  ])
  expect([code.length, new Set(code.subarray(4, -2)).size, code[4]]).toEqual([4 + Math.ceil((complete * (complete - 1)) / 12) + 1, 1, 126])
  expect(() => formatGraph6([graphOf(200_000, [], [])])).toThrow('formatGraph6: graph 0: expected at most 100000 nodes, received 200000.')
})
