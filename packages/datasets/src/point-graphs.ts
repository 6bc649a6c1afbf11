import type { TensorValue } from '@equivar/tensor'
import type { Batch, ClassDataset, Dataset } from './dataset.ts'
import type { Edges, Graph, GraphNumbers, GraphSet, NodeNumbers } from './graph.ts'
import { featureEncoder } from './node-encoder.ts'
import { sparseGraphs } from './sparse-graphs.ts'
import { float32 } from './values.ts'

/** Numbers of the points of each structure, by name: three for each point, [points, 3] row-major. */
export type PointVectors<Names extends string = string> = Readonly<Record<Names, readonly ArrayLike<number>[]>>

/** What a batch of structures has besides its vectors. */
type PointNames = 'x' | 'edge_index' | 'batch' | 'num_graphs' | 'target'

/** The edges between all pairs of points, in both directions, ordered by target. */
export function completeEdges(nodes: number): Edges {
  const count = Math.max(0, nodes * (nodes - 1))
  const [sources, targets] = [new Int32Array(count), new Int32Array(count)]
  let edge = 0
  for (let target = 0; target < nodes; target++)
    for (let source = 0; source < nodes; source++) {
      if (source === target) continue
      sources[edge] = source
      targets[edge++] = target
    }
  return { sources, targets }
}

/** The number of features of a point, which all structures share. */
const channelsOf = (graphs: readonly Graph[]): number => {
  const first = graphs.find(({ nodes }) => nodes > 0)
  return first === undefined ? 0 : (first.features?.length ?? 0) / first.nodes
}

/** @throws RangeError that names the structure, if there are not three numbers for each of its points. */
function requireVectors(name: string, graphs: readonly Graph[], vectors: readonly ArrayLike<number>[]): void {
  if (vectors.length !== graphs.length)
    throw new RangeError(`pointGraphs: expected ${name} of each of ${graphs.length} structures, received ${vectors.length}.`)
  graphs.forEach(({ nodes }, g) => {
    if (vectors[g]!.length !== 3 * nodes)
      throw new RangeError(`pointGraphs: structure ${g}: expected ${nodes} x 3 numbers in ${name}, received ${vectors[g]!.length}.`)
  })
}

/** The vectors of some structures, one after the other: float32 [nodes, 3]. */
function rowsOf(vectors: readonly ArrayLike<number>[], indices: ArrayLike<number>): TensorValue {
  const chosen = Array.from(indices, (i) => vectors[i]!)
  const data = new Float32Array(chosen.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const each of chosen) {
    data.set(each, at)
    at += each.length
  }
  return float32([data.length / 3, 3], data)
}

/**
 * Structures of points in space (molecules, particles, point clouds) as their disjoint union, for message passing. Nothing is padded.
 *
 * A batch is one of sparseGraphs, with `x` float32 [nodes, channels] from the features of the graphs, and float32 [nodes, 3] for each entry of `vectors`, such
 * as `positions`, `velocities` or `forces`. Edges are those of the graphs: all pairs by `completeEdges`, or the neighbours within a radius.
 *
 * @throws RangeError as sparseGraphs does, or if a structure does not have three numbers for each of its points, or other numbers of features than the first.
 * @example
 * const water = { nodes: 3, features: Float32Array.of(8, 1, 1), edges: completeEdges(3) }
 * const set = pointGraphs({ graphs: [water], y: [-76.4] }, { positions: [[0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0]] })
 */
export function pointGraphs<Names extends string>(set: GraphSet, vectors: PointVectors<Names>): ClassDataset<PointNames | Names>
export function pointGraphs<Names extends string>(
  set: GraphNumbers | NodeNumbers,
  vectors: PointVectors<Names>,
): Dataset<PointNames | Names>
export function pointGraphs(set: GraphSet | GraphNumbers | NodeNumbers, vectors: PointVectors): Dataset {
  const { graphs } = set
  const columns = Object.entries(vectors)
  for (const [name, each] of columns) requireVectors(name, graphs, each)
  const options = { encoder: featureEncoder(channelsOf(graphs)) }
  const sparse: Dataset = 'labels' in set ? sparseGraphs(set, options) : sparseGraphs(set, options)
  const batch = (indices: ArrayLike<number>): Batch => {
    const plain = sparse.batch(indices)
    return { ...plain, ...Object.fromEntries(columns.map(([name, each]) => [name, rowsOf(each, indices)])) }
  }
  return { ...sparse, batch }
}
