import { type Dimension, type DimensionLike, dimension } from './dimension.ts'
import { FeedError } from './errors.ts'
import { apply, type Operator, Tensor } from './tensor.ts'
import { type DataType, elementCount, type TypedArray } from './value.ts'

const constantOperator: Operator<'Constant'> = {
  name: 'Constant',
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
}

type Nested = number | boolean | readonly Nested[]

function defaultType(data: Nested | TypedArray): DataType {
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Uint8Array) return 'bool'
  if (data instanceof Uint16Array) return 'float16'
  return 'float32'
}

function nestedShape(data: Nested): number[] {
  return Array.isArray(data) ? [data.length, ...(data.length > 0 ? nestedShape(data[0] as Nested) : [])] : []
}

const flatten = (data: Nested): number[] => (typeof data === 'object' ? data.flatMap(flatten) : [Number(data)])

/**
 * Numbers that are part of the expression.
 *
 * @param data - a number, nested arrays of numbers, or a typed array in row-major order. Float64Array keeps its precision in the reference.
 * @param shape - taken from the nesting, or [length] of a typed array, if left out.
 * @param dtype - float32, or as the typed array says, if left out.
 * @throws FeedError if the count of numbers does not fit the shape.
 */
export function constant(data: Nested | TypedArray, shape?: readonly number[], dtype: DataType = defaultType(data)): Tensor {
  const flat = ArrayBuffer.isView(data) ? (data as TypedArray) : Float64Array.from(flatten(data as Nested))
  const dimensions = shape ?? (ArrayBuffer.isView(data) ? [flat.length] : nestedShape(data as Nested))
  if (elementCount(dimensions) !== flat.length) {
    throw new FeedError(
      `constant: expected ${elementCount(dimensions)} numbers for shape [${dimensions.join(', ')}], received ${flat.length}.`,
    )
  }
  return apply(constantOperator, [], { data: flat, shape: [...dimensions], dtype })
}

/** The numbers of a constant, or undefined if it is none. */
export function constantData(x: Tensor): TypedArray | undefined {
  return x.node.operator.name === 'Constant' ? (x.node.attributes as { data: TypedArray }).data : undefined
}

/** The single number of a constant whose elements are all equal, or undefined. */
export function constantNumber(x: Tensor): number | undefined {
  const data = constantData(x)
  if (data === undefined || data.length === 0 || data.length > 64) return undefined
  const first = Number(data[0])
  return data.every((value: number | bigint) => Number(value) === first) ? first : undefined
}

const dimensionOperator: Operator<'Dimension'> = {
  name: 'Dimension',
  infer: () => [{ dtype: 'int64', shape: [] }],
}

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
