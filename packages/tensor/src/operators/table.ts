import { inputOperator } from '../expression/tensor.ts'
import * as binary from './binary.ts'
import { constantOperator, dimensionOperator } from './constant.ts'
import { loopOperator } from './control.ts'
import * as convolution from './convolution.ts'
import * as generators from './generators.ts'
import * as indexing from './indexing.ts'
import { einsumOperator, matMulOperator } from './linalg.ts'
import { triluOperator } from './matrices.ts'
import type { OperatorOf } from './operator.ts'
import { padOperator, tileOperator } from './padding.ts'
import * as pooling from './pooling.ts'
import * as reduce from './reduce.ts'
import * as shape from './shape.ts'
import type { OperatorName } from './signatures.ts'
import * as slicing from './slicing.ts'
import * as unary from './unary.ts'

/** The one table of operators: what passes, backends, importers and tests ask. */
export const operators: { readonly [K in OperatorName]: OperatorOf<K> } = {
  Input: inputOperator as OperatorOf<'Input'>,
  Constant: constantOperator,
  Dimension: dimensionOperator,
  Identity: unary.identityOperator,

  Neg: unary.neg.operator,
  Abs: unary.abs.operator,
  Exp: unary.exp.operator,
  Log: unary.log.operator,
  Sqrt: unary.sqrt.operator,
  Reciprocal: unary.reciprocal.operator,
  Sin: unary.sin.operator,
  Cos: unary.cos.operator,
  Tan: unary.tan.operator,
  Asin: unary.asin.operator,
  Acos: unary.acos.operator,
  Atan: unary.atan.operator,
  Sinh: unary.sinh.operator,
  Cosh: unary.cosh.operator,
  Asinh: unary.asinh.operator,
  Acosh: unary.acosh.operator,
  Atanh: unary.atanh.operator,
  Tanh: unary.tanh.operator,
  Sigmoid: unary.sigmoid.operator,
  Softplus: unary.softplus.operator,
  Softsign: unary.softsign.operator,
  Relu: unary.relu.operator,
  LeakyRelu: unary.leakyReluOperator,
  Elu: unary.eluOperator,
  Selu: unary.selu.operator,
  HardSigmoid: unary.hardSigmoidOperator,
  Clip: unary.clipOperator,
  Erf: unary.erf.operator,
  Floor: unary.floor.operator,
  Ceil: unary.ceil.operator,
  Round: unary.round.operator,
  Sign: unary.sign.operator,
  IsNaN: unary.isNaN.operator,
  IsInf: unary.isInf.operator,
  Not: unary.not.operator,
  Cast: unary.castOperator,

  Add: binary.add.operator,
  Sub: binary.sub.operator,
  Mul: binary.mul.operator,
  Div: binary.div.operator,
  Mod: binary.modOperator,
  Pow: binary.pow.operator,
  Min: binary.min.operator,
  Max: binary.max.operator,
  And: binary.and.operator,
  Or: binary.or.operator,
  Xor: binary.xor.operator,
  Equal: binary.equal.operator,
  Less: binary.less.operator,
  LessOrEqual: binary.lessOrEqual.operator,
  Greater: binary.greater.operator,
  GreaterOrEqual: binary.greaterOrEqual.operator,
  Where: binary.whereOperator,

  ReduceSum: reduce.reduceSum.operator,
  ReduceMean: reduce.reduceMean.operator,
  ReduceMax: reduce.reduceMax.operator,
  ReduceMin: reduce.reduceMin.operator,
  ReduceProd: reduce.reduceProd.operator,
  ReduceLogSumExp: reduce.reduceLogSumExp.operator,
  ArgMax: reduce.argMax.operator,
  ArgMin: reduce.argMin.operator,
  CumSum: reduce.cumSumOperator,
  Softmax: reduce.softmax.operator,
  LogSoftmax: reduce.logSoftmax.operator,
  TopK: reduce.topKOperator,

  MatMul: matMulOperator,
  Einsum: einsumOperator,

  Reshape: shape.reshapeOperator,
  Squeeze: shape.squeezeOperator,
  Unsqueeze: shape.unsqueezeOperator,
  Transpose: shape.transposeOperator,
  Expand: shape.expandOperator,
  Concat: slicing.concatOperator,
  Slice: slicing.sliceOperator,
  Split: slicing.splitOperator,
  Pad: padOperator,
  Tile: tileOperator,
  Trilu: triluOperator,
  Range: generators.rangeOperator,
  EyeLike: generators.eyeLikeOperator,

  Gather: indexing.gatherOperator,
  GatherElements: indexing.gatherElementsOperator,
  GatherND: indexing.gatherNDOperator,
  ScatterElements: indexing.scatterElementsOperator,
  ScatterND: indexing.scatterNDOperator,
  OneHot: indexing.oneHotOperator,

  Conv: convolution.convOperator,
  ConvTranspose: convolution.convTransposeOperator,
  MaxPool: pooling.maxPoolOperator,
  AveragePool: pooling.averagePoolOperator,
  ConvInputGradient: convolution.convInputGradientOperator,
  ConvWeightGradient: convolution.convWeightGradientOperator,
  MaxPoolGradient: pooling.maxPoolGradientOperator,

  Loop: loopOperator,
}
