import {
  degrees,
  denseGraphs,
  denseInputs,
  featureEncoder,
  type Graph,
  nodeDataset,
  oneHotEncoder,
  sparseGraphs,
  sparseInputs,
} from '@equivar/datasets'
import { describe, expect, test } from 'vitest'
import { requireNumbers } from '../src/require-graph.ts'
import { list, upTo } from './small-images.ts'

const refused = (run: () => unknown, message: string): void => expect(run).toThrow(new RangeError(message))
const graphOf = (nodes: number, pairs: readonly (readonly [number, number])[], more: object = {}): Graph => ({
  nodes,
  edges: { sources: Int32Array.from(pairs, ([a]) => a), targets: Int32Array.from(pairs, ([, b]) => b), ...more },
})

describe('graphs', () => {
  test('a batch may have 2^31 - 1 numbers', () => {
    expect(() => requireNumbers('x', [2 ** 31 - 1])).not.toThrow()
    expect(() => requireNumbers('x', [])).not.toThrow()
    refused(
      () => requireNumbers('x', [2 ** 16, 2 ** 15]),
      'x: expected a batch of at most 2147483647 numbers, received [65536, 32768]. Take fewer or smaller graphs.',
    )
    const still = { channels: 70_000, write: () => {} }
    refused(
      () => denseInputs([graphOf(40_000, [])], still),
      'denseInputs: expected a batch of at most 2147483647 numbers, received [1, 40000, 70000]. Take fewer or smaller graphs.',
    )
    refused(
      () => sparseInputs([graphOf(40_000, [])], still),
      'sparseInputs: expected a batch of at most 2147483647 numbers, received [40000, 70000]. Take fewer or smaller graphs.',
    )
    refused(
      () => denseInputs([graphOf(30_000, [])], { ...still, channels: 1 }, 3),
      'denseInputs: expected a batch of at most 2147483647 numbers, received [1, 30000, 90000]. Take fewer or smaller graphs.',
    )
    expect(sparseInputs([], { ...still, channels: 0 }).x?.shape).toEqual([0, 0])
  })

  test('kinds of nodes: up to 65,536, and the first 20 are named', () => {
    const tagged = (count: number): Graph => ({ ...graphOf(count, []), tags: Int32Array.from({ length: count }, (_, i) => count - i) })
    expect(oneHotEncoder([tagged(65_536)]).channels).toBe(65_536)
    refused(
      () => oneHotEncoder([tagged(65_537)], 'tag'),
      "oneHotEncoder: expected at most 65536 kinds of nodes, received 65537 tags. Use degrees ('degree') or features (featureEncoder).",
    )
    const named = (count: number): string =>
      upTo(Math.min(20, count))
        .map((i) => i + 1)
        .join(', ')
    for (const count of [20, 21])
      refused(
        () => denseInputs([graphOf(1, [])], oneHotEncoder([tagged(count)])),
        `oneHotEncoder: expected node tags among ${named(count)}${count > 20 ? ', …' : ''}, received 0 at node 0.`,
      )
    const star = graphOf(3, [
      [0, 1],
      [1, 0],
      [2, 2],
    ])
    refused(
      () =>
        denseInputs(
          [
            graphOf(3, [
              [0, 1],
              [2, 1],
              [0, 1],
            ]),
          ],
          oneHotEncoder([star]),
        ),
      'oneHotEncoder: expected node degrees among 1, 2, received 0 at node 0.',
    )
    expect([oneHotEncoder([star]).values, [...degrees(star)]]).toEqual([
      [1, 2],
      [1, 1, 2],
    ])
  })

  test('features of nodes and of edges have a number for each channel', () => {
    const edges = { features: Float32Array.of(1, 2, 3, 4) }
    const graph: Graph = {
      ...graphOf(
        3,
        [
          [0, 2],
          [1, 0],
        ],
        edges,
      ),
      features: Float32Array.of(1, 2, 3, 4, 5, 6),
    }
    const alone = { ...graphOf(1, [], { features: new Float32Array(0) }), features: Float32Array.of(8, 9) }
    const { x, adj } = denseInputs([alone, graph], featureEncoder(2), 2)
    expect(list(x)).toEqual([8, 9, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6])
    expect(list(adj)).toEqual([...new Array(18).fill(0), ...[0, 0, 0, 0, 1, 2], ...[3, 4, 0, 0, 0, 0], ...new Array(6).fill(0)])
    refused(() => denseInputs([graph], featureEncoder(3)), 'featureEncoder: expected 3 x 3 features, received 6 numbers.')
    refused(() => denseInputs([graph], featureEncoder(2), 1), 'denseInputs: graph 0: expected 2 x 1 edge features, received 4 numbers.')
    expect(denseInputs([graphOf(1, [])], featureEncoder(0), 1).adj?.shape).toEqual([1, 1, 1, 1])
    expect(sparseInputs([graphOf(1, [])], featureEncoder(0), 1).edge_attr?.shape).toEqual([0, 1])
  })

  test('numbers of nodes: graphs without nodes have none', () => {
    const graphs = [graphOf(0, []), graphOf(2, []), graphOf(1, [])]
    const data = sparseGraphs({ graphs, ys: [[], [1, 2, 3, 4], [5, 6]] })
    expect(data.batch([2, 0, 1]).target).toEqual({ dtype: 'float32', shape: [3, 2], data: Float32Array.of(5, 6, 1, 2, 3, 4) })
    expect(sparseGraphs({ graphs: [graphOf(0, [])], ys: [[]] }).batch([0]).target?.shape).toEqual([0, 1])
    refused(
      () => sparseGraphs({ graphs, ys: [[], [1], [2]] }),
      'sparseGraphs: graph 1: expected a row of numbers in y for each of 2, received 1 numbers.',
    )
    refused(() => sparseGraphs({ graphs, ys: [[7], [1, 2], [2]] }), 'sparseGraphs: graph 0: expected 0 x 1 numbers in ys, received 1.')
    refused(() => denseGraphs({ graphs: [], y: [] }), 'denseGraphs: expected a row of numbers in y for each of 0, received 0 numbers.')
    refused(() => denseGraphs({ graphs, y: [] }), 'denseGraphs: expected a row of numbers in y for each of 3, received 0 numbers.')
  })

  test('rows of nodes are divided by their sums, unless these are 0', () => {
    const graph = {
      ...graphOf(4, [
        [0, 3],
        [2, 1],
      ]),
      features: Float32Array.of(1, 3, 0, 0, 2, 6, 5, 0),
    }
    const task = {
      graph,
      features: 2,
      classes: 3,
      labels: Int32Array.of(0, 2, 1, -1),
      train: Uint32Array.of(1, 2),
      validation: Uint32Array.of(3),
      test: Uint32Array.of(0),
    }
    const batch = nodeDataset(task, 'train').batch([0])
    expect(batch.x).toEqual({ dtype: 'float32', shape: [4, 2], data: Float32Array.of(0.25, 0.75, 0, 0, 0.25, 0.75, 1, 0) })
    expect([batch.edge_index?.shape, list(batch.edge_index), list(batch.target)]).toEqual([
      [2, 2],
      [0, 2, 3, 1],
      [-1, 2, 1, -1],
    ])
    expect([...graph.features]).toEqual([1, 3, 0, 0, 2, 6, 5, 0])
    const y = [1, 2, 3, 4, 5, 6, 7, 8]
    const numbers = { graph, features: 2, y, train: [], validation: [3, 1], test: [] }
    expect(nodeDataset(numbers, 'validation').batch([0]).target).toEqual({
      dtype: 'float32',
      shape: [4, 2],
      data: Float32Array.of(Number.NaN, Number.NaN, 3, 4, Number.NaN, Number.NaN, 7, 8),
    })
    refused(
      () => nodeDataset({ ...task, train: Uint32Array.of(4) }, 'train'),
      'nodeDataset: expected nodes from 0 to 3 in train, received 4.',
    )
    refused(() => nodeDataset({ ...numbers, test: [0, -1] }, 'test'), 'nodeDataset: expected nodes from 0 to 3 in test, received -1.')
    refused(
      () => nodeDataset({ ...task, graph: graphOf(4, []) }, 'train'),
      'nodeDataset: expected 4 x 2 features and 4 labels, received 0 numbers and 4.',
    )
  })
})
