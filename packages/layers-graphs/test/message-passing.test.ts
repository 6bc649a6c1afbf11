import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, type Module, parametersOf, trace } from '@equivar/nn'
import { add, cast, cumSum, evaluate, input, program, range, reshape, type TensorValue } from '@equivar/tensor'
import { type LayerDescription, layerChecks, relativeError, symmetryError, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type Aggregation, Gat, GatLayer, Gcn, MessagePassing, Nn4g, Readout, SignNet } from '../src/index.ts'
import { families } from './sparse-families.ts'
import {
  feedsOf,
  programOf,
  random,
  randomSparse,
  renamings,
  type Sparse,
  type SparseFamily,
  sparse,
  sparseInputs,
  union,
  valuesOf,
} from './sparse-graphs.ts'

const output = (family: SparseFamily, graph: Sparse): Float64Array =>
  evaluate(programOf(family), { ...feedsOf(graph), ...valuesOf(family) }).y?.data as Float64Array

const path = sparse(3, [
  [0, 1],
  [1, 0],
  [1, 2],
  [2, 1],
])
const parts = [randomSparse(5, 9), sparse(0, []), path, sparse(2, []), sparse(1, [[0, 0]])]
const graphs = {
  path,
  several: union(parts),
  'no edges': sparse(4, []),
  'a loop': sparse(1, [[0, 0]]),
  'no edges, three nodes': sparse(3, []),
  'no nodes': sparse(0, []),
  'some nodes': randomSparse(7, 15),
  'many edges': randomSparse(9, 30),
}
type GraphName = keyof typeof graphs

/** The description of a layer of sparse graphs, for `layerChecks`. */
const described = (family: SparseFamily): LayerDescription<GraphName> => ({
  name: family.name,
  expression: () => {
    const inputs = sparseInputs()
    return { inputs: { ...inputs }, outputs: family.forward(inputs) }
  },
  feeds: (graph) => feedsOf(graphs[graph]),
  sizes: ['path', 'no edges', 'a loop', 'several', 'some nodes'],
  // Some derivatives at a graph of one node are exactly 0, which a relative comparison cannot judge, so derivatives are compared on other graphs.
  sizesOf: { derivative: ['several'], parity: [], edges: ['several', 'no edges, three nodes', 'no nodes', 'many edges'] },
  symmetry: () => renamings(family.rows),
  mayVanish: (graph) => graph === 'no edges' || graph === 'a loop',
  seed: 2,
})

/** The equivariance error of a layer under permutations of the nodes. */
async function lawError(family: SparseFamily, graph: Sparse): Promise<number> {
  const feeds = feedsOf(graph)
  const run = async (inputs: Values): Promise<Values> => evaluate(programOf(family), { ...valuesOf(family), ...inputs })
  return symmetryError(run, renamings(family.rows).elements(feeds, random), feeds)
}

describe.each(families.map((family) => ({ ...described(family), family })))('$name', ({ family, ...description }) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)

  test('a union of graphs gives the same as the graphs one by one, including a graph without nodes', () => {
    const together = output(family, union(parts))
    const single = parts.flatMap((part) => [...output(family, part)])
    expect(relativeError(together, single)).toBeLessThan(1e-12)
  })
})

const cycleEdges = (start: number, length: number): (readonly [number, number])[] =>
  Array.from({ length }, (_, i) => [start + i, start + ((i + 1) % length)] as const).flatMap(
    ([a, b]) =>
      [
        [a, b],
        [b, a],
      ] as const,
  )

test('as theory says, no layer separates a 6-cycle from two triangles; every layer that uses edges separates it from a path', () => {
  const constant = (graph: Sparse): Sparse => ({
    ...graph,
    x: graph.x.fill(0.5),
    attributes: graph.attributes.fill(1),
    weights: graph.weights.fill(1),
  })
  const hexagon = constant(sparse(6, cycleEdges(0, 6)))
  const triangles = constant(sparse(6, [...cycleEdges(0, 3), ...cycleEdges(3, 3)]))
  const chain = constant(sparse(6, cycleEdges(0, 6).slice(0, 10)))
  for (const family of families) {
    expect(relativeError(output(family, triangles), output(family, hexagon)), family.name).toBeLessThan(1e-12)
  }
  for (const name of ['MessagePassing sum', 'GcnLayer narrowing', 'GinLayer', 'SageLayer sum', 'Gin', 'Nn4g, 3 units']) {
    const family = families.find((f) => f.name === name) as SparseFamily
    expect(relativeError(output(family, chain), output(family, hexagon)), name).toBeGreaterThan(1e-3)
  }
})

describe('negative controls', () => {
  const control = (name: string, forward: SparseFamily['forward']): SparseFamily => ({
    name,
    module: new Readout(),
    rows: 'nodes',
    forward,
  })

  test('a layer that depends on the order of the nodes, and one that depends on the order of the edges, fail the law', async () => {
    const numbering = control('numbering', ({ x, edge_index }) =>
      add(new MessagePassing().forward(x, edge_index), reshape(cast(range('nodes'), 'float32'), ['nodes', 1])),
    )
    const ordered = control('ordered', ({ x, edge_index }) =>
      new MessagePassing({ message: ({ source }) => cumSum(source, 0) }).forward(x, edge_index),
    )
    expect(await lawError(numbering, randomSparse(7, 15))).toBeGreaterThan(0.01)
    expect(await lawError(ordered, randomSparse(7, 15))).toBeGreaterThan(0.01)
  })
})

test('bipartite graphs: each target sums its sources, divided by the square roots of both degrees', () => {
  const [source, target] = [input('source', 'float32', ['sources', 2]), input('target', 'float32', ['targets', 1])]
  const edgeIndex = input('edge_index', 'int64', [2, 'edges'])
  const real = (shape: number[], data: number[]): TensorValue => ({ dtype: 'float32', shape, data: Float64Array.from(data) })
  const feeds = {
    source: real([3, 2], [1, 2, 3, 4, 5, 6]),
    target: real([2, 1], [10, 20]),
    edge_index: { dtype: 'int64', shape: [2, 4], data: BigInt64Array.of(0n, 1n, 2n, 2n, 0n, 0n, 0n, 1n) } as TensorValue,
  }
  const run = (layer: MessagePassing): number[] => {
    const y = layer.forward({ source, target }, edgeIndex)
    return [...(evaluate(program({ inputs: { source, target, edge_index: edgeIndex }, outputs: { y } }), feeds).y?.data ?? [])]
  }
  expect(run(new MessagePassing())).toEqual([9, 12, 5, 6])
  expect(run(new MessagePassing({ message: ({ source, target }) => add(source, target), aggregation: 'mean' }))).toEqual([13, 14, 25, 26])
  expect(run(new MessagePassing({ update: ({ own, aggregated }) => add(own, aggregated) }))).toEqual([19, 22, 25, 26])
  const [a, b] = [1 / Math.sqrt(3), 1 / Math.sqrt(6)]
  expect(
    relativeError(run(new MessagePassing({ normalization: 'symmetric' })), [4 * a + 5 * b, 6 * a + 6 * b, 5 / Math.SQRT2, 6 / Math.SQRT2]),
  ).toBeLessThan(1e-14)
  expect(() => new MessagePassing({ selfLoops: true }).forward({ source, target }, edgeIndex)).toThrow(
    'MessagePassing.forward: expected as many sources as targets, because selfLoops is set, received [sources, 2] and [targets, 1]. Leave selfLoops out.',
  )
})

test('errors for invalid options and edges name the remedy', () => {
  expect(() => new MessagePassing({ aggregation: 'average' as Aggregation })).toThrow(
    'MessagePassing: expected one or more of sum, mean, max, min, std, var, median, softmax, received "average".',
  )
  expect(() => new Readout({ aggregation: [] })).toThrow('received none.')
  expect(() => new MessagePassing({ aggregation: 'max', attention: ({ source }) => source })).toThrow(
    'MessagePassing: expected aggregation sum with attention, received max.',
  )
  expect(() => new GatLayer({ inChannels: 2, outChannels: 2, heads: 0 })).toThrow('GatLayer: expected 1 head or more, received 0.')
  expect(() => new Gcn({ inChannels: 2, outputs: 2, layers: 0 })).toThrow('Gcn: expected at least one layer, received 0.')
  expect(() => new Nn4g({ inChannels: 2, outputs: 2, units: 2, frozen: 3 })).toThrow(
    'Nn4g: expected 1 unit or more and at most as many frozen, received 2 units and 3 frozen.',
  )
  expect(() => new MessagePassing().forward(input('x', 'float32', [5, 2]), input('edge_index', 'int64', ['edges', 2]))).toThrow(
    'edge_index: expected shape [2, edges], row 0 the source and row 1 the target of each edge, received [edges, 2]. Transpose a list of pairs.',
  )
})

test.each([
  ['Gcn', new Gcn({ inChannels: 3, outputs: 2 })],
  ['Gat', new Gat({ inChannels: 3, outputs: 2 })],
] as const)('%s applies dropout in training, repeatable by the seed, and none in inference', (_, model) => {
  const [x, edgeIndex, seed] = [input('x', 'float32', [6, 3]), input('edge_index', 'int64', [2, 12]), input('seed', 'int64', [])]
  const { result } = trace({ training: true, seed }, () => model.forward(x, edgeIndex))
  const parameters = Object.fromEntries(parametersOf(model as Module))
  const p = program({
    inputs: { x, edge_index: edgeIndex, seed, ...parameters },
    outputs: { training: result, inference: model.forward(x, edgeIndex) },
  })
  const { x: features, edge_index: edges } = feedsOf(randomSparse(6, 12)) as Record<string, TensorValue>
  const run = (number: bigint): Record<string, number[]> => {
    const value: TensorValue = { dtype: 'int64', shape: [], data: BigInt64Array.of(number) }
    const outputs = evaluate(p, { x: features as TensorValue, edge_index: edges as TensorValue, seed: value, ...initialize(model, 1) })
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]))
  }
  const [first, again, other] = [run(1n), run(1n), run(2n)]
  expect(again).toEqual(first)
  expect(other.training).not.toEqual(first.training)
  expect(other.inference).toEqual(first.inference)
  expect(first.training).not.toEqual(first.inference)
})

test('SignNet ignores the signs of the eigenvectors, but sees the relative signs of neighbours', () => {
  const signs = new SignNet({ vectors: 3, hidden: 4, outChannels: 2 })
  const family: SparseFamily = { name: '', module: signs, rows: 'nodes', forward: ({ x, edge_index }) => signs.forward(x, edge_index) }
  const graph = randomSparse(6, 14)
  const plain = output(family, graph)
  const flipped = (factor: (at: number) => number): Float64Array => output(family, { ...graph, x: graph.x.map((v, at) => v * factor(at)) })
  expect(
    relativeError(
      flipped((at) => (at % 3 === 1 ? -1 : 1)),
      plain,
    ),
  ).toBeLessThan(1e-14)
  expect(
    relativeError(
      flipped((at) => (at === 1 ? -1 : 1)),
      plain,
    ),
  ).toBeGreaterThan(1e-3)
})
