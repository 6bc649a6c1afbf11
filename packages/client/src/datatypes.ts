/** The typed array for the elements of each numeric type of the protocol. BYTES, its type for strings, is not supported. */
interface ElementArrays {
  BOOL: Uint8Array
  UINT8: Uint8Array
  UINT16: Uint16Array
  UINT32: Uint32Array
  UINT64: BigUint64Array
  INT8: Int8Array
  INT16: Int16Array
  INT32: Int32Array
  INT64: BigInt64Array
  FP16: Uint16Array
  FP32: Float32Array
  FP64: Float64Array
}

/** The protocol's numeric types. */
export type Datatype = keyof ElementArrays

/** The typed array for the elements of a type: a byte (0 or 1) for BOOL, bit patterns for FP16, bigints for 64-bit integers. */
export type ArrayOf<D extends Datatype> = ElementArrays[D]

const arrays = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const

/** Any array of elements. */
export type NumericArray = ArrayOf<Datatype>

/** The type names of `@equivar/tensor`, so that its values and the batches of `@equivar/datasets` can be sent as they are. */
export type EquivarDataType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool'

const equivarNames: Readonly<Record<EquivarDataType, Datatype>> = {
  float32: 'FP32',
  float16: 'FP16',
  int32: 'INT32',
  int64: 'INT64',
  bool: 'BOOL',
}

/** The protocol's name for a type of `@equivar/tensor`. */
export const fromEquivar = (dtype: string): Datatype | undefined =>
  Object.hasOwn(equivarNames, dtype) ? equivarNames[dtype as EquivarDataType] : undefined

/** Whether the value is the name of a type. */
export const isDatatype = (text: unknown): text is Datatype => typeof text === 'string' && Object.hasOwn(arrays, text)

/** The names of all types, for messages. */
export const datatypeNames = (): string => Object.keys(arrays).join(', ')

/** Bytes of one element. */
export const elementSize = (datatype: Datatype): number => arrays[datatype].BYTES_PER_ELEMENT

/** The name of the typed array for a type. */
export const arrayName = (datatype: Datatype): string => arrays[datatype].name

/** A typed array of zeros. */
export function zeros(datatype: Datatype, length: number): NumericArray {
  return new arrays[datatype](length)
}

/** The buffer as a typed array of the type, without an incomplete last element. */
export function view(datatype: Datatype, buffer: ArrayBuffer): NumericArray {
  return new arrays[datatype](buffer)
}

/** Whether the value is the typed array for a type. Also true for arrays of other realms (frames, test environments). */
export function holds(data: unknown, datatype: Datatype): data is NumericArray {
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === `[object ${arrayName(datatype)}]`
}

/** The default type of a typed array; undefined for any other value. */
export function datatypeOf(data: unknown): Datatype | undefined {
  if (!ArrayBuffer.isView(data)) return undefined
  const preferred = ['UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP32', 'FP64'] as const
  return preferred.find((datatype) => holds(data, datatype))
}

/** The number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** Whether the value is a shape: an array of sizes. */
export function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
}

/**
 * Writes plain numbers, bigints or booleans into a typed array.
 *
 * @returns the index of the first element that the type cannot represent (a fraction or 300 for UINT8, 2 for BOOL, a number beyond 2^53 for
 * INT64, which has already lost digits), or -1. Floats are rounded; NaN and infinities are kept.
 */
export function fill(target: NumericArray, datatype: Datatype, source: ArrayLike<unknown>): number {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) return fillBigIntegers(target, source)
  const exact = datatype !== 'FP32' && datatype !== 'FP64'
  for (let i = 0; i < target.length; i++) {
    const element = source[i]
    const number = datatype === 'BOOL' && typeof element === 'boolean' ? Number(element) : element
    if (typeof number !== 'number') return i
    target[i] = number
    if (exact && (target[i] !== number || (datatype === 'BOOL' && number > 1))) return i
  }
  return -1
}

function fillBigIntegers(target: BigInt64Array | BigUint64Array, source: ArrayLike<unknown>): number {
  for (let i = 0; i < target.length; i++) {
    const element = source[i]
    const integer = typeof element === 'bigint' ? element : Number.isSafeInteger(element) ? BigInt(element as number) : undefined
    if (integer === undefined) return i
    target[i] = integer
    if (target[i] !== integer) return i
  }
  return -1
}
