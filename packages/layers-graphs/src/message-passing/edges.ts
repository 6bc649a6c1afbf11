import {
  cast,
  concat,
  type DimensionLike,
  equal,
  expand,
  gather,
  ones,
  range,
  segmentSum,
  sourcesOf,
  type Tensor,
  targetsOf,
  unsqueeze,
} from '@equivar/tensor'

/** For each node, the sum of the features of the sources of its incoming edges. @param edgeIndex - int64 [2, edges], row 0 the source, row 1 the target. */
export function sumOfNeighbours(x: Tensor, edgeIndex: Tensor): Tensor {
  return segmentSum(gather(x, sourcesOf(edgeIndex)), targetsOf(edgeIndex), x.shape[0] as DimensionLike)
}

/** The number of incoming edges of each node, or the sum of their weights. @param weights - float32 [edges]. @returns float32 [nodes]. */
export function inDegrees(edgeIndex: Tensor, nodes: DimensionLike, weights?: Tensor): Tensor {
  const targets = targetsOf(edgeIndex)
  return segmentSum(weights ?? ones(targets.shape), targets, nodes)
}

/** 1 for each node without a self loop, 0 for the others. @returns float32 [nodes]. */
export function missingLoops(edgeIndex: Tensor, nodes: DimensionLike): Tensor {
  const loops = inDegrees(edgeIndex, nodes, cast(equal(sourcesOf(edgeIndex), targetsOf(edgeIndex)), 'float32'))
  return cast(equal(loops, 0), 'float32')
}

/** The edges, followed by a self loop of every node; existing loops are kept. @returns int64 [2, edges + nodes]. */
export function withSelfLoops(edgeIndex: Tensor, nodes: DimensionLike): Tensor {
  return concat([edgeIndex, expand(unsqueeze(range(nodes), 0), [2, nodes])], 1)
}
