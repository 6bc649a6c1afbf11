import type { TensorValue } from '@equivar/tensor'
import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import { type GraphBatchOptions, requireEdgeFeatures } from './dense-graphs.ts'
import type { Graph, GraphNumbers, GraphSet, NodeNumbers } from './graph.ts'
import { classesOf, graphTargets } from './graph-targets.ts'
import { type NodeEncoder, oneHotEncoder } from './node-encoder.ts'
import { requireGraphs, requireNumbers } from './require-graph.ts'
import { float32, int64 } from './values.ts'

/** Names of the inputs of a sparse model: with edge channels also `edge_attr`. */
type SparseInputNames<EdgeChannels> =
  | 'x'
  | 'edge_index'
  | 'batch'
  | 'num_graphs'
  | ([EdgeChannels] extends [never] ? never : [EdgeChannels] extends [number] ? 'edge_attr' : never)

/** Options without edge channels. */
type NoOptions = { readonly edgeChannels?: never }

/** Names of what a batch of a sparse model has. */
type SparseNames<Options extends GraphBatchOptions> = 'target' | SparseInputNames<Options['edgeChannels']>

/**
 * Graphs as their disjoint union, one large graph, for message passing.
 *
 * A batch has `x` float32 [nodes, channels], `edge_index` int64 [2, edges] (row 0 the source, row 1 the target, undirected edges in both
 * directions, ordered by target for TU sets), `batch` int64 [nodes] (the graph of each node, ascending), `num_graphs` int64 [] and `target`;
 * with edge channels also `edge_attr` float32 [edges, edgeChannels]. An edge that is listed several times is there as often. `target` is int64 [batch] for
 * graphs with classes, float32 [batch, outputs] for `{ graphs, y }`, float32 [nodes, outputs] for `{ graphs, ys }`.
 *
 * @throws RangeError that names the graph, the edge and the node, if an edge refers to a node that does not exist; if a label is not a class; if there are not as
 * many targets as graphs or nodes.
 */
export function sparseGraphs<Options extends GraphBatchOptions = NoOptions>(
  set: GraphSet,
  options?: Options,
): ClassDataset<SparseNames<Options>>
export function sparseGraphs<Options extends GraphBatchOptions = NoOptions>(
  set: GraphNumbers | NodeNumbers,
  options?: Options,
): Dataset<SparseNames<Options>>
export function sparseGraphs(set: GraphSet | GraphNumbers | NodeNumbers, options: GraphBatchOptions = {}): Dataset {
  const { graphs, target } = graphTargets('sparseGraphs', set)
  const { encoder = oneHotEncoder(graphs), edgeChannels } = options
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('sparseGraphs', indices, graphs.length)
    const chosen = Array.from(indices, (i) => graphs[i]!)
    return { ...sparseInputs(chosen, encoder, edgeChannels), target: target(indices) }
  }
  return { length: graphs.length, batch, ...classesOf(set) }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The inputs of a sparse model for some graphs, as sparseGraphs describes them, without a target. @throws RangeError as sparseGraphs does. */
export function sparseInputs<EdgeChannels extends number | undefined = undefined>(
  graphs: readonly Graph[],
  encoder: NodeEncoder,
  edgeChannels?: EdgeChannels,
): Batch<SparseInputNames<EdgeChannels>>
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
