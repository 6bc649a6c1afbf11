export * from './binary.ts'
export { constant, constantData, constantNumber, sizeOf, type TensorLike } from './constant.ts'
export { pieceSymbol, type RepeatOptions, repeat } from './control.ts'
export { type ConvOptions, conv, convTranspose } from './convolution.ts'
export { sourcesOf, targetsOf } from './edge-rows.ts'
export { eyeLike, full, ones, range, zeros } from './generators.ts'
export { gather, gatherElements, gatherND, oneHot, scatterElements, scatterND } from './indexing.ts'
export { einsum, matMul } from './linalg.ts'
export { diagonal, keepDiagonal, trilu } from './matrices.ts'
export { apply, applyAll, type Kernel, type OperatorOf, operator } from './operator.ts'
export { type PadMode, pad, tile } from './padding.ts'
export type { BinaryFunction, UnaryFunction } from './pointwise.ts'
export { averagePool, maxPool, type PoolOptions } from './pooling.ts'
export {
  type AlongAxis,
  type Argument,
  argMax,
  argMin,
  cumSum,
  logSoftmax,
  logSumExp,
  mean,
  norm,
  type ReduceOptions,
  type Reduction,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  softmax,
  sum,
  topK,
} from './reduce.ts'
export { inverseRoot, rootOrZero } from './roots.ts'
export { segmentCount, segmentMax, segmentMean, segmentMin, segmentSoftmax, segmentSum } from './segments.ts'
export { expand, moveAxis, reshape, squeeze, swapAxes, transpose, unsqueeze } from './shape.ts'
export {
  type CompositeName,
  type ConvAttributes,
  type InputsOf,
  isNode,
  type LoopAttributes,
  type NodeOf,
  nodeOf,
  type OperatorAttributes,
  type OperatorName,
  operatorName,
  type ReduceAttributes,
  type ScatterReduction,
  type Signatures,
  type WindowAttributes,
} from './signatures.ts'
export { concat, flip, type Interval, slice, split, stack } from './slicing.ts'
export { operators } from './table.ts'
export { asSizes, nonZero } from './told-sizes.ts'
export * from './unary.ts'
export type { WindowOptions } from './windows.ts'
