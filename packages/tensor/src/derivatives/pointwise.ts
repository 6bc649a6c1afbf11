import { SELU } from '../evaluate/special-functions.ts'
import type { Tensor } from '../expression/tensor.ts'
import { isFloat } from '../expression/value.ts'
import { add, and, div, equal, greater, greaterOrEqual, less, lessOrEqual, mul, pow, sub, where } from '../operators/binary.ts'
import { asTensor, constantNumber } from '../operators/constant.ts'
import type { BinaryName, UnaryName } from '../operators/pointwise.ts'
import { nodeOf, type OperatorAttributes, type OperatorName, type Signatures } from '../operators/signatures.ts'
import { abs, cast, cos, cosh, exp, log, neg, sigmoid, sign, sin, sinh, sqrt, step } from '../operators/unary.ts'
import type { Derivative, PiecewiseConstant } from './rule.ts'
import { sumTo } from './sum-to.ts'

type OneOperand = { [K in OperatorName]: Signatures[K]['inputs'] extends readonly [Tensor] ? K : never }[OperatorName]

/** f(g, x, y): the gradient of x from that of y = f(x). */
const unary =
  <K extends OneOperand>(rule: (g: Tensor, x: Tensor, y: Tensor, attributes: OperatorAttributes[K]) => Tensor): Derivative<K> =>
  ({ inputs, output, attributes }, g) => [() => rule(g, (inputs as readonly [Tensor])[0], output, attributes)]

type BinaryRule = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor

/** The gradients of a and b, each summed over the axes along which it was broadcast. */
const binary =
  (ofA: BinaryRule, ofB: BinaryRule): Derivative<BinaryName | 'Mod'> =>
  ({ inputs: [a, b], output }, g) => [() => sumTo(ofA(g, a, b, output), a.shape), () => sumTo(ofB(g, a, b, output), b.shape)]

const squareOf = (x: Tensor): Tensor => mul(x, x)

/** Ties share the gradient equally. */
const share =
  (before: (a: Tensor, b: Tensor) => Tensor): BinaryRule =>
  (g, a, b) =>
    mul(g, add(cast(before(a, b), g.dtype), mul(0.5, cast(equal(a, b), g.dtype))))

const constantLike = (value: number, x: Tensor): Tensor => asTensor(value, x.dtype)

/** Derivatives of operators of one operand. Those that are piecewise constant have none. */
export const unaryDerivatives: {
  readonly [K in Exclude<UnaryName, PiecewiseConstant> | 'LeakyRelu' | 'Elu' | 'HardSigmoid' | 'Clip' | 'Cast']: Derivative<K>
} = {
  Neg: unary((g) => neg(g)),
  Abs: unary((g, x) => mul(g, sign(x))),
  Exp: unary((g, _, y) => mul(g, y)),
  Log: unary((g, x) => div(g, x)),
  Sqrt: unary((g, _, y) => div(mul(g, 0.5), y)),
  Reciprocal: unary((g, _, y) => neg(mul(g, squareOf(y)))),
  Sin: unary((g, x) => mul(g, cos(x))),
  Cos: unary((g, x) => neg(mul(g, sin(x)))),
  Tan: unary((g, _, y) => mul(g, add(1, squareOf(y)))),
  Asin: unary((g, x) => div(g, sqrt(sub(1, squareOf(x))))),
  Acos: unary((g, x) => neg(div(g, sqrt(sub(1, squareOf(x)))))),
  Atan: unary((g, x) => div(g, add(1, squareOf(x)))),
  Sinh: unary((g, x) => mul(g, cosh(x))),
  Cosh: unary((g, x) => mul(g, sinh(x))),
  Asinh: unary((g, x) => div(g, sqrt(add(squareOf(x), 1)))),
  Acosh: unary((g, x) => div(g, sqrt(sub(squareOf(x), 1)))),
  Atanh: unary((g, x) => div(g, sub(1, squareOf(x)))),
  Tanh: unary((g, _, y) => mul(g, sub(1, squareOf(y)))),
  Sigmoid: unary((g, _, y) => mul(g, mul(y, sub(1, y)))),
  Softplus: unary((g, x) => mul(g, sigmoid(x))),
  Softsign: unary((g, x) => div(g, squareOf(add(1, abs(x))))),
  Relu: unary((g, _, y) => mul(g, step(y))),
  LeakyRelu: unary<'LeakyRelu'>((g, x, _, { alpha }) => mul(g, add(alpha, mul(1 - alpha, step(x))))),
  Elu: unary<'Elu'>((g, x, y, { alpha }) => mul(g, where(greater(x, 0), constantLike(1, x), add(y, alpha)))),
  Selu: unary((g, x, y) => mul(g, where(greater(x, 0), constantLike(SELU.scale, x), add(y, SELU.scale * SELU.alpha)))),
  HardSigmoid: unary<'HardSigmoid'>((g, _, y, { alpha }) => mul(g, mul(alpha, cast(and(greater(y, 0), less(y, 1)), g.dtype)))),
  Clip: unary<'Clip'>((g, x, _, { min, max }) => mul(g, cast(and(greaterOrEqual(x, min), lessOrEqual(x, max)), g.dtype))),
  Erf: unary((g, x) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(squareOf(x)))))),
  Cast: ({ inputs: [x], attributes: { to } }, g) => [isFloat(to) && isFloat(x.dtype) ? () => cast(g, x.dtype) : undefined],
}

function powDerivative(g: Tensor, a: Tensor, b: Tensor): Tensor {
  const exponent = constantNumber(b)
  if (exponent === 2) return mul(mul(2, g), a)
  return mul(g, mul(b, pow(a, exponent === undefined ? sub(b, 1) : exponent - 1)))
}

const productDerivative: Derivative<'Mul'> = binary(
  (g, _, b) => mul(g, b),
  (g, a) => mul(g, a),
)

/** y = x s, s = sigmoid(x): as the gradient g (s + y (1 - s)) of x alone it takes two products, and four by way of s. */
const siluGradient =
  (g: Tensor, s: Tensor, y: Tensor): (() => Tensor) =>
  () =>
    mul(g, add(s, mul(y, sub(1, s))))

const isSigmoidOf = (s: Tensor, x: Tensor): boolean => nodeOf(s, 'Sigmoid')?.inputs[0] === x

/** Derivatives of operators of several operands. */
export const binaryDerivatives: { readonly [K in Exclude<BinaryName, PiecewiseConstant> | 'Mod' | 'Where']: Derivative<K> } = {
  Add: binary(
    (g) => g,
    (g) => g,
  ),
  Sub: binary(
    (g) => g,
    (g, _, b) => neg(sumTo(g, b.shape)),
  ),
  Mul: (context, g) => {
    const {
      inputs: [a, b],
      output,
      asked,
    } = context
    if (isSigmoidOf(b, a) && !asked.has(b)) return [siluGradient(g, b, output), undefined]
    if (isSigmoidOf(a, b) && !asked.has(a)) return [undefined, siluGradient(g, a, output)]
    // The factor 2 meets g where that is small, as under a mean; two equal products would be added at the size of a.
    return a === b ? [() => mul(mul(2, g), a)] : productDerivative(context, g)
  },
  Div: binary(
    (g, _, b) => div(g, b),
    (g, _, b, y) => neg(div(mul(g, y), b)),
  ),
  Mod: binary(
    (g) => g,
    (g, a, b, y) => neg(mul(g, div(sub(a, y), b))),
  ),
  Pow: binary(powDerivative, (g, a, _, y) => mul(g, mul(y, log(where(greater(a, 0), a, 1))))),
  Max: binary(share(greater), share(less)),
  Min: binary(share(less), share(greater)),
  Where: ({ inputs: [condition, a, b] }, g) => [
    undefined,
    () => sumTo(where(condition, g, 0), a.shape),
    () => sumTo(where(condition, 0, g), b.shape),
  ],
}
