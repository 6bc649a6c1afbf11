import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import type { Graph, GraphSet } from './graph.ts'
import { type NodeEncoder, oneHotEncoder } from './node-encoder.ts'
import { bool, float32, targets } from './values.ts'

/** Options of denseGraphs and sparseGraphs. */
export interface GraphBatchOptions {
  /** Computes node features. By default one-hot by tag, or by degree if all tags are equal. */
  readonly encoder?: NodeEncoder
  /** The number of channels of `edges.features`. By default, edges have no features. */
  readonly edgeChannels?: number
}

/**
 * Graphs as dense adjacency matrices, padded to the largest graph of the batch.
 *
 * A batch has `x` float32 [batch, n, channels], `adj` float32 [batch, n, n], `mask` bool [batch, n] (true where a node exists) and `target`
 * int64 [batch]. adj[b, i, j] is 1 if there is an edge from i to j. With edge channels, `adj` is [batch, n, n, edgeChannels] and contains the edge features.
 * Padding is 0. `sizes` is set, so training batches graphs of similar size.
 *
 * @remarks A batch takes batch x n^2 numbers, where n is the size of its largest graph.
 */
export function denseGraphs(set: GraphSet, options: GraphBatchOptions = {}): ClassDataset {
  const { encoder = oneHotEncoder(set.graphs), edgeChannels } = options
  const { graphs, labels, classes } = set
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('denseGraphs', indices, graphs.length)
    const chosen = Array.from(indices, (i) => graphs[i]!)
    return { ...denseInputs(chosen, encoder, edgeChannels), target: targets(labels, indices) }
  }
  return { length: graphs.length, sizes: Int32Array.from(graphs, ({ nodes }) => nodes), classes, labels, batch }
}

/** The inputs `x`, `adj` and `mask` of a dense model for some graphs, as in denseGraphs, without a target. */
export function denseInputs(graphs: readonly Graph[], encoder: NodeEncoder, edgeChannels?: number): Batch {
  const n = graphs.reduce((largest, { nodes }) => Math.max(largest, nodes), 0)
  const { channels } = encoder
  const depth = edgeChannels ?? 1
  const x = new Float32Array(graphs.length * n * channels)
  const adj = new Float32Array(graphs.length * n * n * depth)
  const mask = new Uint8Array(graphs.length * n)
  graphs.forEach((graph, b) => {
    encoder.write(graph, x, b * n * channels)
    mask.fill(1, b * n, b * n + graph.nodes)
    const { sources, targets, features } = graph.edges
    if (edgeChannels !== undefined) requireEdgeFeatures('denseInputs', graph, edgeChannels)
    for (let e = 0; e < sources.length; e++) {
      const place = ((b * n + sources[e]!) * n + targets[e]!) * depth
      if (edgeChannels === undefined) adj[place] = 1
      else for (let c = 0; c < depth; c++) adj[place + c] = features![e * depth + c]!
    }
  })
  const matrix = edgeChannels === undefined ? [graphs.length, n, n] : [graphs.length, n, n, depth]
  return { x: float32([graphs.length, n, channels], x), adj: float32(matrix, adj), mask: bool([graphs.length, n], mask) }
}

/** @throws RangeError if the edges of the graph do not have `edgeChannels` features each. */
export function requireEdgeFeatures(where: string, graph: Graph, edgeChannels: number): void {
  const { sources, features } = graph.edges
  const received = features?.length ?? 0
  if (received !== sources.length * edgeChannels) {
    throw new RangeError(`${where}: expected ${sources.length} x ${edgeChannels} edge features, received ${received} numbers.`)
  }
}
