import {
  cast,
  concat,
  type DimensionLike,
  div,
  equal,
  expand,
  gather,
  greater,
  ones,
  printShape,
  range,
  ShapeError,
  segmentSum,
  slice,
  sqrt,
  squeeze,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'

function end(edgeIndex: Tensor, row: 0 | 1): Tensor {
  if (edgeIndex.rank !== 2 || edgeIndex.shape[0] !== 2) {
    throw new ShapeError(
      'layers-graphs: edge_index',
      'shape [2, edges], row 0 the source and row 1 the target of each edge',
      printShape(edgeIndex.shape),
      'Transpose a list of pairs.',
    )
  }
  return squeeze(slice(edgeIndex, { axis: 0, start: row, end: row + 1 }), 0)
}

/** The source of each edge. @param edgeIndex - int64 [2, edges]. @returns int64 [edges]. @throws ShapeError if it is not [2, edges]. */
export function sourcesOf(edgeIndex: Tensor): Tensor {
  return end(edgeIndex, 0)
}

/** The target of each edge. @param edgeIndex - int64 [2, edges]. @returns int64 [edges]. @throws ShapeError if it is not [2, edges]. */
export function targetsOf(edgeIndex: Tensor): Tensor {
  return end(edgeIndex, 1)
}

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

/** d^(-1/2), and 0 where d is not positive. Its derivative is finite everywhere. */
export function inverseRoot(degree: Tensor): Tensor {
  const positive = greater(degree, 0)
  return where(positive, div(1, sqrt(where(positive, degree, 1))), 0)
}
