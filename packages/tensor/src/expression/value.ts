import { FeedError } from './errors.ts'
import { decodeFloat16, encodeFloat16 } from './float16.ts'

/** The data types of tensors. The reference computes all floats in float64, and rounds float16 where it is stored. */
export type DataType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool'

/**
 * Row-major numbers. bool is one byte an element, 0 or 1; float64 is for the reference evaluator. Numbers of type float16 are numbers in a
 * Float32Array or Float64Array, or bit patterns in a Uint16Array, and everything that reads them takes both.
 */
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
  /** The numbers, copied to the host if they are elsewhere; those of type float16 as a Float32Array. */
  data(): Promise<TypedArray>
  /** Frees the device's memory; using the tensor afterwards is an error. */
  dispose(): void
}

/** What a Program's inputs are given, by name. */
export type Feeds = Readonly<Record<string, TensorValue | DeviceTensor>>

/** What a Program returns, by name. */
export type Outputs<Name extends string = string> = Record<Name, DeviceTensor>

/** Bytes of one number of each type. */
export const numberBytes: Readonly<Record<DataType, number>> = { float32: 4, float16: 2, int32: 4, int64: 8, bool: 1 }

/** Whether the type is a floating-point type. */
export const isFloat = (dtype: DataType): boolean => dtype === 'float32' || dtype === 'float16'

/** Whether the type is an integer type; bool is none. */
export const isInteger = (dtype: DataType): boolean => dtype === 'int32' || dtype === 'int64'

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

/** A zeroed host array for that many elements of that type; bit patterns for float16. */
export function emptyArray(dtype: DataType, length: number): TypedArray {
  return new plainArrays[dtype](length)
}

/** An array like that with those numbers. */
function filled(data: TypedArray, numbers: ArrayLike<number | boolean | bigint>): TypedArray {
  if (data instanceof BigInt64Array) return data.map((_, i) => BigInt(numbers[i] as number))
  const encode = data instanceof Uint16Array ? encodeFloat16 : Number
  return data.map((_: number, i: number) => encode(Number(numbers[i])))
}

/**
 * A host value from plain numbers or booleans, rounded to its type.
 *
 * @throws FeedError if the count of numbers is not the product of the shape.
 */
export function tensorValue(dtype: DataType, shape: readonly number[], numbers: ArrayLike<number | boolean | bigint>): TensorValue {
  const length = elementCount(shape)
  if (numbers.length !== length) {
    throw new FeedError(`tensorValue: expected ${length} numbers for shape [${shape.join(', ')}], received ${numbers.length}.`)
  }
  const data = emptyArray(dtype, length)
  return { dtype, shape: [...shape], data: filled(data, numbers) }
}

/** The numbers of a value as float64; exact for integers below 2^53. */
export function toNumbers(data: TypedArray): Float64Array {
  if (data instanceof Float64Array) return data
  if (data instanceof Uint16Array) return Float64Array.from(data, decodeFloat16)
  return data instanceof BigInt64Array ? new Float64Array(data.length).map((_, i) => Number(data[i])) : new Float64Array(data)
}

/** The numbers as bit patterns of float16, each rounded to the nearest. */
export function toFloat16Bits(data: TypedArray): Uint16Array {
  return data instanceof Uint16Array ? data : Uint16Array.from(toNumbers(data), encodeFloat16)
}
