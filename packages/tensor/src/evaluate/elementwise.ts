import { type DataType, elementCount } from '../value.ts'
import { broadcastOffsets, broadcastShape, type Kernel, type Kernels, type NumberArray, newArray } from './array.ts'

const map =
  (f: (x: number) => number, result?: DataType) =>
  ([x]: readonly NumberArray[]): NumberArray => {
    const { dtype, shape, data } = x as NumberArray
    return { dtype: result ?? dtype, shape, data: data.map(f) }
  }

const zip =
  (f: (a: number, b: number, integer: boolean) => number, result?: DataType) =>
  ([a, b]: readonly NumberArray[]): NumberArray => {
    const [p, q] = [a as NumberArray, b as NumberArray]
    const y = newArray(result ?? p.dtype, broadcastShape(p.shape, q.shape))
    const [i, j] = [broadcastOffsets(p.shape, y.shape), broadcastOffsets(q.shape, y.shape)]
    const integer = p.dtype === 'int32' || p.dtype === 'int64'
    for (let k = 0; k < y.data.length; k++) y.data[k] = f(p.data[i[k] as number] as number, q.data[j[k] as number] as number, integer)
    return y
  }

const roundHalfToEven = (x: number): number => {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

/** The error function: its series below 2.5, a continued fraction of its complement above; relative error below 1e-14. */
function erf(x: number): number {
  if (Number.isNaN(x)) return x
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / ((a + fraction) * Math.sqrt(Math.PI)))
}

const castTo = (to: DataType): ((x: number) => number) => {
  if (to === 'bool') return (x) => (x !== 0 ? 1 : 0)
  return to === 'int32' || to === 'int64' ? Math.trunc : (x) => x
}

const where: Kernel<'Where'> = ([condition, a, b]) => {
  const [c, p, q] = [condition as NumberArray, a as NumberArray, b as NumberArray]
  const y = newArray(p.dtype, broadcastShape(c.shape, p.shape, q.shape))
  const [h, i, j] = [c, p, q].map((x) => broadcastOffsets(x.shape, y.shape)) as [Int32Array, Int32Array, Int32Array]
  for (let k = 0; k < elementCount(y.shape); k++) {
    y.data[k] = (c.data[h[k] as number] !== 0 ? p.data[i[k] as number] : q.data[j[k] as number]) as number
  }
  return y
}

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805
const bit = (truth: boolean): number => (truth ? 1 : 0)
const signedRemainder = (a: number, b: number): number => ((a % b) + b) % b

/** Kernels of elementwise.ts. */
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
  Identity: ([x]) => x as NumberArray,
  Neg: map((x) => -x),
  Abs: map(Math.abs),
  Exp: map(Math.exp),
  Log: map(Math.log),
  Sqrt: map(Math.sqrt),
  Reciprocal: map((x) => 1 / x),
  Sin: map(Math.sin),
  Cos: map(Math.cos),
  Tan: map(Math.tan),
  Asin: map(Math.asin),
  Acos: map(Math.acos),
  Atan: map(Math.atan),
  Sinh: map(Math.sinh),
  Cosh: map(Math.cosh),
  Asinh: map(Math.asinh),
  Acosh: map(Math.acosh),
  Atanh: map(Math.atanh),
  Tanh: map(Math.tanh),
  Sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
  Softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Softsign: map((x) => x / (1 + Math.abs(x))),
  Relu: map((x) => Math.max(x, 0)),
  LeakyRelu: (inputs, { attributes: { alpha } }) => map((x) => (x > 0 ? x : alpha * x))(inputs),
  Elu: (inputs, { attributes: { alpha } }) => map((x) => (x > 0 ? x : alpha * Math.expm1(x)))(inputs),
  Selu: map((x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x))),
  HardSigmoid: (inputs, { attributes: { alpha, beta } }) => map((x) => Math.max(0, Math.min(1, alpha * x + beta)))(inputs),
  Clip: (inputs, { attributes: { min, max } }) => map((x) => Math.max(min, Math.min(max, x)))(inputs),
  Erf: map(erf),
  Floor: map(Math.floor),
  Ceil: map(Math.ceil),
  Round: map(roundHalfToEven),
  Sign: map(Math.sign),
  IsNaN: map((x) => bit(Number.isNaN(x)), 'bool'),
  IsInf: map((x) => bit(Math.abs(x) === Infinity), 'bool'),
  Not: map((x) => 1 - x),
  Cast: (inputs, { attributes: { to } }) => map(castTo(to), to)(inputs),
  Add: zip((a, b) => a + b),
  Sub: zip((a, b) => a - b),
  Mul: zip((a, b) => a * b),
  Div: zip((a, b, integer) => (integer ? Math.trunc(a / b) : a / b)),
  Mod: (inputs, { attributes: { truncated } }) => zip(truncated ? (a, b) => a % b : signedRemainder)(inputs),
  Pow: zip((a, b) => a ** b),
  Min: zip((a, b) => Math.min(a, b)),
  Max: zip((a, b) => Math.max(a, b)),
  And: zip((a, b) => a * b),
  Or: zip((a, b) => bit(a + b > 0)),
  Xor: zip((a, b) => bit(a !== b)),
  Equal: zip((a, b) => bit(a === b), 'bool'),
  Less: zip((a, b) => bit(a < b), 'bool'),
  LessOrEqual: zip((a, b) => bit(a <= b), 'bool'),
  Greater: zip((a, b) => bit(a > b), 'bool'),
  GreaterOrEqual: zip((a, b) => bit(a >= b), 'bool'),
  Where: where,
}
