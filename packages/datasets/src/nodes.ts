import { firstOutside } from '@equivar/tensor'
import { type Batch, type Dataset, requireIndices } from './dataset.ts'
import type { NodeClassification } from './planetoid.ts'
import { requireGraph } from './require-graph.ts'
import { float32, int64 } from './values.ts'

/**
 * Node classification on one graph, as a data set of one example.
 *
 * A batch has `x` float32 [nodes, features], with rows divided by their sums, `edge_index` int64 [2, edges] and `target` int64 [nodes]: the class for nodes
 * of the chosen part, -1 for all others.
 *
 * @throws RangeError if an edge or the part refers to a node that does not exist, or there are not as many features or labels as nodes.
 */
export function nodeDataset({ graph, features, labels, ...parts }: NodeClassification, part: 'train' | 'validation' | 'test'): Dataset {
  requireGraph('nodeDataset', graph)
  const rows = Float32Array.from(graph.features ?? [])
  if (rows.length !== graph.nodes * features || labels.length !== graph.nodes) {
    const expected = `${graph.nodes} x ${features} features and ${graph.nodes} labels`
    throw new RangeError(`nodeDataset: expected ${expected}, received ${rows.length} numbers and ${labels.length}.`)
  }
  for (let node = 0; node < graph.nodes; node++) {
    const row = rows.subarray(node * features, (node + 1) * features)
    const sum = row.reduce((total, value) => total + value, 0)
    if (sum > 0) for (let i = 0; i < features; i++) row[i]! /= sum
  }
  const { sources, targets } = graph.edges
  const edges = int64([2, sources.length], (write) => {
    for (let e = 0; e < sources.length; e++) {
      write(e, sources[e]!)
      write(sources.length + e, targets[e]!)
    }
  })
  const wanted = new BigInt64Array(graph.nodes).fill(-1n)
  const lost = firstOutside(parts[part], graph.nodes)
  if (lost !== -1)
    throw new RangeError(`nodeDataset: expected nodes from 0 to ${graph.nodes - 1} in ${part}, received ${parts[part][lost]}.`)
  for (const node of parts[part]) wanted[node] = BigInt(labels[node]!)
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('nodeDataset', indices, 1)
    if (indices.length !== 1) throw new RangeError(`nodeDataset: expected one example, received ${indices.length}.`)
    return { x: float32([graph.nodes, features], rows), edge_index: edges, target: { dtype: 'int64', shape: [graph.nodes], data: wanted } }
  }
  return { length: 1, batch }
}
