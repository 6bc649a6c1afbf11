import { add, cast, type DimensionLike, log, min, oneHot, type Tensor, unsqueeze } from '@equivar/tensor'
import { inDegrees } from '../message-passing/edges.ts'

/**
 * For each node 1 at its number of incoming edges; `largest` stands for all larger ones.
 *
 * Law: f(P edges) = P f(edges).
 *
 * @param edgeIndex - int64 [2, edges]. @param nodes - how many nodes there are. @returns float32 [nodes, largest + 1].
 */
export function degreeOneHot(edgeIndex: Tensor, nodes: DimensionLike, largest: number): Tensor {
  return oneHot(cast(min(inDegrees(edgeIndex, nodes), largest), 'int64'), largest + 1)
}

/** For each node log(1 + its number of incoming edges). Law: f(P edges) = P f(edges). @returns float32 [nodes, 1]. */
export function logDegree(edgeIndex: Tensor, nodes: DimensionLike): Tensor {
  return unsqueeze(log(add(inDegrees(edgeIndex, nodes), 1)), 1)
}
