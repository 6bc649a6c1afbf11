import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import type { Graph, GraphNumbers, GraphSet } from './graph.ts'
import { classesOf, graphTargets } from './graph-targets.ts'
import { type NodeEncoder, oneHotEncoder } from './node-encoder.ts'
import { requireGraphs, requireNumbers } from './require-graph.ts'
import { bool, float32 } from './values.ts'

/** Options of denseGraphs and sparseGraphs. */
export interface GraphBatchOptions {
  /** Computes node features. By default one-hot by tag, or by degree if all tags are equal. */
  readonly encoder?: NodeEncoder
  /** The number of channels of `edges.features`. By default, edges have no features. */
  readonly edgeChannels?: number
}

/** Names of what a batch of a dense model has. */
type DenseNames = 'x' | 'adj' | 'mask' | 'target'

/**
 * Graphs as dense adjacency matrices, padded to the largest graph of the batch.
 *
 * A batch has `x` float32 [batch, n, channels], `adj` float32 [batch, n, n], `mask` bool [batch, n] (true where a node exists) and `target`: int64 [batch] for
 * graphs with classes, float32 [batch, outputs] for `{ graphs, y }`. adj[b, i, j] is the number of edges from i to j. With edge channels, `adj` is
 * [batch, n, n, edgeChannels] and contains the edge features. Padding is 0. `sizes` is set, so training batches graphs of similar size.
 *
 * @throws RangeError that names the graph, the edge and the node, if an edge refers to a node that does not exist; if a label is not a class; if there are not as
 * many targets as graphs; from `batch` if an edge with features is listed twice.
 * @remarks A batch takes batch x n^2 numbers, where n is the size of its largest graph.
 */
export function denseGraphs(set: GraphSet, options?: GraphBatchOptions): ClassDataset<DenseNames>
export function denseGraphs(set: GraphNumbers, options?: GraphBatchOptions): Dataset<DenseNames>
export function denseGraphs(set: GraphSet | GraphNumbers, options: GraphBatchOptions = {}): Dataset<DenseNames> {
  const { graphs, target } = graphTargets('denseGraphs', set)
  const { encoder = oneHotEncoder(graphs), edgeChannels } = options
  const batch = (indices: ArrayLike<number>): Batch<DenseNames> => {
    requireIndices('denseGraphs', indices, graphs.length)
    const chosen = Array.from(indices, (i) => graphs[i]!)
    return { ...denseInputs(chosen, encoder, edgeChannels), target: target(indices) }
  }
  return { length: graphs.length, sizes: Int32Array.from(graphs, ({ nodes }) => nodes), batch, ...classesOf(set) }
}

/** The inputs `x`, `adj` and `mask` of a dense model for some graphs, as in denseGraphs, without a target. @throws RangeError as denseGraphs does. */
export function denseInputs(graphs: readonly Graph[], encoder: NodeEncoder, edgeChannels?: number): Batch<Exclude<DenseNames, 'target'>> {
  requireGraphs('denseInputs', graphs)
  const n = graphs.reduce((largest, { nodes }) => Math.max(largest, nodes), 0)
  const { channels } = encoder
  const depth = edgeChannels ?? 1
  requireNumbers('denseInputs', [graphs.length, n, Math.max(n * depth, channels)])
  const x = new Float32Array(graphs.length * n * channels)
  const adj = new Float32Array(graphs.length * n * n * depth)
  const mask = new Uint8Array(graphs.length * n)
  graphs.forEach((graph, b) => {
    encoder.write(graph, x, b * n * channels)
    mask.fill(1, b * n, b * n + graph.nodes)
    const first = b * n * n * depth
    if (edgeChannels === undefined) countEdges(graph, n, adj, first)
    else writeFeatures(`denseInputs: graph ${b}`, graph, edgeChannels, n, adj, first)
  })
  const matrix = edgeChannels === undefined ? [graphs.length, n, n] : [graphs.length, n, n, depth]
  return { x: float32([graphs.length, n, channels], x), adj: float32(matrix, adj), mask: bool([graphs.length, n], mask) }
}

function countEdges({ edges: { sources, targets } }: Graph, n: number, adj: Float32Array, first: number): void {
  for (let e = 0; e < sources.length; e++) adj[first + sources[e]! * n + targets[e]!]! += 1
}

function writeFeatures(where: string, graph: Graph, edgeChannels: number, n: number, adj: Float32Array, first: number): void {
  requireEdgeFeatures(where, graph, edgeChannels)
  const { sources, targets, features } = graph.edges
  const seen = new Set<number>()
  for (let e = 0; e < sources.length; e++) {
    const pair = sources[e]! * n + targets[e]!
    if (seen.has(pair)) {
      const received = `edge ${e} from ${sources[e]} to ${targets[e]} again`
      throw new RangeError(`${where}: expected each edge once, because \`adj\` has one place for its features, received ${received}.`)
    }
    seen.add(pair)
    for (let c = 0; c < edgeChannels; c++) adj[first + pair * edgeChannels + c] = features![e * edgeChannels + c]!
  }
}

/** @throws RangeError if the edges of the graph do not have `edgeChannels` features each. */
export function requireEdgeFeatures(where: string, graph: Graph, edgeChannels: number): void {
  const { sources, features } = graph.edges
  const received = features?.length ?? 0
  if (received !== sources.length * edgeChannels) {
    throw new RangeError(`${where}: expected ${sources.length} x ${edgeChannels} edge features, received ${received} numbers.`)
  }
}
