import type { TensorValue } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { type GraphBatchOptions, requireEdgeFeatures } from './dense-graphs.ts'
import type { Graph, GraphSet } from './graph.ts'
import { type NodeEncoder, oneHotEncoder } from './node-encoder.ts'
import { requireGraphSet, requireGraphs, requireNumbers } from './require-graph.ts'
import { float32, int64, targets } from './values.ts'

/**
 * Graphs as their disjoint union, one large graph, for message passing.
 *
 * A batch has `x` float32 [nodes, channels], `edge_index` int64 [2, edges] (row 0 the source, row 1 the target, undirected edges in both
 * directions, ordered by target for TU sets), `batch` int64 [nodes] (the graph of each node, ascending), `num_graphs` int64 [] and `target`
 * int64 [batch]; with edge channels also `edge_attr` float32 [edges, edgeChannels]. An edge that is listed several times is there as often.
 *
 * @throws RangeError that names the graph, the edge and the node, if an edge refers to a node that does not exist; if a label is not a class.
 */
export function sparseGraphs(set: GraphSet, options: GraphBatchOptions = {}): ClassDataset {
  requireGraphSet('sparseGraphs', set)
  const { encoder = oneHotEncoder(set.graphs), edgeChannels } = options
  const { graphs, labels, classes } = set
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('sparseGraphs', indices, graphs.length)
    const chosen = Array.from(indices, (i) => graphs[i]!)
    return { ...sparseInputs(chosen, encoder, edgeChannels), target: targets(labels, indices) }
  }
  return { length: graphs.length, classes, labels, batch }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The inputs of a sparse model for some graphs, as sparseGraphs describes them, without a target. @throws RangeError as sparseGraphs does. */
export function sparseInputs(graphs: readonly Graph[], encoder: NodeEncoder, edgeChannels?: number): Batch {
  requireGraphs('sparseInputs', graphs)
  const nodes = sum(graphs.map((graph) => graph.nodes))
  requireNumbers('sparseInputs', [nodes, Math.max(1, encoder.channels)])
  const x = new Float32Array(nodes * encoder.channels)
  let first = 0
  for (const graph of graphs) {
    encoder.write(graph, x, first * encoder.channels)
    first += graph.nodes
  }
  return {
    x: float32([nodes, encoder.channels], x),
    edge_index: edgeIndex(graphs),
    ...(edgeChannels === undefined ? {} : { edge_attr: edgeAttributes(graphs, edgeChannels) }),
    batch: graphOfNode(graphs, nodes),
    num_graphs: int64([], (write) => write(0, graphs.length)),
  }
}

function edgeIndex(graphs: readonly Graph[]): TensorValue {
  const count = sum(graphs.map(({ edges }) => edges.sources.length))
  return int64([2, count], (write) => {
    let firstNode = 0
    let edge = 0
    for (const { nodes, edges } of graphs) {
      for (let e = 0; e < edges.sources.length; e++, edge++) {
        write(edge, firstNode + edges.sources[e]!)
        write(count + edge, firstNode + edges.targets[e]!)
      }
      firstNode += nodes
    }
  })
}

function edgeAttributes(graphs: readonly Graph[], edgeChannels: number): TensorValue {
  const count = sum(graphs.map(({ edges }) => edges.sources.length))
  const attributes = new Float32Array(count * edgeChannels)
  let start = 0
  for (const [g, graph] of graphs.entries()) {
    requireEdgeFeatures(`sparseInputs: graph ${g}`, graph, edgeChannels)
    if (graph.edges.features !== undefined) attributes.set(graph.edges.features, start)
    start += graph.edges.sources.length * edgeChannels
  }
  return float32([count, edgeChannels], attributes)
}

function graphOfNode(graphs: readonly Graph[], nodes: number): TensorValue {
  return int64([nodes], (write) => {
    let node = 0
    graphs.forEach((graph, g) => {
      for (let j = 0; j < graph.nodes; j++) write(node++, g)
    })
  })
}
