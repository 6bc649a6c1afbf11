import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import type { Graph, GraphSet } from './graph.ts'
import { type NodeEncoder, oneHotEncoder } from './node-encoder.ts'
import { bool, float32, targets } from './values.ts'

/** How graphs become batches. */
export interface GraphBatchOptions {
  /** How nodes become rows; one-hot by tag, or by degree where all tags are equal, if left out. */
  readonly encoder?: NodeEncoder
  /** How many numbers each edge has in `edges.features`; none if left out. */
  readonly edgeChannels?: number
}

/**
 * Graphs as matrices, padded to the largest graph of the batch.
 *
 * A batch has `x` float32 [batch, n, channels], `adj` float32 [batch, n, n], `mask` bool [batch, n] (true where a node exists) and `target`
 * int64 [batch]. adj[b, i, j] is 1 if an edge leads from i to j; with edge channels it is [batch, n, n, edgeChannels] and holds their
 * features. Everything that is padded is 0. Training takes graphs of like size together.
 *
 * @remarks Memory of a batch is batch * n^2 numbers, n being its largest graph.
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

/** The inputs of a dense model for some graphs: `x`, `adj` and `mask` as denseGraphs describes them, without a target. */
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

/** @throws RangeError if the graph does not have that many numbers on each edge. */
export function requireEdgeFeatures(where: string, graph: Graph, edgeChannels: number): void {
  const { sources, features } = graph.edges
  const received = features?.length ?? 0
  if (received !== sources.length * edgeChannels) {
    throw new RangeError(`${where}: expected ${sources.length} x ${edgeChannels} edge features, received ${received} numbers.`)
  }
}
