import type { TensorValue } from '@equivar/tensor'
import type { Graph, GraphNumbers, GraphSet, NodeNumbers } from './graph.ts'
import { requireGraphs } from './require-graph.ts'
import { classTargets, numberTargets, outputsOf, type Targets } from './targets.ts'
import { float32 } from './values.ts'

/** The number of outputs of a node, which all graphs share. @throws RangeError if a graph has no row for each of its nodes, or rows of another length. */
function nodeOutputs(where: string, { graphs, ys }: NodeNumbers): number {
  if (ys.length !== graphs.length) throw new RangeError(`${where}: expected ys for each of ${graphs.length} graphs, received ${ys.length}.`)
  const first = graphs.findIndex(({ nodes }) => nodes > 0)
  const outputs = first === -1 ? 1 : outputsOf(`${where}: graph ${first}`, ys[first]!, graphs[first]!.nodes)
  const odd = graphs.findIndex(({ nodes }, g) => ys[g]!.length !== nodes * outputs)
  if (odd !== -1)
    throw new RangeError(`${where}: graph ${odd}: expected ${graphs[odd]!.nodes} x ${outputs} numbers in ys, received ${ys[odd]!.length}.`)
  return outputs
}

/** Numbers of the nodes of some graphs, one graph after the other: float32 [nodes, outputs]. */
function rowsOf({ ys }: NodeNumbers, outputs: number, indices: ArrayLike<number>): TensorValue {
  const rows = Array.from(indices, (i) => ys[i]!)
  const data = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0))
  let at = 0
  for (const row of rows) {
    data.set(row, at)
    at += row.length
  }
  return float32([data.length / outputs, outputs], data)
}

/** What is to be predicted for graphs, checked. @throws RangeError as the data sets of graphs say. */
export function graphTargets(
  where: string,
  set: GraphSet | GraphNumbers | NodeNumbers,
): { readonly graphs: readonly Graph[]; readonly target: Targets } {
  const { graphs } = set
  requireGraphs(where, graphs)
  if ('labels' in set) return { graphs, target: classTargets(where, set, graphs.length) }
  if ('y' in set) return { graphs, target: numberTargets(where, set, graphs.length) }
  const outputs = nodeOutputs(where, set)
  return { graphs, target: (indices) => rowsOf(set, outputs, indices) }
}

/** The names and numbers of the classes of graphs, if they have classes. */
export const classesOf = (set: GraphSet | GraphNumbers | NodeNumbers): Partial<Pick<GraphSet, 'classes' | 'labels'>> =>
  'labels' in set ? { classes: set.classes, labels: set.labels } : {}
