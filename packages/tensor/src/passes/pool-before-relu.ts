import type { Tensor } from '../expression/tensor.ts'
import { mul } from '../operators/binary.ts'
import { apply } from '../operators/operator.ts'
import { maxPoolGradient, maxPoolOperator } from '../operators/pooling.ts'
import { reshape } from '../operators/shape.ts'
import { nodeOf, type WindowAttributes } from '../operators/signatures.ts'
import { relu, step } from '../operators/unary.ts'
import { axisWindows } from '../operators/windows.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** The tensor that x is max(., 0) of, perhaps in another shape. */
function beforeRelu(x: Tensor): Tensor | undefined {
  const given = nodeOf(x, 'Relu')?.inputs[0]
  if (given !== undefined) return given
  const reshaped = nodeOf(x, 'Reshape')?.inputs[0]
  const inner = reshaped && beforeRelu(reshaped)
  return inner && reshape(inner, x.shape)
}

/** Whether every window holds an element of the signal, for padded ones as far as sizes are known: the largest of none is no result of relu. */
const isNeverEmpty = (x: Tensor, attributes: WindowAttributes): boolean =>
  axisWindows(attributes).every(({ dilation, padding }, i) => padding === 0 || (dilation === 1 && x.shape[i + 2] !== 0))

/** The tensor without changes of its shape. */
function flat(x: Tensor): Tensor {
  const inner = nodeOf(x, 'Reshape')?.inputs[0]
  return inner === undefined ? x : flat(inner)
}

/** The tensor whose sign a slope of relu is read from: x of max(sign(x), 0). */
const slopeOf = (slope: Tensor): Tensor | undefined => {
  const signs = nodeOf(slope, 'Relu')?.inputs[0]
  return signs && nodeOf(signs, 'Sign')?.inputs[0]
}

/** The gradient through r = relu(x) and maxPool(r), as the gradient through p = maxPool(x) and relu(p). */
function gradientThrough(pooled: Tensor, slope: Tensor): Tensor | undefined {
  const node = nodeOf(flat(pooled), 'MaxPoolGradient')
  const rectified = slopeOf(slope)
  if (node === undefined || rectified === undefined) return undefined
  const [signal, y, gradient] = node.inputs
  const [x, top] = [beforeRelu(signal), beforeRelu(y)]
  if (x === undefined || top === undefined || flat(signal) !== flat(rectified)) return undefined
  return reshape(maxPoolGradient(x, top, mul(gradient, step(y)), node.attributes), pooled.shape)
}

/**
 * The largest of max(x, 0) is max(the largest x, 0): fewer numbers are rectified, and in the gradient too.
 *
 * Law: equal for every input, bit for bit; gradients but for the sign of a 0, and NaN where no window reads.
 * Before: MaxPool(Relu(x)). After: Relu(MaxPool(x)).
 */
export const poolBeforeRelu: RewritingPass = /* @__PURE__ */ rewriting('pool-before-relu', [
  rule('MaxPool', ({ inputs: [x], attributes }) => {
    const before = isNeverEmpty(x, attributes) ? beforeRelu(x) : undefined
    return before && relu(apply(maxPoolOperator, [before], attributes))
  }),
  rule('Mul', ({ inputs: [a, b] }) => gradientThrough(a, b) ?? gradientThrough(b, a)),
])
