import { map } from '../evaluate/array.ts'
import { erf as erfOf, selu as seluOf, softplus as softplusOf } from '../evaluate/special-functions.ts'
import { roundHalfToEven } from '../expression/float16.ts'
import { Node, type Tensor } from '../expression/tensor.ts'
import type { DataType } from '../expression/value.ts'
import { type Applying, apply, applying, type OperatorOf, operator } from './operator.ts'
import { bit, bools, numbers, type OneOperand, type UnaryFunction, unary, unaryEntry } from './pointwise.ts'
import type { OperatorAttributes } from './signatures.ts'

/** A function of a tensor and settings. */
const withSettings = <K extends OneOperand, Settings extends readonly unknown[]>(
  entry: OperatorOf<K>,
  attributes: (...settings: Settings) => OperatorAttributes[K],
): Applying<K, (x: Tensor, ...settings: Settings) => Tensor> =>
  applying(entry, (x: Tensor, ...settings: Settings) => new Node(entry, [x], attributes(...settings)).output)

/** -x. */
export const neg: UnaryFunction<'Neg'> = /* @__PURE__ */ unary('Neg', (x) => -x, { accepts: numbers })
/** |x|; derivative 0 at 0. */
export const abs: UnaryFunction<'Abs'> = /* @__PURE__ */ unary('Abs', Math.abs, { accepts: numbers, domain: [0.1, 2] })
/** e^x. */
export const exp: UnaryFunction<'Exp'> = /* @__PURE__ */ unary('Exp', Math.exp)
/** Natural logarithm. */
export const log: UnaryFunction<'Log'> = /* @__PURE__ */ unary('Log', Math.log, { domain: [0.2, 2] })
/** Square root; the derivative at 0 is infinite. */
export const sqrt: UnaryFunction<'Sqrt'> = /* @__PURE__ */ unary('Sqrt', Math.sqrt, { domain: [0.2, 2] })
/** 1 / x. */
export const reciprocal: UnaryFunction<'Reciprocal'> = /* @__PURE__ */ unary('Reciprocal', (x) => 1 / x, { domain: [0.3, 2] })
/** Sine; radians. */
export const sin: UnaryFunction<'Sin'> = /* @__PURE__ */ unary('Sin', Math.sin)
/** Cosine; radians. */
export const cos: UnaryFunction<'Cos'> = /* @__PURE__ */ unary('Cos', Math.cos)
/** Tangent; radians. */
export const tan: UnaryFunction<'Tan'> = /* @__PURE__ */ unary('Tan', Math.tan, { domain: [-1, 1] })
/** Inverse sine, in radians. */
export const asin: UnaryFunction<'Asin'> = /* @__PURE__ */ unary('Asin', Math.asin, { domain: [-0.8, 0.8] })
/** Inverse cosine, in radians. */
export const acos: UnaryFunction<'Acos'> = /* @__PURE__ */ unary('Acos', Math.acos, { domain: [-0.8, 0.8] })
/** Inverse tangent, in radians. */
export const atan: UnaryFunction<'Atan'> = /* @__PURE__ */ unary('Atan', Math.atan)
/** Hyperbolic sine. */
export const sinh: UnaryFunction<'Sinh'> = /* @__PURE__ */ unary('Sinh', Math.sinh)
/** Hyperbolic cosine. */
export const cosh: UnaryFunction<'Cosh'> = /* @__PURE__ */ unary('Cosh', Math.cosh)
/** Inverse hyperbolic sine. */
export const asinh: UnaryFunction<'Asinh'> = /* @__PURE__ */ unary('Asinh', Math.asinh)
/** Inverse hyperbolic cosine. */
export const acosh: UnaryFunction<'Acosh'> = /* @__PURE__ */ unary('Acosh', Math.acosh, { domain: [1.2, 3] })
/** Inverse hyperbolic tangent. */
export const atanh: UnaryFunction<'Atanh'> = /* @__PURE__ */ unary('Atanh', Math.atanh, { domain: [-0.8, 0.8] })
/** Hyperbolic tangent. */
export const tanh: UnaryFunction<'Tanh'> = /* @__PURE__ */ unary('Tanh', Math.tanh)
/** 1 / (1 + e^-x). */
export const sigmoid: UnaryFunction<'Sigmoid'> = /* @__PURE__ */ unary('Sigmoid', (x) => 1 / (1 + Math.exp(-x)))
/** log(1 + e^x). */
export const softplus: UnaryFunction<'Softplus'> = /* @__PURE__ */ unary('Softplus', softplusOf)
/** x / (1 + |x|). */
export const softsign: UnaryFunction<'Softsign'> = /* @__PURE__ */ unary('Softsign', (x) => x / (1 + Math.abs(x)))
/** max(x, 0); derivative 0 at 0. */
export const relu: UnaryFunction<'Relu'> = /* @__PURE__ */ unary('Relu', (x) => Math.max(x, 0))
/** The error function. */
export const erf: UnaryFunction<'Erf'> = /* @__PURE__ */ unary('Erf', erfOf, { domain: [-4, 4] })
/** Largest integer not above x; derivative 0. */
export const floor: UnaryFunction<'Floor'> = /* @__PURE__ */ unary('Floor', Math.floor)
/** Smallest integer not below x; derivative 0. */
export const ceil: UnaryFunction<'Ceil'> = /* @__PURE__ */ unary('Ceil', Math.ceil)
/** Nearest integer, halves to even; derivative 0. */
export const round: UnaryFunction<'Round'> = /* @__PURE__ */ unary('Round', roundHalfToEven)
/** -1, 0 or 1; NaN for NaN; derivative 0. */
export const sign: UnaryFunction<'Sign'> = /* @__PURE__ */ unary('Sign', Math.sign, { accepts: numbers })
/** Whether it is not a number. @returns bool. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the operator's name in ONNX.
export const isNaN: UnaryFunction<'IsNaN'> = /* @__PURE__ */ unary('IsNaN', (x) => bit(Number.isNaN(x)), { result: 'bool' })
/** Whether it is plus or minus infinity. @returns bool. */
export const isInf: UnaryFunction<'IsInf'> = /* @__PURE__ */ unary('IsInf', (x) => bit(Math.abs(x) === Infinity), { result: 'bool' })
/** The other truth value. @see ONNX Not. */
export const not: UnaryFunction<'Not'> = /* @__PURE__ */ unary('Not', (x) => 1 - x, { accepts: bools })
/** scale * (x > 0 ? x : alpha (e^x - 1)), alpha 1.67326..., scale 1.05070.... @see Klambauer et al. 2017. */
export const selu: UnaryFunction<'Selu'> = /* @__PURE__ */ unary('Selu', seluOf)

/** x > 0 ? x : alpha x; derivative alpha at 0. */
export const leakyRelu: Applying<'LeakyRelu', (x: Tensor, alpha?: number) => Tensor> = /* @__PURE__ */ withSettings(
  /* @__PURE__ */ unaryEntry('LeakyRelu', (x, { alpha }) => (x > 0 ? x : alpha * x)),
  (alpha = 0.01) => ({ alpha }),
)
/** x > 0 ? x : alpha (e^x - 1). */
export const elu: Applying<'Elu', (x: Tensor, alpha?: number) => Tensor> = /* @__PURE__ */ withSettings(
  /* @__PURE__ */ unaryEntry('Elu', (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x))),
  (alpha = 1) => ({ alpha }),
)
/** max(0, min(1, alpha x + beta)); derivative 0 at both ends. */
export const hardSigmoid: Applying<'HardSigmoid', (x: Tensor, alpha?: number, beta?: number) => Tensor> = /* @__PURE__ */ withSettings(
  /* @__PURE__ */ unaryEntry('HardSigmoid', (x, { alpha, beta }) => Math.max(0, Math.min(1, alpha * x + beta))),
  (alpha = 0.2, beta = 0.5) => ({ alpha, beta }),
)
/** max(low, min(high, x)); the derivative is 1 on both bounds. */
export const clip: Applying<'Clip', (x: Tensor, low?: number, high?: number) => Tensor> = /* @__PURE__ */ withSettings(
  /* @__PURE__ */ unaryEntry('Clip', (x, { min, max }) => Math.max(min, Math.min(max, x))),
  (min = -Infinity, max = Infinity) => ({ min, max }),
)

const castTo = (to: DataType): ((x: number) => number) => {
  if (to === 'bool') return (x) => bit(x !== 0)
  return to === 'int32' || to === 'int64' ? Math.trunc : (x) => x
}

const castEntry: OperatorOf<'Cast'> = /* @__PURE__ */ operator('Cast', {
  traits: ['pointwise'],
  infer: ([x], { to }) => [{ dtype: to, shape: x.shape }],
  reference: ([x], { attributes: { to } }) => map(x, castTo(to), to),
})
/** The same numbers in another type; floats truncate towards zero to integers, bool is 0 or 1. */
export const cast: Applying<'Cast', (x: Tensor, to: DataType) => Tensor> = /* @__PURE__ */ applying(castEntry, (x: Tensor, to: DataType) =>
  x.dtype === to ? x : apply(castEntry, [x], { to }),
)

const identityEntry: OperatorOf<'Identity'> = /* @__PURE__ */ operator('Identity', {
  traits: ['plain', 'pointwise'],
  infer: ([x]) => [x],
  reference: ([x]) => x,
})
/** The same values, with a derivative of 0: `differentiate` does not look behind it. */
export const stopGradient: UnaryFunction<'Identity'> = /* @__PURE__ */ applying(identityEntry, (x: Tensor) => apply(identityEntry, [x], {}))

/** 1 where x > 0, 0 where x <= 0, NaN where x is NaN; its derivative is 0. */
export function step(x: Tensor): Tensor {
  return relu(sign(x))
}
