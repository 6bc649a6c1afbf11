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
import { asSizesOperator, nonZeroOperator } from './told-sizes.ts'
import * as unary from './unary.ts'

type EntryOf<F> = F extends { readonly operator: infer E } ? E : never
type NameOf<F> = F extends { readonly operator: { readonly name: infer N extends OperatorName } } ? N : never

/** The entries of the functions of a family, by name. */
function entriesOf<Family extends object>(family: Family): { readonly [F in keyof Family as NameOf<Family[F]>]: EntryOf<Family[F]> } {
  const entries = Object.values<unknown>(family as Record<string, unknown>).flatMap((f) =>
    typeof f === 'function' && 'operator' in f ? [f.operator as OperatorOf] : [],
  )
  return Object.fromEntries(entries.map((entry) => [entry.name, entry])) as ReturnType<typeof entriesOf<Family>>
}

/** The one table of operators: what passes, backends, importers and tests ask. */
export const operators: { readonly [K in OperatorName]: OperatorOf<K> } = {
  Input: inputOperator as OperatorOf<'Input'>,
  Constant: constantOperator,
  Dimension: dimensionOperator,
  ...entriesOf(unary),
  ...entriesOf(binary),

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
  NonZero: nonZeroOperator,
  AsSizes: asSizesOperator,

  Conv: convolution.convOperator,
  ConvTranspose: convolution.convTransposeOperator,
  MaxPool: pooling.maxPoolOperator,
  AveragePool: pooling.averagePoolOperator,
  ConvInputGradient: convolution.convInputGradientOperator,
  ConvWeightGradient: convolution.convWeightGradientOperator,
  MaxPoolGradient: pooling.maxPoolGradientOperator,

  Loop: loopOperator,
}
