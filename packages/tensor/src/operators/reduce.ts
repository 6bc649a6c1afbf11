import {
  alongAxis,
  cumSum as cumSumReference,
  firstBest,
  largest,
  logSumExp as logSumExpOf,
  mean as meanOf,
  productOf,
  reduceWith,
  smallest,
  sum as sumOf,
  topK as topKReference,
} from '../evaluate/reduce.ts'
import { normalizeAxes, normalizeAxis } from '../expression/axes.ts'
import { type Dimension, type DimensionLike, dimension, printShape } from '../expression/dimension.ts'
import { ShapeError, TypeMismatchError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { isFloat } from '../expression/value.ts'
import { add, mul } from './binary.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { nodeOf, type ReduceAttributes } from './signatures.ts'
import { sqrt } from './unary.ts'

/** Which axes a reduction takes. */
export interface ReduceOptions {
  /** One axis or several; negative ones count from the last. All if left out. */
  readonly axis?: number | readonly number[]
  /** Whether reduced axes stay, with size 1. */
  readonly keepDims?: boolean
}

const reducedShape = (shape: readonly Dimension[], { axes, keepDims }: ReduceAttributes): Dimension[] =>
  keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i))

/** Names of reductions. */
export type ReductionName = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd' | 'ReduceLogSumExp'

/** A reduction, and the entry of its operator. */
export interface Reduction<K extends ReductionName = ReductionName> {
  (x: Tensor, options?: ReduceOptions): Tensor
  readonly operator: OperatorOf<K>
}

function reduction<K extends ReductionName>(name: K, reference: (elements: Float64Array) => number): Reduction<K> {
  const entry = operator<ReductionName>(name, {
    traits: ['reducing'],
    infer: ([{ dtype, shape }], attributes) => {
      if (dtype === 'bool' || (name === 'ReduceLogSumExp' && !isFloat(dtype))) {
        throw new TypeMismatchError(name, 'numbers', dtype, 'Use cast(x, ...) to count.')
      }
      return [{ dtype, shape: reducedShape(shape, attributes) }]
    },
    reference: ([x], { attributes }) => reduceWith(x, attributes, reference),
  })
  const call = (x: Tensor, { axis, keepDims = false }: ReduceOptions = {}): Tensor => {
    const axes = normalizeAxes(name, axis, x.rank)
    const y = apply(entry, [x], { axes, keepDims })
    // Over no axis nothing changes; ONNX would take an empty list for all.
    return axes.length === 0 ? x : y
  }
  return Object.assign(call, { operator: entry as unknown as OperatorOf<K> })
}

/** Sum over axes; 0 over an empty axis. @see ONNX ReduceSum. */
export const reduceSum: Reduction<'ReduceSum'> = /* @__PURE__ */ reduction('ReduceSum', sumOf)
/** Mean over axes; NaN over an empty axis. @see ONNX ReduceMean. */
export const reduceMean: Reduction<'ReduceMean'> = /* @__PURE__ */ reduction('ReduceMean', meanOf)
/** Largest over axes; elements that tie share the gradient equally. The axis must not be empty. @see ONNX ReduceMax. */
export const reduceMax: Reduction<'ReduceMax'> = /* @__PURE__ */ reduction('ReduceMax', largest)
/** Smallest over axes; elements that tie share the gradient equally. The axis must not be empty. @see ONNX ReduceMin. */
export const reduceMin: Reduction<'ReduceMin'> = /* @__PURE__ */ reduction('ReduceMin', smallest)
/** Product over axes; the first derivative is exact where elements are zero too. @see ONNX ReduceProd. */
export const reduceProd: Reduction<'ReduceProd'> = /* @__PURE__ */ reduction('ReduceProd', productOf)
/** log of the sum of exponentials over axes, without overflow. The axis must not be empty. @see ONNX ReduceLogSumExp. */
export const reduceLogSumExp: Reduction<'ReduceLogSumExp'> = /* @__PURE__ */ reduction('ReduceLogSumExp', logSumExpOf)

/** Alias of reduceSum. */
export const sum: Reduction<'ReduceSum'> = reduceSum
/** Alias of reduceMean. */
export const mean: Reduction<'ReduceMean'> = reduceMean
/** Alias of reduceLogSumExp. */
export const logSumExp: Reduction<'ReduceLogSumExp'> = reduceLogSumExp

type ArgumentName = 'ArgMax' | 'ArgMin'

/** Finds positions along an axis, and the entry of its operator. */
export interface Argument<K extends ArgumentName = ArgumentName> {
  (x: Tensor, axis: number, options?: { readonly keepDims?: boolean }): Tensor
  readonly operator: OperatorOf<K>
}

function argument<K extends ArgumentName>(name: K, better: (a: number, b: number) => boolean): Argument<K> {
  const entry = operator<ArgumentName>(name, {
    traits: [],
    infer: ([{ shape }], { axis, keepDims }) => [{ dtype: 'int64', shape: reducedShape(shape, { axes: [axis], keepDims }) }],
    reference: ([x], { attributes: { axis, keepDims } }) => ({
      ...reduceWith(x, { axes: [axis], keepDims }, firstBest(better)),
      dtype: 'int64',
    }),
  })
  const call = (x: Tensor, axis: number, { keepDims = false }: { readonly keepDims?: boolean } = {}): Tensor =>
    apply(entry, [x], { axis: normalizeAxis(name, axis, x.rank), keepDims })
  return Object.assign(call, { operator: entry as unknown as OperatorOf<K> })
}

/** Position of the largest along an axis; the first of those that tie. @returns int64. @see ONNX ArgMax. */
export const argMax: Argument<'ArgMax'> = /* @__PURE__ */ argument('ArgMax', (a, b) => a > b)
/** Position of the smallest along an axis; the first of those that tie. @returns int64. @see ONNX ArgMin. */
export const argMin: Argument<'ArgMin'> = /* @__PURE__ */ argument('ArgMin', (a, b) => a < b)

/** Entry of CumSum. */
export const cumSumOperator: OperatorOf<'CumSum'> = /* @__PURE__ */ operator('CumSum', {
  traits: ['axiswise'],
  infer: ([x]) => [x],
  reference: cumSumReference,
})
/**
 * Running sums along an axis.
 *
 * @param options - `exclusive`: without the element itself; `reverse`: from the end.
 * @see ONNX CumSum.
 */
export function cumSum(
  x: Tensor,
  axis: number,
  { exclusive = false, reverse = false }: { exclusive?: boolean; reverse?: boolean } = {},
): Tensor {
  return apply(cumSumOperator, [x], { axis: normalizeAxis('CumSum', axis, x.rank), exclusive, reverse })
}

type SoftmaxName = 'Softmax' | 'LogSoftmax'

/** Works along an axis, the last if left out; and the entry of its operator. */
export interface AlongAxis<K extends SoftmaxName = SoftmaxName> {
  (x: Tensor, axis?: number): Tensor
  readonly operator: OperatorOf<K>
}

function normalized<K extends SoftmaxName>(name: K, reference: (value: number, total: number) => number): AlongAxis<K> {
  const entry = operator<SoftmaxName>(name, {
    traits: ['axiswise'],
    infer: ([x]) => [x],
    reference: ([x], { attributes: { axis } }) =>
      alongAxis(x, axis, (line) => {
        const total = logSumExpOf(line)
        return line.map((value) => reference(value, total))
      }),
  })
  const call = (x: Tensor, axis = -1): Tensor => apply(entry, [x], { axis: normalizeAxis(name, axis, x.rank) })
  return Object.assign(call, { operator: entry as unknown as OperatorOf<K> })
}

/** e^x_i / sum_j e^x_j along an axis, the last if left out. @see ONNX Softmax. */
export const softmax: AlongAxis<'Softmax'> = /* @__PURE__ */ normalized('Softmax', (value, total) => Math.exp(value - total))
/** x_i - log sum_j e^x_j along an axis, the last if left out. @see ONNX LogSoftmax. */
export const logSoftmax: AlongAxis<'LogSoftmax'> = /* @__PURE__ */ normalized('LogSoftmax', (value, total) => value - total)

/** Root of the sum of squares over axes; the derivative at 0 is NaN unless `epsilon`, which is added to the sum, is positive. */
export function norm(x: Tensor, options: ReduceOptions & { readonly epsilon?: number } = {}): Tensor {
  const squares = reduceSum(mul(x, x), options)
  return sqrt(options.epsilon === undefined ? squares : add(squares, options.epsilon))
}

/** Entry of TopK. */
export const topKOperator: OperatorOf<'TopK'> = /* @__PURE__ */ operator('TopK', {
  traits: ['indexing'],
  infer: ([{ dtype, shape }], { axis, k }) => {
    const size = shape[axis]
    if (typeof k === 'number' && typeof size === 'number' && k > size)
      throw new ShapeError('TopK', `k of at most ${size}, the size of axis ${axis} of ${printShape(shape)}`, `${k}`)
    const kept = shape.map((d, i) => (i === axis ? k : d))
    return [
      { dtype, shape: kept },
      { dtype: 'int64', shape: kept },
    ]
  },
  reference: topKReference,
})

/**
 * The k largest (or smallest) along an axis, in order; the lower index first among those that tie.
 *
 * @returns values and int64 indices. The gradient goes to the elements picked.
 * @see ONNX TopK.
 */
export function topK(
  x: Tensor,
  k: DimensionLike,
  axis = -1,
  { largest: descending = true }: { largest?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const values = apply(topKOperator, [x], { k: dimension(k), axis: normalizeAxis('TopK', axis, x.rank), largest: descending })
  return { values, indices: nodeOf(values, 'TopK')?.outputs[1] ?? values }
}
