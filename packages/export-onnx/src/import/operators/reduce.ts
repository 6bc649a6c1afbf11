import type { Dimension, ReduceOptions, Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'

const reduction =
  (f: (x: Tensor, options: ReduceOptions) => Tensor): Builder =>
  (node) => {
    const x = node.tensor(0)
    const axes = node.has(1) ? node.integers(1) : node.ints('axes')
    const keepDims = node.flag('keepdims', true)
    if (axes.length > 0) return f(x, { axis: axes, keepDims })
    return node.flag('noop_with_empty_axes', false) ? x : f(x, { keepDims })
  }

const argument =
  (f: (x: Tensor, axis: number, options: { keepDims: boolean }) => Tensor): Builder =>
  (node) => {
    const [x, axis, options] = [node.tensor(0), node.int('axis', 0), { keepDims: node.flag('keepdims', true) }]
    const found = (from: Tensor): Tensor => f(from, axis, options)
    if (!node.flag('select_last_index', false)) return found(x)
    // The last of equals is the first from the end.
    const size: Dimension = x.shape.at(axis) ?? node.refuse(`an axis of ${t.printShape(x.shape)}`, `${axis}`)
    return t.sub(t.sizeOf(t.minus(size, 1)), found(t.flip(x, [axis])))
  }

/** Operators along axes: sums, maxima, what is largest, softmax. */
export const reduce: Builders = {
  ReduceSum: reduction(t.reduceSum),
  ReduceMean: reduction(t.reduceMean),
  ReduceMax: reduction(t.reduceMax),
  ReduceMin: reduction(t.reduceMin),
  ReduceProd: reduction(t.reduceProd),
  ReduceLogSumExp: reduction(t.reduceLogSumExp),
  ReduceLogSum: reduction((x, options) => t.log(t.reduceSum(x, options))),
  ReduceSumSquare: reduction((x, options) => t.reduceSum(t.mul(x, x), options)),
  ReduceL1: reduction((x, options) => t.reduceSum(t.abs(x), options)),
  ReduceL2: reduction((x, options) => t.sqrt(t.reduceSum(t.mul(x, x), options))),
  ArgMax: argument(t.argMax),
  ArgMin: argument(t.argMin),
  CumSum: (node) =>
    t.cumSum(node.tensor(0), node.number(1, 0), { exclusive: node.flag('exclusive', false), reverse: node.flag('reverse', false) }),
  Softmax: (node) => t.softmax(node.tensor(0), node.int('axis', -1)),
  LogSoftmax: (node) => t.logSoftmax(node.tensor(0), node.int('axis', -1)),
  TopK: (node) => {
    if (!node.flag('sorted', true)) node.lacks('sorted 1', '0')
    const { values, indices } = t.topK(node.tensor(0), node.size(1), node.int('axis', -1), { largest: node.flag('largest', true) })
    return [values, indices]
  },
}
