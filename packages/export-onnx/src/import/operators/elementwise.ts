import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import { type Builder, type Builders, unary } from '../builder.ts'

/** One operand or more, one after the other. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Builder =>
  (node) =>
    node.tensors().reduce(f)

/** x Phi(x) for the normal distribution's Phi, or its approximation by tanh. */
const gelu: Builder = (node) => {
  const x = node.tensor(0)
  const approximate = node.string('approximate', 'none')
  if (approximate !== 'none' && approximate !== 'tanh') node.refuse('approximate none or tanh', approximate)
  const cubic = (): Tensor => t.mul(t.add(x, t.mul(t.mul(t.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  const bent = approximate === 'none' ? t.erf(t.mul(x, Math.SQRT1_2)) : t.tanh(cubic())
  return t.mul(t.mul(x, 0.5), t.add(bent, 1))
}

/** Selu is Elu with a factor; ONNX lets both be chosen. */
const selu: Builder = (node) => {
  const x = node.tensor(0)
  if (!node.hasAttribute('alpha') && !node.hasAttribute('gamma')) return t.selu(x)
  return t.mul(t.elu(x, node.float('alpha', 1.6732632423543772)), node.float('gamma', 1.0507009873554805))
}

const isInfinite: Builder = (node) => {
  const x = node.tensor(0)
  const sides = [
    node.flag('detect_negative', true) ? t.less(x, 0) : undefined,
    node.flag('detect_positive', true) ? t.greater(x, 0) : undefined,
  ]
  const [first, second] = sides.filter((side) => side !== undefined)
  if (first === undefined) return node.refuse('one infinity at least', 'neither')
  return second === undefined ? t.and(t.isInf(x), first) : t.isInf(x)
}

/** The remainder with the sign of the divisor for integers, of the dividend for floats; with fmod of the dividend for integers too. */
const modulo: Builder = (node) => {
  const [a, b] = [node.tensor(0), node.tensor(1)]
  const float = t.isFloat(a.dtype)
  const truncated = node.flag('fmod', false)
  if (float && !truncated) return node.refuse('fmod 1 for floats', '0')
  return float || !truncated ? t.mod(a, b) : t.sub(a, t.mul(t.div(a, b), b))
}

/** The type of the base, whatever that of the exponent is. */
const power: Builder = (node) => {
  const [base, exponent] = [node.tensor(0), node.tensor(1)]
  if (base.dtype === exponent.dtype) return t.pow(base, exponent)
  const float = (x: Tensor): Tensor => t.cast(x, 'float32')
  return t.cast(t.pow(float(base), float(exponent)), base.dtype)
}

const dropout: Builder = (node) => {
  if (node.has(2) && node.number(2, 0) !== 0) return node.lacks('training_mode false', 'true')
  const x = node.tensor(0)
  return [x, t.full(1, x.shape, 'bool')]
}

/** Bounds that are computed, and those of integers, are operands. */
const clip: Builder = (node) => {
  const x = node.tensor(0)
  const isFixed = [1, 2].every((i) => !node.has(i) || node.value(i)?.data !== undefined)
  if (isFixed && t.isFloat(x.dtype)) return t.clip(x, node.number(1, Number.NEGATIVE_INFINITY), node.number(2, Number.POSITIVE_INFINITY))
  const raised = node.has(1) ? t.max(x, node.tensor(1)) : x
  return node.has(2) ? t.min(raised, node.tensor(2)) : raised
}

/** Operators of each element on its own that need more than the generic rule. */
export const elementwise: Builders = {
  Identity: unary((x) => x),
  Dropout: dropout,
  LeakyRelu: (node) => t.leakyRelu(node.tensor(0), node.float('alpha', 0.01)),
  PRelu: (node) => t.where(t.less(node.tensor(0), 0), t.mul(node.tensor(0), node.tensor(1)), node.tensor(0)),
  Elu: (node) => t.elu(node.tensor(0), node.float('alpha', 1)),
  Selu: selu,
  Gelu: gelu,
  Celu: (node) => {
    const [x, alpha] = [node.tensor(0), node.float('alpha', 1)]
    return t.mul(t.elu(t.div(x, alpha), 1), alpha)
  },
  HardSwish: (node) => t.mul(node.tensor(0), t.hardSigmoid(node.tensor(0), 1 / 6, 0.5)),
  Mish: (node) => t.mul(node.tensor(0), t.tanh(t.softplus(node.tensor(0)))),
  Swish: (node) => t.mul(node.tensor(0), t.sigmoid(t.mul(node.tensor(0), node.float('alpha', 1)))),
  ThresholdedRelu: (node) => t.where(t.greater(node.tensor(0), node.float('alpha', 1)), node.tensor(0), 0),
  Shrink: (node) => {
    const [x, lambd, bias] = [node.tensor(0), node.float('lambd', 0.5), node.float('bias', 0)]
    return t.where(t.less(x, -lambd), t.add(x, bias), t.where(t.greater(x, lambd), t.sub(x, bias), 0))
  },
  HardSigmoid: (node) => t.hardSigmoid(node.tensor(0), node.float('alpha', 0.2), node.float('beta', 0.5)),
  Clip: clip,
  IsInf: isInfinite,
  CastLike: (node) => t.cast(node.tensor(0), node.tensor(1).dtype),
  Cast: (node) => t.cast(node.tensor(0), node.dataType('to', 'float32')),
  Mod: modulo,
  Pow: power,
  Min: variadic(t.min),
  Max: variadic(t.max),
  Sum: variadic(t.add),
  Mean: (node) =>
    t.div(
      node.tensors().reduce((a, b) => t.add(a, b)),
      node.inputs.length,
    ),
}
