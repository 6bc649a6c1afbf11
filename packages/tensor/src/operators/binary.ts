import { broadcastOffsets, broadcastShape } from '../evaluate/array.ts'
import { flooredRemainder } from '../evaluate/special-functions.ts'
import { exactly } from '../evaluate/stored.ts'
import { broadcastShapes } from '../expression/axes.ts'
import { FeedError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { isFloat } from '../expression/value.ts'
import { asTensor, commonType, type TensorLike } from './constant.ts'
import { type Applying, apply, applying, type Kernel, type OperatorOf, operator } from './operator.ts'
import { anything, type BinaryFunction, binary, binaryEntry, bit, bools, demandSameType, demandType } from './pointwise.ts'

function demandDivisor(where: string, b: number): void {
  if (b === 0)
    throw new FeedError(`${where}: expected integer divisors other than 0, received 0. Replace it first, as in where(equal(b, 0), 1, b).`)
}

const quotient = (a: number, b: number): number => {
  demandDivisor('Div', b)
  return Math.trunc(a / b)
}

/** a + b, broadcast. @see ONNX Add. */
export const add: BinaryFunction<'Add'> = /* @__PURE__ */ binary('Add', (a, b) => a + b)
/** a - b, broadcast. @see ONNX Sub. */
export const sub: BinaryFunction<'Sub'> = /* @__PURE__ */ binary('Sub', (a, b) => a - b)
/** a b, elementwise, broadcast. @see ONNX Mul. */
export const mul: BinaryFunction<'Mul'> = /* @__PURE__ */ binary('Mul', (a, b) => a * b, {
  integers: /* @__PURE__ */ exactly(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
})
/** a / b, broadcast; integers truncate towards zero. @see ONNX Div. */
export const div: BinaryFunction<'Div'> = /* @__PURE__ */ binary('Div', (a, b) => a / b, { integers: quotient, domain: [0.5, 2] })
/** a to the power b; the derivative in b is taken as 0 where a <= 0. @see ONNX Pow. */
export const pow: BinaryFunction<'Pow'> = /* @__PURE__ */ binary('Pow', (a, b) => a ** b, {
  integers: /* @__PURE__ */ exactly(
    (a, b) => Math.trunc(a ** b),
    (a, b) => a ** b,
  ),
  domain: [0.3, 2],
})
/** The larger of the two, elementwise. Ties share the gradient equally. @see ONNX Max. */
export const max: BinaryFunction<'Max'> = /* @__PURE__ */ binary('Max', (a, b) => Math.max(a, b))
/** The smaller of the two, elementwise. Ties share the gradient equally. @see ONNX Min. */
export const min: BinaryFunction<'Min'> = /* @__PURE__ */ binary('Min', (a, b) => Math.min(a, b))

/** a = b. @returns bool. @see ONNX Equal. */
export const equal: BinaryFunction<'Equal'> = /* @__PURE__ */ binary('Equal', (a, b) => bit(a === b), { accepts: anything, result: 'bool' })
/** a < b. @returns bool. @see ONNX Less. */
export const less: BinaryFunction<'Less'> = /* @__PURE__ */ binary('Less', (a, b) => bit(a < b), { result: 'bool' })
/** a <= b. @returns bool. @see ONNX LessOrEqual. */
export const lessOrEqual: BinaryFunction<'LessOrEqual'> = /* @__PURE__ */ binary('LessOrEqual', (a, b) => bit(a <= b), { result: 'bool' })
/** a > b. @returns bool. @see ONNX Greater. */
export const greater: BinaryFunction<'Greater'> = /* @__PURE__ */ binary('Greater', (a, b) => bit(a > b), { result: 'bool' })
/** a >= b. @returns bool. @see ONNX GreaterOrEqual. */
export const greaterOrEqual: BinaryFunction<'GreaterOrEqual'> = /* @__PURE__ */ binary('GreaterOrEqual', (a, b) => bit(a >= b), {
  result: 'bool',
})
/** Both. @see ONNX And. */
export const and: BinaryFunction<'And'> = /* @__PURE__ */ binary('And', (a, b) => a * b, { accepts: bools })
/** Either or both. @see ONNX Or. */
export const or: BinaryFunction<'Or'> = /* @__PURE__ */ binary('Or', (a, b) => bit(a + b > 0), { accepts: bools })
/** Exactly one. @see ONNX Xor. */
export const xor: BinaryFunction<'Xor'> = /* @__PURE__ */ binary('Xor', (a, b) => bit(a !== b), { accepts: bools })

const modEntry: OperatorOf<'Mod'> = /* @__PURE__ */ binaryEntry(
  'Mod',
  (a, b, { truncated }, integers) => {
    if (integers) demandDivisor('Mod', b)
    return truncated ? a % b : flooredRemainder(a, b)
  },
  { domain: [0.5, 2] },
)
/**
 * The remainder of a / b. Integers: with the divisor's sign; floats: with the dividend's (C's fmod).
 *
 * @see ONNX Mod (fmod = 1 for floats).
 */
export const mod: BinaryFunction<'Mod'> = /* @__PURE__ */ applying(modEntry, (a: TensorLike, b: TensorLike) => {
  const dtype = commonType(a, b)
  return apply(modEntry, [asTensor(a, dtype), asTensor(b, dtype)], { truncated: isFloat(dtype) })
})

const choose: Kernel<'Where'> = ([c, a, b]) => {
  const shape = broadcastShape(c.shape, a.shape, b.shape)
  const [h, i, j] = [c, a, b].map((x) => broadcastOffsets(x.shape, shape)) as [Int32Array, Int32Array, Int32Array]
  const data = new Float64Array(h.length).map(
    (_, k) => (c.data[h[k] as number] !== 0 ? a.data[i[k] as number] : b.data[j[k] as number]) as number,
  )
  return { dtype: a.dtype, shape, data }
}

const whereEntry: OperatorOf<'Where'> = /* @__PURE__ */ operator('Where', {
  arity: 3,
  traits: ['plain', 'pointwise'],
  infer: ([condition, a, b]) => {
    demandType('Where', condition, bools, 'condition')
    demandSameType('Where', a, b, 'branches')
    return [{ dtype: a.dtype, shape: broadcastShapes('Where', condition.shape, broadcastShapes('Where', a.shape, b.shape)) }]
  },
  reference: choose,
})
/** condition ? a : b, elementwise, broadcast. The branch not taken gets no gradient, but its own NaN or infinite slope times 0 is NaN. */
export const where: Applying<'Where', (condition: Tensor, a: TensorLike, b: TensorLike) => Tensor> = /* @__PURE__ */ applying(
  whereEntry,
  (condition: Tensor, a: TensorLike, b: TensorLike) => {
    const dtype = commonType(a, b)
    return apply(whereEntry, [condition, asTensor(a, dtype), asTensor(b, dtype)], {})
  },
)
