import { asTensor, constantNumber, type TensorLike } from './constant.ts'
import { type Dimension, printShape, sameDimension } from './dimension.ts'
import { ShapeError, TypeMismatchError } from './errors.ts'
import type { OperatorAttributes, OperatorName } from './operators.ts'
import { reduceSum } from './reduce.ts'
import { squeeze } from './shape.ts'
import { apply, type Operator, Tensor } from './tensor.ts'
import type { DataType } from './value.ts'

/** Whether the type is a floating-point type. */
export const isFloat = (dtype: DataType): boolean => dtype === 'float32' || dtype === 'float16'

/**
 * The shape that two shapes broadcast to: aligned at the last axis, a size of 1 stretches.
 *
 * @throws ShapeError if two sizes differ and neither is 1. Symbols are equal only to themselves.
 */
export function broadcastShapes(where: string, a: readonly Dimension[], b: readonly Dimension[]): Dimension[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1
    const q = b[i - rank + b.length] ?? 1
    if (sameDimension(p, q) || q === 1) return p
    if (p === 1) return q
    const remedy = `Axis ${i - rank} is ${p} and ${q}.`
    throw new ShapeError(where, 'shapes that broadcast (equal sizes, or 1)', `${printShape(a)} and ${printShape(b)}`, remedy)
  })
}

/** Sums a gradient over the axes along which `shape` was broadcast. */
export function sumTo(g: Tensor, shape: readonly Dimension[]): Tensor {
  const extra = g.rank - shape.length
  const axes = g.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []))
  if (axes.length === 0) return g
  const summed = reduceSum(g, { axis: axes, keepDims: true })
  return extra > 0
    ? squeeze(
        summed,
        Array.from({ length: extra }, (_, i) => i),
      )
    : summed
}

type Name<A> = { [K in OperatorName]: OperatorAttributes[K] extends A ? K : never }[OperatorName]
type Plain = Name<Readonly<Record<never, never>>>
type Unary = (x: Tensor) => Tensor
type Binary = (a: TensorLike, b: TensorLike) => Tensor

const demand = (where: string, x: Tensor, fits: (dtype: DataType) => boolean, expected: string): void => {
  if (!fits(x.dtype)) throw new TypeMismatchError(where, expected, x.dtype, `Use cast(x, ...) if that is meant.`)
}
const isNumeric = (dtype: DataType): boolean => dtype !== 'bool'
const isBool = (dtype: DataType): boolean => dtype === 'bool'

function unaryOperator<K extends OperatorName>(
  name: K,
  derivative?: (g: Tensor, x: Tensor, y: Tensor, attributes: OperatorAttributes[K]) => Tensor,
  fits: (dtype: DataType) => boolean = isFloat,
  result?: DataType,
): Operator<K> {
  const operator: Operator<K> = {
    name,
    infer: (inputs) => {
      const x = inputs[0] as Tensor
      demand(name, x, fits, fits === isFloat ? 'a floating-point tensor' : fits === isBool ? 'a bool tensor' : 'a numeric tensor')
      return [{ dtype: result ?? x.dtype, shape: x.shape }]
    },
  }
  if (derivative === undefined) return operator
  return {
    ...operator,
    derivative: ({ inputs, outputs, attributes, gradients }) => [
      () => derivative(gradients[0] as Tensor, inputs[0] as Tensor, outputs[0] as Tensor, attributes),
    ],
  }
}

function unary(
  name: Plain,
  derivative?: (g: Tensor, x: Tensor, y: Tensor) => Tensor,
  fits?: (dtype: DataType) => boolean,
  result?: DataType,
): Unary {
  const operator = unaryOperator(name, derivative, fits, result)
  return (x) => apply(operator, [x], {})
}

type BinaryRule = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor

function binaryOperator<K extends OperatorName>(
  name: K,
  rules: readonly [BinaryRule, BinaryRule] | undefined,
  fits: (dtype: DataType) => boolean,
  result?: DataType,
): Operator<K> {
  const operator: Operator<K> = {
    name,
    infer: (inputs) => {
      const [a, b] = inputs as [Tensor, Tensor]
      demand(name, a, fits, fits === isBool ? 'bool tensors' : 'numeric tensors')
      if (a.dtype !== b.dtype)
        throw new TypeMismatchError(name, 'two tensors of one type', `${a.dtype} and ${b.dtype}`, 'Use cast(x, ...).')
      return [{ dtype: result ?? a.dtype, shape: broadcastShapes(name, a.shape, b.shape) }]
    },
  }
  if (rules === undefined) return operator
  return {
    ...operator,
    derivative: ({ inputs, outputs, gradients }) => {
      const [a, b] = inputs as [Tensor, Tensor]
      return rules.map((rule, i) => () => sumTo(rule(gradients[0] as Tensor, a, b, outputs[0] as Tensor), (inputs[i] as Tensor).shape))
    },
  }
}

function binary(
  name: Plain,
  rules?: readonly [BinaryRule, BinaryRule],
  fits: (dtype: DataType) => boolean = isNumeric,
  result?: DataType,
): Binary {
  const operator = binaryOperator(name, rules, fits, result)
  return (a, b) => {
    const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : 'float32'
    return apply(operator, [asTensor(a, dtype), asTensor(b, dtype)], {})
  }
}

const anyType = (): boolean => true

/** a + b, broadcast. @see ONNX Add. */
export const add: Binary = /* @__PURE__ */ binary('Add', [(g) => g, (g) => g])
/** a - b, broadcast. @see ONNX Sub. */
export const sub: Binary = /* @__PURE__ */ binary('Sub', [(g) => g, (g, _, b) => neg(sumTo(g, b.shape))])
/** a b, elementwise, broadcast. @see ONNX Mul. */
export const mul: Binary = /* @__PURE__ */ binary('Mul', [(g, _, b) => mul(g, b), (g, a) => mul(g, a)])
/** a / b, broadcast; integers truncate towards zero. @see ONNX Div. */
export const div: Binary = /* @__PURE__ */ binary('Div', [(g, _, b) => div(g, b), (g, _, b, y) => neg(div(mul(g, y), b))])
const powBinary: Binary = /* @__PURE__ */ binary('Pow', [
  (g, a, b) => {
    const exponent = constantNumber(b)
    if (exponent === 2) return mul(mul(2, g), a)
    return mul(g, mul(b, powBinary(a, exponent === undefined ? sub(b, 1) : exponent - 1)))
  },
  (g, a, _, y) => mul(g, mul(y, log(where(greater(a, 0), a, 1)))),
])
/** a to the power b; the derivative in b is taken as 0 where a <= 0. @see ONNX Pow. */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return powBinary(a, b)
}

const share =
  (before: Binary): BinaryRule =>
  (g, a, b) =>
    mul(g, add(cast(before(a, b), g.dtype), mul(0.5, cast(equal(a, b), g.dtype))))
/** The larger of the two, elementwise. Ties share the gradient equally. @see ONNX Max. */
export const max: Binary = /* @__PURE__ */ binary('Max', [
  (g, a, b, y) => share(greater)(g, a, b, y),
  (g, a, b, y) => share(less)(g, a, b, y),
])
/** The smaller of the two, elementwise. Ties share the gradient equally. @see ONNX Min. */
export const min: Binary = /* @__PURE__ */ binary('Min', [
  (g, a, b, y) => share(less)(g, a, b, y),
  (g, a, b, y) => share(greater)(g, a, b, y),
])

/** a = b. @returns bool. @see ONNX Equal. */
export const equal: Binary = /* @__PURE__ */ binary('Equal', undefined, anyType, 'bool')
/** a < b. @returns bool. @see ONNX Less. */
export const less: Binary = /* @__PURE__ */ binary('Less', undefined, isNumeric, 'bool')
/** a <= b. @returns bool. @see ONNX LessOrEqual. */
export const lessOrEqual: Binary = /* @__PURE__ */ binary('LessOrEqual', undefined, isNumeric, 'bool')
/** a > b. @returns bool. @see ONNX Greater. */
export const greater: Binary = /* @__PURE__ */ binary('Greater', undefined, isNumeric, 'bool')
/** a >= b. @returns bool. @see ONNX GreaterOrEqual. */
export const greaterOrEqual: Binary = /* @__PURE__ */ binary('GreaterOrEqual', undefined, isNumeric, 'bool')
/** Both. @see ONNX And. */
export const and: Binary = /* @__PURE__ */ binary('And', undefined, isBool)
/** Either or both. @see ONNX Or. */
export const or: Binary = /* @__PURE__ */ binary('Or', undefined, isBool)
/** Exactly one. @see ONNX Xor. */
export const xor: Binary = /* @__PURE__ */ binary('Xor', undefined, isBool)
/** The other truth value. @see ONNX Not. */
export const not: Unary = /* @__PURE__ */ unary('Not', undefined, isBool)

const modOperator: Operator<'Mod'> = /* @__PURE__ */ binaryOperator(
  'Mod',
  [(g) => g, (g, a, b, y) => neg(mul(g, div(sub(a, y), b)))],
  isNumeric,
)
/**
 * The remainder of a / b. Integers: with the divisor's sign; floats: with the dividend's (C's fmod).
 *
 * @see ONNX Mod (fmod = 1 for floats).
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : 'float32'
  return apply(modOperator, [asTensor(a, dtype), asTensor(b, dtype)], { truncated: isFloat(dtype) })
}

/** -x. */
export const neg: Unary = /* @__PURE__ */ unary('Neg', (g) => neg(g), isNumeric)
/** |x|; derivative 0 at 0. */
export const abs: Unary = /* @__PURE__ */ unary('Abs', (g, x) => mul(g, sign(x)), isNumeric)
/** e^x. */
export const exp: Unary = /* @__PURE__ */ unary('Exp', (g, _, y) => mul(g, y))
/** Natural logarithm. */
export const log: Unary = /* @__PURE__ */ unary('Log', (g, x) => div(g, x))
/** Square root; the derivative at 0 is infinite. */
export const sqrt: Unary = /* @__PURE__ */ unary('Sqrt', (g, _, y) => div(mul(g, 0.5), y))
/** 1 / x. */
export const reciprocal: Unary = /* @__PURE__ */ unary('Reciprocal', (g, _, y) => neg(mul(g, mul(y, y))))
/** Sine; radians. */
export const sin: Unary = /* @__PURE__ */ unary('Sin', (g, x) => mul(g, cos(x)))
/** Cosine; radians. */
export const cos: Unary = /* @__PURE__ */ unary('Cos', (g, x) => neg(mul(g, sin(x))))
/** Tangent; radians. */
export const tan: Unary = /* @__PURE__ */ unary('Tan', (g, _, y) => mul(g, add(1, mul(y, y))))
/** Inverse sine, in radians. */
export const asin: Unary = /* @__PURE__ */ unary('Asin', (g, x) => div(g, sqrt(sub(1, mul(x, x)))))
/** Inverse cosine, in radians. */
export const acos: Unary = /* @__PURE__ */ unary('Acos', (g, x) => neg(div(g, sqrt(sub(1, mul(x, x))))))
/** Inverse tangent, in radians. */
export const atan: Unary = /* @__PURE__ */ unary('Atan', (g, x) => div(g, add(1, mul(x, x))))
/** Hyperbolic sine. */
export const sinh: Unary = /* @__PURE__ */ unary('Sinh', (g, x) => mul(g, cosh(x)))
/** Hyperbolic cosine. */
export const cosh: Unary = /* @__PURE__ */ unary('Cosh', (g, x) => mul(g, sinh(x)))
/** Inverse hyperbolic sine. */
export const asinh: Unary = /* @__PURE__ */ unary('Asinh', (g, x) => div(g, sqrt(add(mul(x, x), 1))))
/** Inverse hyperbolic cosine. */
export const acosh: Unary = /* @__PURE__ */ unary('Acosh', (g, x) => div(g, sqrt(sub(mul(x, x), 1))))
/** Inverse hyperbolic tangent. */
export const atanh: Unary = /* @__PURE__ */ unary('Atanh', (g, x) => div(g, sub(1, mul(x, x))))
/** Hyperbolic tangent. */
export const tanh: Unary = /* @__PURE__ */ unary('Tanh', (g, _, y) => mul(g, sub(1, mul(y, y))))
/** 1 / (1 + e^-x). */
export const sigmoid: Unary = /* @__PURE__ */ unary('Sigmoid', (g, _, y) => mul(g, mul(y, sub(1, y))))
/** log(1 + e^x). */
export const softplus: Unary = /* @__PURE__ */ unary('Softplus', (g, x) => mul(g, sigmoid(x)))
/** x / (1 + |x|). */
export const softsign: Unary = /* @__PURE__ */ unary('Softsign', (g, x) => {
  const d = add(1, abs(x))
  return div(g, mul(d, d))
})
/** max(x, 0); derivative 0 at 0. */
export const relu: Unary = /* @__PURE__ */ unary('Relu', (g, _, y) => mul(g, step(y)))
/** The error function. */
export const erf: Unary = /* @__PURE__ */ unary('Erf', (g, x) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))))
/** Largest integer not above x; derivative 0. */
export const floor: Unary = /* @__PURE__ */ unary('Floor')
/** Smallest integer not below x; derivative 0. */
export const ceil: Unary = /* @__PURE__ */ unary('Ceil')
/** Nearest integer, halves to even; derivative 0. */
export const round: Unary = /* @__PURE__ */ unary('Round')
/** -1, 0 or 1; derivative 0. */
export const sign: Unary = /* @__PURE__ */ unary('Sign', undefined, isNumeric)
/** Whether it is not a number. @returns bool. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the operator's name in ONNX.
export const isNaN: Unary = /* @__PURE__ */ unary('IsNaN', undefined, isFloat, 'bool')
/** Whether it is plus or minus infinity. @returns bool. */
export const isInf: Unary = /* @__PURE__ */ unary('IsInf', undefined, isFloat, 'bool')

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805
/** scale * (x > 0 ? x : alpha (e^x - 1)), alpha 1.67326..., scale 1.05070.... @see Klambauer et al. 2017. */
export const selu: Unary = /* @__PURE__ */ unary('Selu', (g, x, y) =>
  mul(g, where(greater(x, 0), constantLike(SELU_SCALE, x), add(y, SELU_SCALE * SELU_ALPHA))),
)

const constantLike = (value: number, x: Tensor): Tensor => asTensor(value, x.dtype)

const leakyReluOperator: Operator<'LeakyRelu'> = /* @__PURE__ */ unaryOperator('LeakyRelu', (g, x, _, { alpha }) =>
  mul(g, add(alpha, mul(1 - alpha, step(x)))),
)
/** x > 0 ? x : alpha x; derivative alpha at 0. */
export function leakyRelu(x: Tensor, alpha = 0.01): Tensor {
  return apply(leakyReluOperator, [x], { alpha })
}

const eluOperator: Operator<'Elu'> = /* @__PURE__ */ unaryOperator('Elu', (g, x, y, { alpha }) =>
  mul(g, where(greater(x, 0), constantLike(1, x), add(y, alpha))),
)
/** x > 0 ? x : alpha (e^x - 1). */
export function elu(x: Tensor, alpha = 1): Tensor {
  return apply(eluOperator, [x], { alpha })
}

const hardSigmoidOperator: Operator<'HardSigmoid'> = /* @__PURE__ */ unaryOperator('HardSigmoid', (g, _, y, { alpha }) =>
  mul(g, mul(alpha, cast(and(greater(y, 0), less(y, 1)), g.dtype))),
)
/** max(0, min(1, alpha x + beta)); derivative 0 at both ends. */
export function hardSigmoid(x: Tensor, alpha = 0.2, beta = 0.5): Tensor {
  return apply(hardSigmoidOperator, [x], { alpha, beta })
}

/**
 * 1 where x > 0, else 0, as numbers; its derivative is taken as 0.
 *
 * Written as a hard sigmoid of huge slope, which ONNX Runtime vectorizes (a comparison and a cast cost 1.4 times as much there).
 * Exact for x <= 0 and x >= 3e-38; NaN stays NaN.
 */
export function step(x: Tensor): Tensor {
  return stopGradient(hardSigmoid(x, 3e38, 0))
}

const clipOperator: Operator<'Clip'> = /* @__PURE__ */ unaryOperator('Clip', (g, x, _, { min: low, max: high }) =>
  mul(g, cast(and(greaterOrEqual(x, low), lessOrEqual(x, high)), g.dtype)),
)
/** max(low, min(high, x)); the derivative is 1 on both bounds. */
export function clip(x: Tensor, low: number = -Infinity, high: number = Infinity): Tensor {
  return apply(clipOperator, [x], { min: low, max: high })
}

const castOperator: Operator<'Cast'> = {
  name: 'Cast',
  infer: ([x], { to }) => [{ dtype: to, shape: (x as Tensor).shape }],
  derivative: ({ inputs: [x], attributes: { to }, gradients: [g] }) => [
    isFloat(to) && isFloat((x as Tensor).dtype) ? () => cast(g as Tensor, (x as Tensor).dtype) : undefined,
  ],
}
/** The same numbers in another type; floats truncate towards zero to integers, bool is 0 or 1. */
export function cast(x: Tensor, to: DataType): Tensor {
  return x.dtype === to ? x : apply(castOperator, [x], { to })
}

const whereOperator: Operator<'Where'> = {
  name: 'Where',
  infer: (inputs) => {
    const [condition, a, b] = inputs as [Tensor, Tensor, Tensor]
    demand('Where', condition, isBool, 'a bool condition')
    if (a.dtype !== b.dtype)
      throw new TypeMismatchError('Where', 'two branches of one type', `${a.dtype} and ${b.dtype}`, 'Use cast(x, ...).')
    return [{ dtype: a.dtype, shape: broadcastShapes('Where', condition.shape, broadcastShapes('Where', a.shape, b.shape)) }]
  },
  derivative: ({ inputs, gradients }) => {
    const [condition, a, b] = inputs as [Tensor, Tensor, Tensor]
    const g = gradients[0] as Tensor
    return [undefined, () => sumTo(where(condition, g, 0), a.shape), () => sumTo(where(condition, 0, g), b.shape)]
  },
}
/** condition ? a : b, elementwise, broadcast. The branch not taken gets no gradient, but its own NaN or infinite slope times 0 is NaN. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : 'float32'
  return apply(whereOperator, [condition, asTensor(a, dtype), asTensor(b, dtype)], {})
}

const identityOperator: Operator<'Identity'> = { name: 'Identity', infer: ([x]) => [x as Tensor] }
/** The same values, with a derivative of 0: `differentiate` does not look behind it. */
export function stopGradient(x: Tensor): Tensor {
  return apply(identityOperator, [x], {})
}
