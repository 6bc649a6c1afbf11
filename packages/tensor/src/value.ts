import { FeedError } from './errors.ts'

/** The data types of tensors. float16 is for export and for backends that have it; the reference computes all floats in float64. */
export type DataType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool'

/** Row-major numbers. bool is one byte an element, 0 or 1; float16 is its bit pattern; float64 is for the reference evaluator. */
export type TypedArray = Float32Array | Float64Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array

/** Numbers on the host: what goes into a Program and what comes out. */
export interface TensorValue {
  readonly dtype: DataType
  readonly shape: readonly number[]
  readonly data: TypedArray
}

/** Values on a device, as a backend returns them. They can be fed to the next run without leaving the device. */
export interface DeviceTensor {
  readonly dtype: DataType
  readonly shape: readonly number[]
  /** The numbers, copied to the host if they are elsewhere. */
  data(): Promise<TypedArray>
  /** Frees the device's memory; using the tensor afterwards is an error. */
  dispose(): void
}

/** What a Program's inputs are given, by name. */
export type Feeds = Readonly<Record<string, TensorValue | DeviceTensor>>

/** What a Program returns, by name. */
export type Outputs = Record<string, DeviceTensor>

/** The number of elements of a static shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1)
}

const plainArrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const

/** A zeroed host array for that many elements of that type. */
export function emptyArray(dtype: DataType, length: number): TypedArray {
  return new plainArrays[dtype](length)
}

/**
 * A host value from plain numbers or booleans, rounded to its type.
 *
 * @throws FeedError if the count of numbers is not the product of the shape, or the type is float16 (convert the bits yourself).
 */
export function tensorValue(
  dtype: Exclude<DataType, 'float16'>,
  shape: readonly number[],
  numbers: ArrayLike<number | boolean | bigint>,
): TensorValue {
  const length = elementCount(shape)
  if (numbers.length !== length) {
    throw new FeedError(`tensorValue: expected ${length} numbers for shape [${shape.join(', ')}], received ${numbers.length}.`)
  }
  const data = emptyArray(dtype, length)
  if (data instanceof BigInt64Array) for (let i = 0; i < length; i++) data[i] = BigInt(numbers[i] as number)
  else for (let i = 0; i < length; i++) data[i] = Number(numbers[i])
  return { dtype, shape: [...shape], data }
}

/** The numbers of a value as float64; exact for integers below 2^53. */
export function toNumbers(data: TypedArray): Float64Array {
  if (data instanceof Float64Array) return data
  const numbers = new Float64Array(data.length)
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(data[i])
  return numbers
}
