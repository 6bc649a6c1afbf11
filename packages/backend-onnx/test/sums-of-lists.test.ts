import {
  add,
  type Binding,
  constant,
  differentiate,
  evaluate,
  gather,
  gatherND,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  relu,
  reshape,
  scatterND,
  segmentMax,
  segmentSum,
  simplify,
  slice,
  split,
  squeeze,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { describeLongSums, onnxBackend } from '../src/index.ts'
import { ListFeeds } from '../src/row-lists/list-feeds.ts'
import { type ListProgram, sumsOfLists } from '../src/row-lists/sums-of-lists.ts'
import { hostValue, runtime, tensorsOf } from './runtime-tensors.ts'

const WIDTH = 32
const x = input('x', 'float32', ['nodes', WIDTH])
const term = input('term', 'float32', ['nodes', WIDTH])
const heads = input('heads', 'float32', ['nodes', 4, 8])
const messages = input('messages', 'float32', ['edges', WIDTH])
const weights = input('weights', 'float32', ['edges', 4, 1])
const edges = input('edge_index', 'int64', [2, 'edges'])
const groups = input('groups', 'int64', ['nodes'])
const inputs = { x, term, heads, messages, weights, edge_index: edges, groups }
const end = (row: number): Tensor => squeeze(slice(edges, { axis: 0, start: row, end: row + 1 }), 0)
const [from, to] = [end(0), end(1)]
const [first, second] = split(edges, [1, 1], 0) as [Tensor, Tensor]
const both = { fixed: [], forThreads: true }

const sums: Readonly<Record<string, Tensor>> = {
  'of neighbours': segmentSum(gather(x, from), to, 'nodes'),
  'of neighbours, with its gradient': differentiate(reduceSum(mul(segmentSum(gather(relu(x), from), to, 'nodes'), term)), x),
  'onto a term': add(term, segmentSum(gather(x, from), to, 'nodes')),
  'of points, with a split edge list': scatterND(term, reshape(second, ['edges', 1]), gatherND(x, reshape(first, ['edges', 1])), {
    reduction: 'add',
  }),
  'of weighted rows': segmentSum(mul(gather(heads, from), weights), to, 'nodes'),
  'of weighted rows, weights first': segmentSum(mul(weights, gather(heads, from)), to, 'nodes'),
  'of messages': segmentSum(messages, to, 'nodes'),
  'of nodes in groups': segmentSum(x, groups, 'nodes'),
}

type Graph = { readonly nodes: number; readonly edges: readonly (readonly [number, number])[] }

const random = new Random({ seed: 5 })
const drawn = (nodes: number, count: number): Graph => ({
  nodes,
  edges: Array.from({ length: count }, () => [random.integer(nodes), random.integer(nodes)] as const),
})
const graphs: Readonly<Record<string, Graph>> = {
  'no edges': { nodes: 3, edges: [] },
  'nothing at all': { nodes: 0, edges: [] },
  'a random graph': drawn(40, 200),
  'isolated nodes, twice the same edge, loops': {
    nodes: 300,
    edges: [
      [7, 5],
      [7, 5],
      [9, 9],
      [299, 5],
      [5, 7],
    ],
  },
  'one node with all edges': { nodes: 5, edges: Array.from({ length: 1_300 }, (_, i) => [i % 5, 3] as const) },
  'one node that all edges leave': { nodes: 5, edges: Array.from({ length: 700 }, (_, i) => [3, i % 5] as const) },
}

const numbers = (shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.5),
  )
const integers = (shape: readonly number[], data: readonly number[]): TensorValue =>
  tensorValue('int64', shape, BigInt64Array.from(data, BigInt))

const feedsOf = ({ nodes, edges: list }: Graph): Record<string, TensorValue> => ({
  x: numbers([nodes, WIDTH]),
  term: numbers([nodes, WIDTH]),
  heads: numbers([nodes, 4, 8]),
  messages: numbers([list.length, WIDTH]),
  weights: numbers([list.length, 4, 1]),
  edge_index: integers([2, list.length], [...list.map(([source]) => source), ...list.map(([, target]) => target)]),
  groups: integers(
    [nodes],
    Array.from({ length: nodes }, (_, i) => Math.floor(i / 3)),
  ),
})

const sizesOf = ({ nodes, edges: list }: Graph): Binding =>
  new Map([
    ['nodes', nodes],
    ['edges', list.length],
  ])

/** What a program with lists computes, in float64. */
function withLists({ program: listed, plans }: ListProgram, graph: Graph, feeds: Readonly<Record<string, TensorValue>>): Float64Array {
  const lists = new ListFeeds(runtime, plans).feeds(tensorsOf(feeds), sizesOf(graph))
  const all = { ...feeds, ...Object.fromEntries(Object.entries(lists ?? {}).map(([name, x]) => [name, hostValue(x)])) }
  return evaluate(listed, all).y?.data as Float64Array
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length)
  return Array.from(a, (value, i) => Math.abs(value - (b[i] as number))).reduce((most, d) => Math.max(most, d), 0)
}

/** As it is before lists are looked for. */
const simple = (whole: Program): Program => simplify.run(whole, { fixed: new Set() })

describe.each(Object.entries(sums))('sums %s', (_, y) => {
  const whole = program({ inputs, outputs: { y } })
  const listed = sumsOfLists(simple(whole), both) as ListProgram

  test('become sums over lists', () => {
    expect(listed.plans.length).toBeGreaterThan(0)
    expect(listed.program.nodes.some(({ operator }) => operator.name === 'ScatterND')).toBe(false)
  })

  test.each(Object.entries(graphs))('are the same: %s', (_name, graph) => {
    const feeds = feedsOf(graph)
    const expected = evaluate(whole, feeds).y?.data as Float64Array
    expect(largestDifference(withLists(listed, graph, feeds), expected)).toBeLessThan(1e-12 * Math.max(1, graph.edges.length))
  })
})

test('a weight that is not a number stays where it is', () => {
  const whole = program({ inputs, outputs: { y: sums['of weighted rows'] as Tensor } })
  const graph = drawn(6, 30)
  const feeds = feedsOf(graph)
  ;(feeds.weights as TensorValue).data.set([Number.NaN, Number.POSITIVE_INFINITY] as never, 4)
  const expected = evaluate(whole, feeds).y?.data as Float64Array
  const results = withLists(sumsOfLists(simple(whole), both) as ListProgram, graph, feeds)
  expect(Array.from(results, Number.isFinite)).toEqual(Array.from(expected, Number.isFinite))
})

const isListed = (y: Tensor, options: Parameters<typeof sumsOfLists>[1]): boolean =>
  sumsOfLists(simple(program({ inputs, outputs: { y } })), options) !== undefined

test('sums that gain nothing in one thread stay there', () => {
  const alone = { fixed: [], forThreads: false }
  expect(
    Object.entries(sums)
      .filter(([, y]) => !isListed(y, alone))
      .map(([name]) => name),
  ).toEqual(['of weighted rows', 'of weighted rows, weights first', 'of messages', 'of nodes in groups'])
})

test.each<[string, Tensor]>([
  ['positions that are computed', segmentSum(messages, add(to, 1), 'nodes')],
  ['positions that are known', segmentSum(constant(new Float32Array(64), [2, 32]), constant(BigInt64Array.of(0n, 0n)), 'nodes')],
  ['few channels', segmentSum(slice(messages, { axis: 1, start: 0, end: 31 }), to, 'nodes')],
  ['the largest', segmentMax(messages, to, 'nodes')],
])('stay: %s', (_, y) => {
  expect(isListed(y, both)).toBe(false)
})

test('positions that become constants of the program stay', () => {
  expect(isListed(sums['of neighbours'] as Tensor, { fixed: ['edge_index'], forThreads: true })).toBe(false)
})

test('long sums are described by the sizes', () => {
  // The largest of a segment, and whether there is any.
  const whole = program({ inputs, outputs: { y: sums['of neighbours'] as Tensor, z: segmentMax(messages, to, 'nodes') } })
  const at = (count: number): Binding => new Map(Object.entries({ nodes: 10, edges: count }))
  expect(describeLongSums(whole, at(25_000))).toBeUndefined()
  expect(describeLongSums(whole, at(25_001))).toEqual({ overLists: 1, byIndex: 2, rowDots: 0 })
  expect(describeLongSums(whole, at(25_001), { fixed: ['edge_index'] })).toEqual({ overLists: 0, byIndex: 3, rowDots: 0 })
})

describe('on ONNX Runtime', () => {
  const [sources, channels] = [50, 64]
  const rows = input('rows', 'float32', ['sources', channels])
  const at = input('at', 'int64', ['links'])
  const target = input('target', 'int64', ['links'])
  const whole = program({ inputs: { rows, at, target }, outputs: { y: segmentSum(gather(rows, at), target, 70) } })
  /** Added up without rounding. */
  const wholeNumbers = (shape: readonly number[]): TensorValue => {
    const { data } = numbers(shape)
    return tensorValue(
      'float32',
      shape,
      (data as Float32Array).map((value) => Math.round(16 * value)),
    )
  }
  /** Positions wrap around, as those of ONNX do: the last row is -1. */
  const fed = (links: number, turn: (i: number) => number): Record<string, TensorValue> => ({
    rows: wholeNumbers([sources, channels]),
    at: integers(
      [links],
      Array.from({ length: links }, (_, i) => (i * 7) % sources),
    ),
    target: integers(
      [links],
      Array.from({ length: links }, (_, i) => turn(i)),
    ),
  })
  const anyOrder = (i: number): number => (i * 31) % 69

  test.each([1, 4])('long sums are those of the reference, whatever is fed next, with %i threads', async (threads) => {
    const executable = await onnxBackend({ threads }).compile(whole)
    const check = async (feeds: Record<string, TensorValue>): Promise<void> => {
      const { y } = await executable.run(feeds)
      expect(largestDifference((await y?.data()) as Float32Array, evaluate(whole, feeds).y?.data as Float64Array)).toBe(0)
    }
    const feeds = fed(14_000, anyOrder)
    await check(feeds)
    await check({ ...feeds, rows: wholeNumbers([sources, channels]) })
    // The same array with other numbers.
    ;((feeds.target as TensorValue).data as BigInt64Array).fill(3n, 0, 7_000)
    await check(feeds)
    await check(fed(13_000, anyOrder))
    await check(fed(30, anyOrder))
    await check(fed(13_000, (i) => anyOrder(i) - 70))
    await check(feeds)
    await expect(executable.run(fed(13_000, (i) => (i === 5 ? 70 : 1)))).rejects.toThrow('indice')
    await executable.dispose()
  })

  test.each<[string, readonly number[], readonly number[]]>([
    ['a weight for 8 numbers', [4, 8], [4, 1]],
    ['a weight for 64 numbers', [1, 64], [1, 1]],
    ['a weight for each of 8 numbers', [4, 8], [1, 8]],
    ['a weight for a row', [32], [1]],
  ])('sums of weighted rows are those of the reference: %s', async (_, row, weightRow) => {
    const links = 30_000
    const source = input('source', 'float32', [sources, ...row])
    const weights = input('weights', 'float32', ['links', ...weightRow])
    const weighted = segmentSum(mul(gather(source, at), weights), target, 'results')
    // A size that is not known, as where there is one the sum stays.
    const results = input('results', 'float32', ['results'])
    const weightedProgram = program({ inputs: { source, weights, at, target, results }, outputs: { y: weighted } })
    const { rows: _rows, ...positions } = fed(links, anyOrder)
    const numbersOfWeights = wholeNumbers([links, ...weightRow])
    ;(numbersOfWeights.data as Float32Array)[7] = Number.NaN
    const feeds = { ...positions, source: wholeNumbers([sources, ...row]), weights: numbersOfWeights, results: numbers([69]) }
    const executable = await onnxBackend({ threads: 2 }).compile(weightedProgram)
    const { y } = await executable.run(feeds)
    expect(Array.from((await y?.data()) as Float32Array)).toEqual(Array.from(evaluate(weightedProgram, feeds).y?.data as Float64Array))
    await executable.dispose()
  })
})
