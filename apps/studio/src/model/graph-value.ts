import { type TensorValue, tensorValue } from '@equivar/tensor'
import { adjacencyOf, type DrawnGraph, withEdgeToggled, withNode } from '../parts/drawn-graph.ts'
import { layout } from '../parts/spring-layout.ts'
import { numbersOf } from './editors.ts'

/** Whether a value lists edges, [2, edges], in place of an adjacency [1, n, n]. */
const isList = ({ shape }: TensorValue): boolean => shape.length === 2

/** The pairs of nodes that a value joins, one way or both, the smaller node first. */
function pairsOf(value: TensorValue, nodes: number): [number, number][] {
  const numbers = numbersOf(value)
  const count = isList(value) ? numbers.length / 2 : numbers.length
  const pairs = Array.from({ length: count }, (_, at): [number, number] | undefined => {
    const [i, j] = isList(value) ? [numbers[at] as number, numbers[count + at] as number] : [Math.floor(at / nodes), at % nodes]
    const isEdge = i !== j && (isList(value) || numbers[at] !== 0)
    return isEdge ? [Math.min(i, j), Math.max(i, j)] : undefined
  })
  const found = new Map(pairs.flatMap((pair) => (pair === undefined ? [] : [[pair.join(), pair] as const])))
  return [...found.values()]
}

/** Draws the graph of an adjacency or of a list of edges. */
export function drawnFrom(value: TensorValue, nodes: number): DrawnGraph {
  const pairs = pairsOf(value, nodes)
  const adjacency = new Float32Array(nodes * nodes)
  for (const [i, j] of pairs) adjacency[i * nodes + j] = 1
  const empty = layout(adjacency).reduce((graph, [x, y]) => withNode(graph, { x: 50 + 42 * x, y: 50 + 42 * y }), {
    places: [],
    edges: [],
  } as DrawnGraph)
  return pairs.reduce((graph, [i, j]) => withEdgeToggled(graph, i, j), empty)
}

/** The value of a drawn graph, like a given one: an adjacency, or a list that has every edge both ways. */
export function valueFrom(graph: DrawnGraph, { dtype, shape }: TensorValue): TensorValue {
  const nodes = graph.places.length
  if (shape.length !== 2) return tensorValue(dtype, [1, nodes, nodes], adjacencyOf(graph).flat())
  const both = graph.edges.flatMap(([i, j]) => [[i, j] as const, [j, i] as const])
  return tensorValue(dtype, [2, both.length], [...both.map(([from]) => from), ...both.map(([, to]) => to)])
}
