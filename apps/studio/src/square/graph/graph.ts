import { Permutation } from '@equivar/groups'
import { GcnLayer } from '@equivar/layers-graphs'
import { Mlp } from '@equivar/nn'
import { concat, input, reshape, type TensorValue, tanh, tensorValue } from '@equivar/tensor'
import type { Kind } from '../kind.ts'
import { Chain, compile } from '../network.ts'
import { moveRows, readOrder, writeOrder } from '../order.ts'

/** A graph with a number at each node. */
export interface ValuedGraph {
  readonly values: Float64Array
  /** Row-major and symmetric: 1 where there is an edge. */
  readonly adjacency: Float64Array
}

/** How many nodes there are. */
export const COUNT = 6

/** The graph with an edge between two nodes if it had none, and without it if it had. */
export function toggleEdge({ values, adjacency }: ValuedGraph, a: number, b: number): ValuedGraph {
  const touched = new Set([a * COUNT + b, b * COUNT + a])
  return { values, adjacency: adjacency.map((edge, at) => (touched.has(at) ? 1 - edge : edge)) }
}

const edgeless: ValuedGraph = { values: Float64Array.of(0.9, -0.7, 0.3, -0.2, 0.6, -1), adjacency: new Float64Array(COUNT ** 2) }
const start = [
  [0, 1],
  [1, 2],
  [2, 3],
  [0, 3],
  [3, 4],
  [0, 5],
].reduce((graph, [a, b]) => toggleEdge(graph, a!, b!), edgeless)

const move = (order: Permutation, { values, adjacency }: ValuedGraph): ValuedGraph => {
  const columns = adjacency.map((_, at) => adjacency[Math.floor(at / COUNT) * COUNT + order.inverse().apply(at % COUNT)]!)
  return { values: moveRows(order, values, 1), adjacency: moveRows(order, columns, COUNT) }
}

/** Pairs of nodes with an edge between them, once each. */
export function edgesOf({ adjacency }: ValuedGraph): [number, number][] {
  return [...adjacency.keys()]
    .map((at): [number, number] => [Math.floor(at / COUNT), at % COUNT])
    .filter(([a, b]) => a < b && adjacency[a * COUNT + b] === 1)
}

const values = (graph: ValuedGraph): TensorValue => ({ dtype: 'float32', shape: [COUNT, 1], data: graph.values })

const symmetric = compile<ValuedGraph>(
  () => {
    const x = input('x', 'float32', [COUNT, 1])
    const edgeIndex = input('edge_index', 'int64', [2, 'edges'])
    const sizes = [1, 8, 8, 1]
    const layers = sizes.slice(1).map((outChannels, i) => new GcnLayer({ inChannels: sizes[i]!, outChannels }))
    const module = new Chain(layers, tanh)
    return { module, inputs: { x, edge_index: edgeIndex }, output: module.forward(x, edgeIndex) }
  },
  (graph) => {
    const edges = edgesOf(graph)
    const ends = [...edges.map(([a]) => a), ...edges.map(([, b]) => b)]
    const others = [...edges.map(([, b]) => b), ...edges.map(([a]) => a)]
    return { x: values(graph), edge_index: tensorValue('int64', [2, ends.length], [...ends, ...others]) }
  },
  start,
)

const plain = compile<ValuedGraph>(
  () => {
    const x = input('x', 'float32', [COUNT, 1])
    const adjacency = input('adjacency', 'float32', [COUNT, COUNT])
    const module = new Mlp({ channels: [COUNT + COUNT ** 2, 16, COUNT], activation: 'tanh' })
    const flat = concat([reshape(x, [1, COUNT]), reshape(adjacency, [1, COUNT ** 2])], 1)
    return { module, inputs: { x, adjacency }, output: module.forward(flat) }
  },
  (graph) => ({ x: values(graph), adjacency: { dtype: 'float32', shape: [COUNT, COUNT], data: graph.adjacency } }),
  start,
)

const identity = Permutation.identity(COUNT)
const first = Permutation.parse(COUNT, '(0 2 5)(1 4)')

/** A graph whose nodes change their order, and a number at each of them. */
export const graph: Omit<Kind<ValuedGraph, Permutation>, 'Picture' | 'Controls'> = {
  name: 'graph',
  words: {
    hint: 'In x, drag a node up or down to change its number, and click two nodes to join or part them. In g·x, drag a node onto another to swap them.',
    symmetric: 'graph convolutions (GCN)',
    plain: 'multilayer perceptron (MLP)',
    output: 'a number at each node',
    legend: 'outside: g·f(x), inside: f(g·x)',
  },
  start,
  identity,
  first,
  symmetric,
  plain,
  move,
  moveOutput: (order, y) => moveRows(order, y, 1),
  between: (_, to) => to,
  read: (state) => readOrder(state, first),
  write: (order) => ({ order: writeOrder(order) }),
}
