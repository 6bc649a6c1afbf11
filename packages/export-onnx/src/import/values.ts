import {
  concat,
  constant,
  type DataType,
  type Dimension,
  elementCount,
  reshape,
  sizeOf,
  type Tensor,
  type TensorValue,
  type TypedArray,
  toNumbers,
} from '@equivar/tensor'
import type { TensorProto } from '../generated/onnx_pb.ts'
import { OnnxFormatError } from '../inspect.ts'
import { DOUBLE, importedType, READABLE_TYPES, typeName } from './data-types.ts'
import { type HiddenValue, hiddenNumbers, UnreadError } from './hidden.ts'

/** What a name in an ONNX graph stands for; one of `tensor`, `data`, `sizes` and `hidden` at least. */
export interface Value {
  readonly tensor?: Tensor
  /** Numbers that are part of the file; those of float16 are decoded, not bit patterns. */
  readonly data?: TensorValue
  /** The same as they are stored, of an initializer. */
  readonly stored?: TensorValue
  /** int64 numbers that are known, or computed from shapes alone: what sizes, axes and pads are made of. */
  readonly sizes?: readonly Dimension[]
  /** What exists within a region of nodes that are carried, and nowhere else. */
  readonly hidden?: HiddenValue
  /** Whether the sizes are one scalar. */
  readonly scalar?: boolean
}

/** Longer integer vectors are data, not sizes. */
export const MOST_SIZES = 64

/** Bytes of values that lie beside the model. */
export type ReadExternal = (location: string, offset: number, length: number | undefined) => Uint8Array

const layouts = { float32: Float32Array, float16: Uint16Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array } as const

/** The bytes of numbers that lie in a file beside the model. */
export function externalBytes({ name, externalData }: TensorProto, read: ReadExternal | undefined): Uint8Array {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]))
  const location = entries.get('location')
  if (location === undefined)
    throw new OnnxFormatError(`importOnnx: expected "${name}" to name the file beside the model that holds its values, received none.`)
  if (read === undefined)
    throw new OnnxFormatError(
      `importOnnx: the values of "${name}" lie in the file "${location}" beside the model. Give readExternal, which reads it.`,
    )
  const length = entries.get('length')
  return read(location, Number(entries.get('offset') ?? 0), length === undefined ? undefined : Number(length))
}

function shapeOf({ name, dims }: TensorProto): number[] {
  const shape = dims.map(Number)
  if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    throw new OnnxFormatError(`importOnnx: expected sizes of 0 or more for "${name}", received [${shape.join(', ')}].`)
  return shape
}

/**
 * The numbers of an initializer as they are stored: float16 as bit patterns, double rounded to float32.
 *
 * @throws OnnxFormatError if the type is none of ours, or the count of numbers is not that of the shape.
 */
export function readTensor(proto: TensorProto, read: ReadExternal | undefined): TensorValue {
  const shape = shapeOf(proto)
  const dtype = importedType(proto.dataType)
  if (dtype === undefined)
    throw new UnreadError(
      `importOnnx: expected "${proto.name}" of type ${READABLE_TYPES}, received ${typeName(proto.dataType)}. Convert it to one of these.`,
    )
  const raw = proto.dataLocation === 1 ? externalBytes(proto, read) : proto.rawData
  const count = elementCount(shape)
  const numbers = raw.length > 0 ? fromBytes(raw, proto.dataType === DOUBLE ? Float64Array : layouts[dtype]) : listed(proto, dtype)
  if (numbers.length !== count)
    throw new OnnxFormatError(
      `importOnnx: expected ${count} numbers for "${proto.name}" [${shape.join(', ')}], received ${numbers.length}.`,
    )
  return { dtype, shape, data: numbers instanceof Float64Array ? Float32Array.from(numbers) : numbers }
}

function fromBytes(raw: Uint8Array, layout: (typeof layouts)[DataType] | typeof Float64Array): TypedArray {
  const bytes = new Uint8Array(raw)
  return new layout(bytes.buffer, 0, Math.floor(bytes.length / layout.BYTES_PER_ELEMENT))
}

/** Numbers in a list of their own; those of float16 are bit patterns among the int32. */
function listed({ floatData, doubleData, int32Data, int64Data, dataType }: TensorProto, dtype: DataType): TypedArray {
  if (dataType === DOUBLE) return Float64Array.from(doubleData)
  if (dtype === 'float32') return Float32Array.from(floatData)
  return dtype === 'int64' ? BigInt64Array.from(int64Data) : layouts[dtype].from(int32Data)
}

function decoded(stored: TensorValue): TensorValue {
  const { dtype, data } = stored
  if (dtype !== 'float16' || !(data instanceof Uint16Array)) return stored
  return { ...stored, data: Float32Array.from(toNumbers(data)) }
}

/** Numbers of a file as a value; short int64 vectors and scalars can be sizes. */
export function dataValue(stored: TensorValue): Value {
  const data = decoded(stored)
  if (!(data.data instanceof BigInt64Array) || data.shape.length > 1 || data.data.length > MOST_SIZES) return { data }
  return { data, sizes: Array.from(data.data, Number), scalar: data.shape.length === 0 }
}

const isKnown = (sizes: readonly Dimension[]): sizes is readonly number[] => sizes.every((d) => typeof d === 'number')

/** Numbers of a file; those of a type that Equivar lacks exist for nodes that are carried, if any may be. */
export function storedValue(proto: TensorProto, read: ReadExternal | undefined, carries: boolean): Value {
  try {
    const stored = readTensor(proto, read)
    return { ...dataValue(stored), stored }
  } catch (cause) {
    if (carries && cause instanceof UnreadError) return { hidden: hiddenNumbers(proto, cause.message) }
    throw cause
  }
}

/** A value as an expression. */
export function asTensor({ tensor, data, sizes = [], scalar = false, hidden }: Value): Tensor {
  if (tensor !== undefined) return tensor
  if (hidden !== undefined)
    throw new OnnxFormatError(
      `${hidden.reason} The file does not tell the type and the shape of what comes of it: write them into the file (onnx.shape_inference).`,
    )
  if (data !== undefined) return constant(data.data, data.shape, data.dtype)
  const [size] = sizes
  if (scalar && size !== undefined) return typeof size === 'number' ? constant(size, [], 'int64') : sizeOf(size)
  if (isKnown(sizes)) return constant(sizes, [sizes.length], 'int64')
  return concat(
    sizes.map((d) => (typeof d === 'number' ? constant([d], [1], 'int64') : reshape(sizeOf(d), [1]))),
    0,
  )
}
