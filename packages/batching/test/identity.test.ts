import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { elementCount, type TensorValue, tensorValue } from '@equivar/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptRequest, batchRecipe, joinCost, joinRequests, partitionRuns } from '../src/index.ts'

/** A model that returns some of its inputs. */
const echo = (inputs: readonly OnnxValue[], returned: readonly string[], metadata: Record<string, string> = {}): OnnxDescription => ({
  inputs,
  outputs: inputs.filter(({ name }) => returned.includes(name)),
  metadata,
})
const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })

const dense = batchRecipe(
  echo(
    [value('x', 'float32', 'batch', 'n', 2), value('adj', 'float32', 'batch', 'n', 'n', 3), value('mask', 'bool', 'batch', 'n')],
    ['x', 'adj', 'mask'],
  ),
)
const sparse = batchRecipe(
  echo(
    [
      value('x', 'float32', 'nodes', 2),
      value('edge_index', 'int64', 2, 'edges'),
      value('edge_attr', 'float32', 'edges', 3),
      value('batch', 'int64', 'nodes'),
      value('num_graphs', 'int64'),
    ],
    ['x', 'edge_attr'],
    { 'equivar.binds': '{"num_graphs":"graphs"}' },
  ),
)

let counter = 0
const numbered = (shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: elementCount(shape) }, () => counter++ % 65_536),
  )
const size = fc.nat({ max: 4 })
const denseRequests = fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 6 })
const sparseRequests = fc.array(fc.tuple(fc.nat({ max: 3 }), size, size), { minLength: 1, maxLength: 6 })

const denseValues = ([batch, n]: readonly [number, number]) => ({
  x: numbered([batch, n, 2]),
  adj: numbered([batch, n, n, 3]),
  mask: tensorValue(
    'bool',
    [batch, n],
    Array.from({ length: batch * n }, (_, i) => i % 3 !== 0),
  ),
})

const sparseValues = ([graphs, someNodes, someEdges]: readonly [number, number, number]) => {
  const nodes = graphs === 0 ? 0 : someNodes
  const edges = nodes === 0 ? 0 : someEdges
  return {
    x: numbered([nodes, 2]),
    edge_index: tensorValue(
      'int64',
      [2, edges],
      Array.from({ length: 2 * edges }, (_, i) => i % nodes),
    ),
    edge_attr: numbered([edges, 3]),
    batch: tensorValue(
      'int64',
      [nodes],
      Array.from({ length: nodes }, (_, i) => i % graphs),
    ),
    num_graphs: tensorValue('int64', [], [graphs]),
  }
}

test('split undoes join: padded on two axes and masked', () => {
  fc.assert(
    fc.property(denseRequests, (shapes) => {
      const given = shapes.map(denseValues)
      const requests = given.map((values) => acceptRequest(dense, values))
      const joined = joinRequests(dense, requests)
      expect(joined.split(joined.feeds)).toEqual(given)
      expect({ elements: joined.elements, padding: joined.padding }).toEqual(joinCost(dense, requests))
      const exists = (mask: TensorValue | undefined): number => Array.from(mask?.data as Uint8Array).reduce((sum, bit) => sum + bit, 0)
      expect(exists(joined.feeds.mask)).toBe(given.reduce((sum, { mask }) => sum + exists(mask), 0))
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('split undoes join: a disjoint union keeps every edge within its graph', () => {
  fc.assert(
    fc.property(sparseRequests, (shapes) => {
      const given = shapes.map(sparseValues)
      const joined = joinRequests(
        sparse,
        given.map((values) => acceptRequest(sparse, values)),
      )
      expect(joined.split(joined.feeds)).toEqual(given.map(({ x, edge_attr }) => ({ x, edge_attr })))
      const { edge_index, batch, x, num_graphs } = joined.feeds as Record<string, TensorValue>
      const total = edge_index?.shape[1] as number
      let [node, edge, graph] = [0, 0, 0]
      for (const values of given) {
        const [nodes, edges] = [values.x.shape[0] as number, values.edge_index.shape[1] as number]
        for (const row of [0, 1]) {
          const ends = Array.from(edge_index?.data as BigInt64Array).slice(row * total + edge, row * total + edge + edges)
          expect(ends).toEqual(
            Array.from(values.edge_index.data as BigInt64Array, (i) => i + BigInt(node)).slice(row * edges, (row + 1) * edges),
          )
        }
        const graphs = Array.from(batch?.data as BigInt64Array).slice(node, node + nodes)
        expect(graphs).toEqual(Array.from(values.batch.data as BigInt64Array, (i) => i + BigInt(graph)))
        node += nodes
        edge += edges
        graph += Number(values.num_graphs.data[0])
      }
      expect(x?.shape[0]).toBeGreaterThanOrEqual(1)
      expect(Number(num_graphs?.data[0])).toBeGreaterThanOrEqual(graph)
    }),
    { seed: 2, numRuns: 200 },
  )
})

test('a partition contains every request once, keeps the limits and groups similar sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.nat({ max: 30 })), { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (shapes, maxRows) => {
      const requests = shapes.map((shape) => acceptRequest(dense, denseValues(shape)))
      const runs = partitionRuns(dense, requests, { maxRows, maxWaste: 0.3, freePadding: 0 })
      expect(runs.flat().sort((a, b) => a - b)).toEqual(requests.map((_, i) => i))
      for (const run of runs) {
        const members = run.map((i) => requests[i] as (typeof requests)[number])
        const { elements, padding } = joinCost(dense, members)
        if (run.length > 1) expect(padding).toBeLessThanOrEqual(0.3 * elements)
        if (run.length > 1) expect(members.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(maxRows)
      }
    }),
    { seed: 3, numRuns: 60 },
  )
})

test('split keeps sizes that are neither joined nor padded: constants, sizes on which all agree, sizes of outputs only', () => {
  const inputs = [value('x', 'float32', 'batch', 'n', 'width'), value('mask', 'bool', 'batch', 'n')]
  const outputs = [
    value('each', 'float32', 'batch', 'n', 'width'),
    value('pairs', 'float32', 'batch', 'width', 'found'),
    value('logits', 'float32', 'batch', 2),
  ]
  const recipe = batchRecipe({ inputs, outputs, metadata: {} })
  const request = (batch: number, n: number) =>
    acceptRequest(recipe, { x: numbered([batch, n, 3]), mask: tensorValue('bool', [batch, n], new Array<boolean>(batch * n).fill(true)) })
  const joined = joinRequests(recipe, [request(1, 4), request(2, 2)])
  const [each, pairs, logits] = [numbered([3, 4, 3]), numbered([3, 3, 7]), numbered([3, 2])]
  const parts = joined.split({ each, pairs, logits })
  expect(parts.map((part) => Object.values(part).map(({ shape }) => shape))).toEqual([
    [
      [1, 4, 3],
      [1, 3, 7],
      [1, 2],
    ],
    [
      [2, 2, 3],
      [2, 3, 7],
      [2, 2],
    ],
  ])
  const row = (from: TensorValue, start: number, end: number): number[] => Array.from(from.data.slice(start, end), Number)
  expect(parts.map(({ pairs: own }) => Array.from(own?.data ?? [], Number))).toEqual([row(pairs, 0, 21), row(pairs, 21, 63)])
  expect(parts.map(({ logits: own }) => Array.from(own?.data ?? [], Number))).toEqual([row(logits, 0, 2), row(logits, 2, 6)])
  // Examples 1 and 2 have 4 positions each, the last 2 of which are padding.
  const numbers = Array.from(each.data, Number)
  expect(Array.from(parts[1]?.each?.data ?? [], Number)).toEqual([...numbers.slice(12, 18), ...numbers.slice(24, 30)])
})
