export type { Contraction, Placement, SetPartition, TupleSymmetry } from '@equivar/nn/tuples'
export { degreeOneHot, logDegree } from './encodings/degree.ts'
export { eigenvectorFeatures, heatKernelSignature, type LaplacianOptions, laplacianEigen } from './encodings/laplacian.ts'
export { randomWalkEncoding, randomWalkReturns } from './encodings/random-walk.ts'
export * from './encodings/sign-net.ts'
export * from './gin.ts'
export type { EdgeList, TaggedGraph } from './graph.ts'
export * from './graph-linear.ts'
export * from './invariant-graph-network.ts'
export {
  type Aggregation,
  aggregate,
  segmentAttention,
  segmentDeviation,
  segmentMedian,
  segmentVariance,
} from './message-passing/aggregation.ts'
export * from './message-passing/edge-network.ts'
export { inDegrees, sumOfNeighbours, withSelfLoops } from './message-passing/edges.ts'
export * from './message-passing/gat.ts'
export * from './message-passing/gcn.ts'
export { type GraphInputOptions, type GraphInputs, graphInputs } from './message-passing/graph-inputs.ts'
export * from './message-passing/graph-norm.ts'
export * from './message-passing/hypergraph.ts'
export * from './message-passing/message-passing.ts'
export * from './message-passing/nn4g.ts'
export * from './message-passing/readout.ts'
export * from './message-passing/sage.ts'
export * from './pair-readout.ts'
export * from './ppgn.ts'
export * from './tuple-linear.ts'
export { tupleMask } from './tuple-masks.ts'
export type { JointColours } from './weisfeiler-leman/exact.ts'
export * from './weisfeiler-leman/kernel.ts'
export * from './weisfeiler-leman/weisfeiler-leman.ts'
