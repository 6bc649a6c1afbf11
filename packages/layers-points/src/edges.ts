import { add, type Dimension, gather, printShape, ShapeError, sourcesOf, sub, type Tensor, targetsOf } from '@equivar/tensor'

/** Sources and targets of edges, and the vectors from target to source. */
export interface Edges {
  /** int64 [edges]. */
  readonly sources: Tensor
  /** int64 [edges]: the nodes that receive. */
  readonly targets: Tensor
  /** float32 [edges, 3]: position of the source minus position of the target. */
  readonly vectors: Tensor
  /** The number of nodes. */
  readonly nodes: Dimension
}

/**
 * The edges of points, with their vectors.
 *
 * @param positions - float32 [nodes, 3].
 * @param edgeIndex - int64 [2, edges]: row 0 the source, row 1 the target.
 * @param shifts - float32 [edges, 3], added to the position of the source: the lattice vectors that periodic edges cross.
 * @throws ShapeError if a shape is another.
 */
export function edgesOf(where: string, positions: Tensor, edgeIndex: Tensor, shifts?: Tensor): Edges {
  if (positions.rank !== 2 || positions.shape[1] !== 3) throw new ShapeError(where, 'positions [nodes, 3]', printShape(positions.shape))
  const [sources, targets] = [sourcesOf(edgeIndex, `${where}: edge_index`), targetsOf(edgeIndex, `${where}: edge_index`)]
  const difference = sub(gather(positions, sources), gather(positions, targets))
  const vectors = shifts === undefined ? difference : add(difference, shifts)
  return { sources, targets, vectors, nodes: positions.shape[0] as Dimension }
}
