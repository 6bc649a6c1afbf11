import { dimensionValue } from '@equivar/tensor'
import { isEmpty, type Kernel, type KernelContext, type Kernels, outputShape } from '../kernel.ts'
import { mean, sum } from '../long-sums.ts'
import { asFloats, cumsum, transpose } from '../quirks.ts'
import type { TensorFlow, TfTensor } from '../values.ts'

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd' | 'ReduceLogSumExp'

/** A reduction over axes; of nothing it is `neutral`. */
const reduction =
  (neutral: number, f: (tf: TensorFlow, x: TfTensor, axes: number[], keepDims: boolean) => TfTensor): Kernel<Reduction> =>
  ([x], { tf, attributes: { axes, keepDims }, ...context }) => {
    const given = x as TfTensor
    if (isEmpty(given)) return tf.fill(outputShape(context), neutral, given.dtype as 'float32')
    if (axes.length === 0) return tf.clone(given)
    // webgpu (4.22) forgets keepDims in a product.
    return tf.reshape(
      asFloats(tf, given, (y) => f(tf, y, [...axes], keepDims)),
      outputShape(context),
    )
  }

/** log sum exp, finite where all terms are exp(-infinity) = 0 or one is infinite. */
function logSumExp(tf: TensorFlow, x: TfTensor, axes: number[], keepDims: boolean): TfTensor {
  const top = tf.max(x, axes, true)
  const shift = tf.where(tf.isFinite(top), top, tf.zerosLike(top))
  const result = tf.add(tf.log(sum(tf, tf.exp(tf.sub(x, shift)), axes, true)), shift)
  return keepDims
    ? result
    : tf.reshape(
        result,
        x.shape.filter((_, axis) => !axes.includes(axis)),
      )
}

const argument =
  (f: (tf: TensorFlow, x: TfTensor, axis: number) => TfTensor) =>
  ([x]: readonly TfTensor[], { tf, attributes: { axis }, ...context }: KernelContext<'ArgMax'> | KernelContext<'ArgMin'>): TfTensor =>
    tf.reshape(f(tf, x as TfTensor, axis), outputShape(context))

/** A kernel that TensorFlow.js has for the last axis only. */
function onLastAxis(tf: TensorFlow, x: TfTensor, axis: number, f: (x: TfTensor) => readonly TfTensor[]): TfTensor[] {
  const last = x.shape.length - 1
  if (axis === last) return [...f(x)]
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i))
  return f(transpose(tf, x, order)).map((y) => transpose(tf, y, order))
}

function logSoftmax(tf: TensorFlow, x: TfTensor, axis: number): TfTensor {
  return tf.sub(x, logSumExp(tf, x, [axis], true))
}

/** The exponentials over their sum, both without the largest term: the logarithm of large numbers would lose digits. */
function softmax(tf: TensorFlow, x: TfTensor, axis: number): TfTensor {
  const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)))
  return tf.div(powers, sum(tf, powers, [axis], true))
}

const topK: Kernel<'TopK'> = ([x], { tf, attributes: { k, axis, largest }, binding }) => {
  const count = dimensionValue(k, binding)
  return onLastAxis(tf, x as TfTensor, axis, (lines) => {
    const { values, indices } = tf.topk(largest ? lines : tf.neg(lines), count, true)
    return [largest ? values : tf.neg(values), indices]
  })
}

/** Kernels of the reductions. */
export const reduce: Kernels<Reduction | 'ArgMax' | 'ArgMin' | 'CumSum' | 'Softmax' | 'LogSoftmax' | 'TopK'> = {
  ReduceSum: reduction(0, sum),
  ReduceMean: reduction(Number.NaN, mean),
  ReduceMax: reduction(Number.NEGATIVE_INFINITY, (tf, x, axes, keepDims) => tf.max(x, axes, keepDims)),
  ReduceMin: reduction(Number.POSITIVE_INFINITY, (tf, x, axes, keepDims) => tf.min(x, axes, keepDims)),
  ReduceProd: reduction(1, (tf, x, axes, keepDims) => tf.prod(x, axes, keepDims)),
  ReduceLogSumExp: reduction(Number.NEGATIVE_INFINITY, logSumExp),
  ArgMax: argument((tf, x, axis) => tf.argMax(x, axis)),
  ArgMin: argument((tf, x, axis) => tf.argMin(x, axis)),
  CumSum: ([x], { tf, attributes: { axis, exclusive, reverse } }) => cumsum(tf, x as TfTensor, axis, exclusive, reverse),
  Softmax: ([x], { tf, attributes: { axis } }) => softmax(tf, x as TfTensor, axis),
  LogSoftmax: ([x], { tf, attributes: { axis } }) => logSoftmax(tf, x as TfTensor, axis),
  TopK: topK,
}
