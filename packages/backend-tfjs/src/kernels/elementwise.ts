import type { KernelContext, Kernels } from '../kernel.ts'
import { inOneShape, integer } from '../kernel.ts'
import { cast, clip, cosine, sign, sine } from '../quirks.ts'
import { type TensorFlow, type TfTensor, tfType } from '../values.ts'
import { where } from './where.ts'

type Context = KernelContext<'Identity'>

const unary =
  (f: (tf: TensorFlow, x: TfTensor) => TfTensor) =>
  ([x]: readonly TfTensor[], { tf }: Pick<Context, 'tf'>): TfTensor =>
    f(tf, x as TfTensor)

const binary =
  (f: (tf: TensorFlow, a: TfTensor, b: TfTensor) => TfTensor) =>
  ([a, b]: readonly TfTensor[], { tf }: Pick<Context, 'tf'>): TfTensor =>
    f(tf, a as TfTensor, b as TfTensor)

/** A function of operands that wasm stretches slowly. */
const together = (f: (tf: TensorFlow, a: TfTensor, b: TfTensor) => TfTensor): ReturnType<typeof binary> =>
  binary((tf, a, b) => inOneShape(tf, a, b, (x, y) => f(tf, x, y)))

/** Comparisons of bool are comparisons of 0 and 1. */
const comparison = (f: (tf: TensorFlow, a: TfTensor, b: TfTensor) => TfTensor): ReturnType<typeof binary> =>
  together((tf, a, b) => (a.dtype === 'bool' ? f(tf, tf.cast(a, 'int32'), tf.cast(b, 'int32')) : f(tf, a, b)))

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805

const elu = (tf: TensorFlow, x: TfTensor, alpha: number): TfTensor =>
  alpha === 1 ? tf.elu(x) : tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(tf.minimum(x, 0)), alpha))

/** Integers: towards zero, as ONNX has it; TensorFlow.js rounds down. */
function divide(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  if (a.dtype !== 'int32') return tf.div(a, b)
  const both = tf.mul(tf.cast(sign(tf, cast(tf, a, 'float32')), 'int32'), tf.cast(sign(tf, tf.cast(b, 'float32')), 'int32'))
  return tf.mul(both, tf.floorDiv(tf.maximum(a, tf.neg(a)), tf.maximum(b, tf.neg(b))))
}

/** Integers by the quotient, which is exact where a backend computes mod in float32. */
function remainder(tf: TensorFlow, a: TfTensor, b: TfTensor, truncated: boolean): TfTensor {
  if (a.dtype === 'int32') return tf.sub(a, tf.mul(truncated ? divide(tf, a, b) : tf.floorDiv(a, b), b))
  if (!truncated) return tf.mod(a, b)
  return tf.mul(sign(tf, a), tf.mod(tf.abs(a), tf.abs(b)))
}

function castTo(tf: TensorFlow, x: TfTensor, type: 'float32' | 'int32' | 'bool'): TfTensor {
  if (type === 'bool' && x.dtype !== 'bool') return tf.notEqual(x, tf.cast(tf.scalar(0), x.dtype))
  return x.dtype === type ? tf.clone(x) : cast(tf, x, type)
}

/** Kernels of the elementwise operators. */
export const elementwise: Kernels<
  | 'Identity'
  | 'Neg'
  | 'Abs'
  | 'Exp'
  | 'Log'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Sin'
  | 'Cos'
  | 'Tan'
  | 'Asin'
  | 'Acos'
  | 'Atan'
  | 'Sinh'
  | 'Cosh'
  | 'Asinh'
  | 'Acosh'
  | 'Atanh'
  | 'Tanh'
  | 'Sigmoid'
  | 'Softplus'
  | 'Softsign'
  | 'Relu'
  | 'LeakyRelu'
  | 'Elu'
  | 'Selu'
  | 'HardSigmoid'
  | 'Clip'
  | 'Erf'
  | 'Floor'
  | 'Ceil'
  | 'Round'
  | 'Sign'
  | 'IsNaN'
  | 'IsInf'
  | 'Not'
  | 'Cast'
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Mod'
  | 'Pow'
  | 'Min'
  | 'Max'
  | 'And'
  | 'Or'
  | 'Xor'
  | 'Equal'
  | 'Less'
  | 'LessOrEqual'
  | 'Greater'
  | 'GreaterOrEqual'
  | 'Where'
> = {
  Identity: unary((tf, x) => tf.clone(x)),
  Neg: unary((tf, x) => tf.neg(x)),
  Abs: unary((tf, x) => (x.dtype === 'int32' ? tf.maximum(x, tf.neg(x)) : tf.abs(x))),
  Exp: unary((tf, x) => tf.exp(x)),
  Log: unary((tf, x) => tf.log(x)),
  Sqrt: unary((tf, x) => tf.sqrt(x)),
  Reciprocal: unary((tf, x) => tf.div(1, x)),
  Sin: unary((tf, x) => sine(tf, x)),
  Cos: unary((tf, x) => cosine(tf, x)),
  Tan: unary((tf, x) => tf.tan(x)),
  Asin: unary((tf, x) => tf.asin(x)),
  Acos: unary((tf, x) => tf.acos(x)),
  Atan: unary((tf, x) => tf.atan(x)),
  Sinh: unary((tf, x) => tf.sinh(x)),
  Cosh: unary((tf, x) => tf.cosh(x)),
  Asinh: unary((tf, x) => tf.asinh(x)),
  Acosh: unary((tf, x) => tf.acosh(x)),
  Atanh: unary((tf, x) => tf.atanh(x)),
  Tanh: unary((tf, x) => tf.tanh(x)),
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Softplus: unary((tf, x) => tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))))),
  Softsign: unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Relu: unary((tf, x) => tf.relu(x)),
  LeakyRelu: ([x], { tf, attributes: { alpha } }) => tf.leakyRelu(x as TfTensor, alpha),
  Elu: ([x], { tf, attributes: { alpha } }) => elu(tf, x as TfTensor, alpha),
  Selu: unary((tf, x) => tf.mul(elu(tf, x, SELU_ALPHA), SELU_SCALE)),
  HardSigmoid: ([x], { tf, attributes: { alpha, beta } }) => clip(tf, tf.add(tf.mul(x as TfTensor, alpha), beta), 0, 1),
  Clip: ([x], { tf, attributes: { min, max }, node }) => {
    const type = tfType(node.outputs[0]?.dtype ?? 'float32')
    if (type === 'float32' && tf.getBackend() === 'wasm') return tf.clipByValue(x as TfTensor, min, max)
    const low = Number.isFinite(min) ? tf.maximum(x as TfTensor, tf.scalar(min, type)) : tf.clone(x as TfTensor)
    return Number.isFinite(max) ? tf.minimum(low, tf.scalar(max, type)) : low
  },
  Erf: unary((tf, x) => tf.erf(x)),
  Floor: unary((tf, x) => tf.floor(x)),
  Ceil: unary((tf, x) => tf.ceil(x)),
  Round: unary((tf, x) => tf.round(x)),
  Sign: unary((tf, x) => (x.dtype === 'int32' ? tf.cast(sign(tf, tf.cast(x, 'float32')), 'int32') : sign(tf, x))),
  IsNaN: unary((tf, x) => tf.notEqual(x, x)),
  IsInf: unary((tf, x) => tf.equal(tf.abs(x), Number.POSITIVE_INFINITY)),
  Not: unary((tf, x) => tf.logicalNot(x)),
  Cast: ([x], { tf, attributes: { to } }) => castTo(tf, x as TfTensor, tfType(to)),
  Add: binary((tf, a, b) => tf.add(a, b)),
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  Div: binary(divide),
  Mod: ([a, b], { tf, attributes: { truncated } }) => remainder(tf, a as TfTensor, b as TfTensor, truncated),
  Pow: together((tf, a, b) => tf.pow(a, b)),
  Min: together((tf, a, b) => tf.minimum(a, b)),
  Max: together((tf, a, b) => tf.maximum(a, b)),
  And: together((tf, a, b) => tf.logicalAnd(a, b)),
  Or: together((tf, a, b) => tf.logicalOr(a, b)),
  Xor: comparison((tf, a, b) => tf.notEqual(a, b)),
  Equal: comparison((tf, a, b) => tf.equal(a, b)),
  Less: comparison((tf, a, b) => tf.less(a, b)),
  LessOrEqual: comparison((tf, a, b) => tf.lessEqual(a, b)),
  Greater: comparison((tf, a, b) => tf.greater(a, b)),
  GreaterOrEqual: comparison((tf, a, b) => tf.greaterEqual(a, b)),
  Where: where,
}

/** Indices from 0: negative ones count from the end of an axis of that size. */
export function fromZero(tf: TensorFlow, indices: TfTensor, size: number): TfTensor {
  return tf.where(tf.less(indices, integer(tf, 0)), tf.add(indices, integer(tf, size)), indices)
}
