import { firstOutside, type TensorValue } from '@equivar/tensor'
import { type Batch, type Dataset, requireIndices } from './dataset.ts'
import type { Graph } from './graph.ts'
import type { NodeClassification } from './planetoid.ts'
import { requireGraph } from './require-graph.ts'
import { outputsOf } from './targets.ts'
import { float32, int64 } from './values.ts'

/** Numbers to predict for the nodes of one graph, with its split. */
export interface NodeRegression {
  /** The graph, with features [nodes, features]. */
  readonly graph: Graph
  /** The number of features of a node. */
  readonly features: number
  /** [nodes, outputs], row-major; NaN where a number is not known. */
  readonly y: ArrayLike<number>
  readonly train: ArrayLike<number>
  readonly validation: ArrayLike<number>
  readonly test: ArrayLike<number>
}

type Part = 'train' | 'validation' | 'test'

/** Names of what a batch of nodes has. */
type NodeNames = 'x' | 'edge_index' | 'target'

/** Divides each row by its sum. */
function normalizeRows(rows: Float32Array, features: number): void {
  for (let first = 0; first < rows.length; first += features) {
    const row = rows.subarray(first, first + features)
    const sum = row.reduce((total, value) => total + value, 0)
    if (sum > 0) for (let i = 0; i < features; i++) row[i]! /= sum
  }
}

/** The features of the nodes. @throws RangeError if there are not as many features or labels as nodes. */
function featuresOf({ graph, features, ...task }: NodeClassification | NodeRegression): Float32Array {
  const rows = Float32Array.from(graph.features ?? [])
  const labels = 'labels' in task ? task.labels.length : graph.nodes
  if (rows.length === graph.nodes * features && labels === graph.nodes) return rows
  const expected = `${graph.nodes} x ${features} features and ${graph.nodes} labels`
  throw new RangeError(`nodeDataset: expected ${expected}, received ${rows.length} numbers and ${labels}.`)
}

/** The targets of the nodes of a part: -1 or NaN for all others. */
function targetsOf(task: NodeClassification | NodeRegression, part: Part): TensorValue {
  const { nodes } = task.graph
  const own = task[part]
  const lost = firstOutside(own, nodes)
  if (lost !== -1) throw new RangeError(`nodeDataset: expected nodes from 0 to ${nodes - 1} in ${part}, received ${own[lost]}.`)
  if ('labels' in task) {
    const wanted = new BigInt64Array(nodes).fill(-1n)
    for (let i = 0; i < own.length; i++) wanted[own[i]!] = BigInt(task.labels[own[i]!]!)
    return { dtype: 'int64', shape: [nodes], data: wanted }
  }
  const outputs = outputsOf('nodeDataset', task.y, nodes)
  const wanted = new Float32Array(nodes * outputs).fill(Number.NaN)
  for (let i = 0; i < own.length; i++) for (let k = 0; k < outputs; k++) wanted[own[i]! * outputs + k] = task.y[own[i]! * outputs + k]!
  return float32([nodes, outputs], wanted)
}

/**
 * Classification or regression of the nodes of one graph, as a data set of one example.
 *
 * A batch has `x` float32 [nodes, features], `edge_index` int64 [2, edges] and `target` for the nodes of the chosen part: with `labels` int64 [nodes], -1 for all
 * other nodes, and the rows of `x` are divided by their sums; with `y` float32 [nodes, outputs], NaN for all other nodes, and `x` is as it was given.
 *
 * @throws RangeError if an edge or the part refers to a node that does not exist, or there are not as many features or targets as nodes.
 */
export function nodeDataset(task: NodeClassification | NodeRegression, part: Part): Dataset<NodeNames> {
  const { graph, features } = task
  requireGraph('nodeDataset', graph)
  const rows = featuresOf(task)
  if ('labels' in task) normalizeRows(rows, features)
  const { sources, targets } = graph.edges
  const edges = int64([2, sources.length], (write) => {
    for (let e = 0; e < sources.length; e++) {
      write(e, sources[e]!)
      write(sources.length + e, targets[e]!)
    }
  })
  const target = targetsOf(task, part)
  const batch = (indices: ArrayLike<number>): Batch<NodeNames> => {
    requireIndices('nodeDataset', indices, 1)
    if (indices.length !== 1) throw new RangeError(`nodeDataset: expected one example, received ${indices.length}.`)
    return { x: float32([graph.nodes, features], rows), edge_index: edges, target }
  }
  return { length: 1, batch }
}
