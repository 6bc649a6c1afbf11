import { type Dimension, type DimensionLike, dimension, dimensionValue } from '../expression/dimension.ts'
import { FeedError } from '../expression/errors.ts'
import { Tensor } from '../expression/tensor.ts'
import { type DataType, elementCount, type TypedArray, toNumbers } from '../expression/value.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { nodeOf } from './signatures.ts'

/** Entry of Constant. */
export const constantOperator: OperatorOf<'Constant'> = /* @__PURE__ */ operator('Constant', {
  arity: 0,
  traits: ['generating'],
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
  reference: (_, { attributes: { data, shape, dtype } }) => ({ dtype, shape, data: toNumbers(data) }),
})

type Nested = number | boolean | readonly Nested[]

function defaultType(data: Nested | TypedArray): DataType {
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Uint8Array) return 'bool'
  if (data instanceof Uint16Array) return 'float16'
  return 'float32'
}

const isList = (data: Nested): data is readonly Nested[] => Array.isArray(data)

function nestedShape(data: Nested): number[] {
  if (!isList(data)) return []
  const [first] = data
  return [data.length, ...(first === undefined ? [] : nestedShape(first))]
}

const flatten = (data: Nested): number[] => (isList(data) ? data.flatMap(flatten) : [Number(data)])

const isTyped = (data: Nested | TypedArray): data is TypedArray => ArrayBuffer.isView(data)

/**
 * Numbers that are part of the expression.
 *
 * @param data - a number, nested arrays of numbers, or a typed array in row-major order. Float64Array keeps its precision in the reference.
 * @param shape - taken from the nesting, or [length] of a typed array, if left out.
 * @param dtype - float32, or as the typed array says (Uint16Array: bit patterns of float16), if left out.
 * @throws FeedError if the count of numbers does not fit the shape.
 */
export function constant(data: Nested | TypedArray, shape?: readonly number[], dtype: DataType = defaultType(data)): Tensor {
  const flat = isTyped(data) ? data : Float64Array.from(flatten(data))
  const dimensions = shape ?? (isTyped(data) ? [flat.length] : nestedShape(data))
  if (elementCount(dimensions) !== flat.length) {
    throw new FeedError(
      `constant: expected ${elementCount(dimensions)} numbers for shape [${dimensions.join(', ')}], received ${flat.length}.`,
    )
  }
  return apply(constantOperator, [], { data: flat, shape: [...dimensions], dtype })
}

/** The numbers of a constant as they are stored, or undefined if it is none. */
export function constantData(x: Tensor): TypedArray | undefined {
  return nodeOf(x, 'Constant')?.attributes.data
}

/** The single number of a constant whose elements are all equal (-0 equals 0), or undefined. */
export function constantNumber(x: Tensor): number | undefined {
  const data = constantData(x)
  if (data === undefined || data.length === 0 || data.length > 64) return undefined
  const numbers = toNumbers(data)
  const first = numbers[0] as number
  return numbers.every((value) => value === first) ? first : undefined
}

/** Entry of Dimension. */
export const dimensionOperator: OperatorOf<'Dimension'> = /* @__PURE__ */ operator('Dimension', {
  arity: 0,
  traits: ['generating'],
  infer: () => [{ dtype: 'int64', shape: [] }],
  reference: (_, { attributes, binding }) => ({
    dtype: 'int64',
    shape: [],
    data: Float64Array.of(dimensionValue(attributes.dimension, binding)),
  }),
})

/**
 * The value of a dimension as an int64 scalar: a constant if it is a number, else computed from the inputs' shapes when the Program runs.
 */
export function sizeOf(d: DimensionLike): Tensor {
  const size: Dimension = dimension(d)
  return typeof size === 'number' ? constant(size, [], 'int64') : apply(dimensionOperator, [], { dimension: size })
}

/** What elementwise operators take: numbers become constants of the other operand's type. */
export type TensorLike = Tensor | number

/** The operand as a tensor; a number takes that type. */
export function asTensor(x: TensorLike, dtype: DataType): Tensor {
  return x instanceof Tensor ? x : constant(x, [], dtype)
}

/** The type of operands of which at least one should be a tensor; float32 if none is. */
export function commonType(...operands: readonly TensorLike[]): DataType {
  return operands.find((x) => x instanceof Tensor)?.dtype ?? 'float32'
}
