import { add, cast, type DimensionLike, log, min, oneHot, type Tensor, unsqueeze } from '@equivar/tensor'
import { inDegrees } from '../message-passing/edges.ts'

/**
 * One-hot encoding of the in-degree of each node. Degrees above `largest` count as `largest`.
 *
 * Law: f(P edges) = P f(edges).
 *
 * @param edgeIndex - int64 [2, edges]. @param nodes - the number of nodes. @returns float32 [nodes, largest + 1].
 */
export function degreeOneHot(edgeIndex: Tensor, nodes: DimensionLike, largest: number): Tensor {
  return oneHot(cast(min(inDegrees(edgeIndex, nodes), largest), 'int64'), largest + 1)
}

/** log(1 + in-degree) of each node. Law: f(P edges) = P f(edges). @returns float32 [nodes, 1]. */
export function logDegree(edgeIndex: Tensor, nodes: DimensionLike): Tensor {
  return unsqueeze(log(add(inDegrees(edgeIndex, nodes), 1)), 1)
}
