import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  degrees,
  denseGraphs,
  denseInputs,
  featureEncoder,
  type Graph,
  type GraphSet,
  oneHotEncoder,
  parseTu,
  sparseGraphs,
  sparseInputs,
  subset,
} from '@equivar/datasets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

/** A graph from undirected edges; a pair of equal nodes is a loop. */
function graphOf(nodes: number, pairs: readonly (readonly [number, number])[], tags?: readonly number[]): Graph {
  const directed = pairs.flatMap(
    ([a, b]) =>
      (a === b
        ? [[a, a]]
        : [
            [a, b],
            [b, a],
          ]) as [number, number][],
  )
  const edges = { sources: Int32Array.from(directed, ([a]) => a), targets: Int32Array.from(directed, ([, b]) => b) }
  return { nodes, edges, ...(tags === undefined ? {} : { tags: Int32Array.from(tags) }) }
}

const path = graphOf(
  3,
  [
    [0, 1],
    [1, 2],
  ],
  [7, 3, 7],
)
const pair = graphOf(2, [[0, 1]], [3, 9])
const set: GraphSet = { name: 'tiny', graphs: [path, pair], labels: Int32Array.of(1, 0), classes: ['a', 'b'] }

const numbers = (value: { readonly data: ArrayLike<number | bigint> } | undefined): number[] => Array.from(value!.data, Number)

describe('denseGraphs', () => {
  test('pads to the largest graph of the batch', () => {
    const { x, adj, mask, target } = denseGraphs(set).batch([0, 1])
    expect([x!.dtype, x!.shape, adj!.dtype, adj!.shape, mask!.dtype, mask!.shape, target!.dtype, target!.shape]).toEqual([
      ...['float32', [2, 3, 3], 'float32', [2, 3, 3], 'bool', [2, 3]],
      ...['int64', [2]],
    ])
    expect(numbers(x)).toEqual([0, 1, 0, 1, 0, 0, 0, 1, 0, /**/ 1, 0, 0, 0, 0, 1, 0, 0, 0])
    expect(numbers(adj)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, /**/ 0, 1, 0, 1, 0, 0, 0, 0, 0])
    expect(numbers(mask)).toEqual([1, 1, 1, 1, 1, 0])
    expect(numbers(target)).toEqual([1, 0])
    expect(denseGraphs(set).batch([1]).adj!.shape).toEqual([1, 2, 2])
  })

  test('puts edge features into the last axis of adj, with the source as row', () => {
    const edges = { sources: Int32Array.of(0), targets: Int32Array.of(1), features: Float32Array.of(5, 6) }
    const { adj } = denseInputs([{ nodes: 2, edges }], featureEncoder(0), 2)
    expect(adj!.shape).toEqual([1, 2, 2, 2])
    expect(numbers(adj)).toEqual([0, 0, 5, 6, 0, 0, 0, 0])
    expect(() => denseInputs([path], oneHotEncoder([path]), 2)).toThrow(
      'denseInputs: graph 0: expected 4 x 2 edge features, received 0 numbers.',
    )
  })

  test('accepts an empty batch', () => {
    expect(denseGraphs(set).batch([])).toMatchObject({ x: { shape: [0, 0, 3] }, adj: { shape: [0, 0, 0] }, target: { shape: [0] } })
  })
})

describe('sparseGraphs', () => {
  test('makes the disjoint union', () => {
    const { x, edge_index, batch, num_graphs, target } = sparseGraphs(set).batch([1, 0])
    expect([x!.shape, edge_index!.dtype, edge_index!.shape, batch!.dtype, batch!.shape]).toEqual([[5, 3], 'int64', [2, 6], 'int64', [5]])
    expect(numbers(x)).toEqual([1, 0, 0, 0, 0, 1, /**/ 0, 1, 0, 1, 0, 0, 0, 1, 0])
    expect(edge_index!.data).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n, 3n, 4n, /**/ 1n, 0n, 3n, 2n, 4n, 3n))
    expect(numbers(batch)).toEqual([0, 0, 1, 1, 1])
    expect([num_graphs!.dtype, num_graphs!.shape, num_graphs!.data]).toEqual(['int64', [], BigInt64Array.of(2n)])
    expect(numbers(target)).toEqual([0, 1])
  })

  test('puts edge features into edge_attr', () => {
    const edges = { sources: Int32Array.of(0), targets: Int32Array.of(1), features: Float32Array.of(5, 6) }
    const { edge_attr } = sparseInputs(
      [
        { nodes: 2, edges },
        { nodes: 2, edges },
      ],
      featureEncoder(0),
      2,
    )
    expect([edge_attr!.shape, numbers(edge_attr)]).toEqual([
      [2, 2],
      [5, 6, 5, 6],
    ])
    expect(() => sparseInputs([path], oneHotEncoder([path]), 1)).toThrow(
      'sparseInputs: graph 0: expected 4 x 1 edge features, received 0 numbers.',
    )
  })
})

test('dense and sparse batches contain the same graphs, and an edge counts as often as it is listed', () => {
  const graph = fc.integer({ min: 1, max: 6 }).chain((nodes) => {
    const node = fc.nat(nodes - 1)
    return fc
      .tuple(
        fc.array(
          fc.tuple(node, node).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as [number, number]),
          { maxLength: 10 },
        ),
        fc.array(fc.nat(4), { minLength: nodes, maxLength: nodes }),
      )
      .map(([pairs, tags]) => graphOf(nodes, pairs, tags))
  })
  fc.assert(
    fc.property(fc.array(graph, { minLength: 1, maxLength: 4 }), (graphs) => {
      const encoder = oneHotEncoder(graphs, 'tag')
      const dense = denseInputs(graphs, encoder)
      const sparse = sparseInputs(graphs, encoder)
      const n = dense.mask!.shape[1]!
      const places: number[] = [] // the index of every node of the union among the padded nodes
      graphs.forEach(({ nodes }, b) => {
        for (let j = 0; j < nodes; j++) places.push(b * n + j)
      })
      const adjacency = new Float32Array(graphs.length * n * n)
      const edges = numbers(sparse.edge_index)
      const count = edges.length / 2
      for (let e = 0; e < count; e++) adjacency[places[edges[e]!]! * n + (places[edges[count + e]!]! % n)]! += 1
      expect(dense.adj!.data).toEqual(adjacency)
      const { channels } = encoder
      const rows = new Float32Array(graphs.length * n * channels)
      places.forEach((place, j) => {
        rows.set(sparse.x!.data.subarray(j * channels, (j + 1) * channels) as Float32Array, place * channels)
      })
      expect(dense.x!.data).toEqual(rows)
      expect(numbers(sparse.batch)).toEqual(places.map((place) => Math.floor(place / n)))
    }),
    { seed: 1 },
  )
})

describe('encoders', () => {
  test('use tags if they differ, otherwise degrees, in which a loop counts twice', () => {
    expect(oneHotEncoder([path, pair])).toMatchObject({ by: 'tag', values: [3, 7, 9], channels: 3 })
    const untagged = [
      graphOf(3, [
        [0, 1],
        [1, 2],
        [2, 2],
      ]),
      graphOf(1, []),
    ]
    expect([...degrees(untagged[0]!)]).toEqual([1, 2, 3])
    expect(oneHotEncoder(untagged)).toMatchObject({ by: 'degree', values: [0, 1, 2, 3] })
    expect(oneHotEncoder([path], 'degree')).toMatchObject({ by: 'degree', values: [1, 2] })
  })

  test('refuse a tag without a channel', () => {
    const encoder = oneHotEncoder([path])
    expect(() => denseInputs([pair], encoder)).toThrow('oneHotEncoder: expected node tags among 3, 7, received 9 at node 1.')
  })

  test('return the features of the graphs', () => {
    const graph: Graph = { ...pair, features: Float32Array.of(1, 2, 3, 4) }
    expect(denseInputs([graph], featureEncoder(2)).x).toMatchObject({ shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) })
    expect(() => sparseInputs([pair], featureEncoder(2))).toThrow('featureEncoder: expected 2 x 2 features, received 0 numbers.')
  })
})

describe('subset', () => {
  test('contains the chosen examples with their classes', () => {
    const part = subset(sparseGraphs(set), [1, 1, 0])
    expect([part.length, [...part.labels], part.classes]).toEqual([3, [0, 0, 1], ['a', 'b']])
    expect(part.batch([2])).toEqual(sparseGraphs(set).batch([0]))
  })

  test('refuses an index out of range', () => {
    expect(() => subset(sparseGraphs(set), [2])).toThrow('subset: expected example indices from 0 to 1, received 2 at position 0.')
    expect(() => denseGraphs(set).batch([0, -1])).toThrow('denseGraphs: expected example indices from 0 to 1, received -1 at position 1.')
    expect(() => subset(denseGraphs(set), [0]).batch([1])).toThrow('batch: expected example indices from 0 to 0, received 1 at position 0.')
  })
})

test.skipIf(isMissing('tu/MUTAG.zip'))('MUTAG becomes batches of 7 channels (reads ../shared/data/tu)', () => {
  const mutag = parseTu(readFileSync(join(sharedData, 'tu/MUTAG.zip')))
  const all = Array.from({ length: 188 }, (_, i) => i)
  expect(denseGraphs(mutag).batch(all)).toMatchObject({ x: { shape: [188, 28, 7] }, adj: { shape: [188, 28, 28] } })
  const { x, edge_index } = sparseGraphs(mutag).batch(all)
  expect([x!.shape, edge_index!.shape]).toEqual([
    [3371, 7],
    [2, 7442],
  ])
})
