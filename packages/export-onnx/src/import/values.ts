import {
  concat,
  constant,
  type DataType,
  type Dimension,
  elementCount,
  reshape,
  sizeOf,
  type Tensor,
  type TypedArray,
} from '@equivar/tensor'
import { dataTypeOf } from '../codes.ts'
import type { TensorProto } from '../generated/onnx_pb.ts'
import { OnnxFormatError } from '../inspect.ts'

/** What a name in an ONNX graph stands for. */
export interface Value {
  readonly tensor?: Tensor
  /** Numbers that are part of the file. */
  readonly data?: { readonly dtype: DataType; readonly shape: readonly number[]; readonly data: TypedArray }
  /** int64 numbers that are known, or computed from shapes alone: what sizes, axes and pads are made of. */
  readonly sizes?: readonly Dimension[]
  /** Whether the sizes are one scalar. */
  readonly scalar?: boolean
}

/** Longer integer vectors are data, not sizes. */
const MOST_SIZES = 64

/** Bytes of values that lie beside the model. */
export type ReadExternal = (location: string, offset: number, length: number | undefined) => Uint8Array

const layouts = { float32: Float32Array, float16: Uint16Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array } as const
const DOUBLE = 11

function externalBytes(proto: TensorProto, read: ReadExternal | undefined): Uint8Array {
  const entries = Object.fromEntries(proto.externalData.map(({ key, value }) => [key, value]))
  if (read === undefined)
    throw new OnnxFormatError(
      `importOnnx: the values of "${proto.name}" lie in the file "${entries.location}" beside the model. Give readExternal, which reads it.`,
    )
  return read(entries.location ?? '', Number(entries.offset ?? 0), entries.length === undefined ? undefined : Number(entries.length))
}

/** The numbers of an initializer. @throws OnnxFormatError if the type is none of ours, or the count of numbers is not that of the shape. */
export function readTensor(proto: TensorProto, read: ReadExternal | undefined): NonNullable<Value['data']> {
  const shape = proto.dims.map(Number)
  const dtype = proto.dataType === DOUBLE ? 'float32' : dataTypeOf(proto.dataType)
  if (dtype === undefined)
    throw new OnnxFormatError(
      `importOnnx: expected "${proto.name}" of type float, float16, int32, int64 or bool, received type ${proto.dataType}.`,
    )
  const raw = proto.dataLocation === 1 ? externalBytes(proto, read) : proto.rawData
  const count = elementCount(shape)
  const numbers = raw.length > 0 ? fromBytes(raw, proto.dataType === DOUBLE ? Float64Array : layouts[dtype]) : listed(proto, dtype)
  if (numbers.length !== count)
    throw new OnnxFormatError(
      `importOnnx: expected ${count} numbers for "${proto.name}" [${shape.join(', ')}], received ${numbers.length}.`,
    )
  return { dtype, shape, data: proto.dataType === DOUBLE ? Float32Array.from(numbers as Float64Array) : numbers }
}

function fromBytes(raw: Uint8Array, layout: (typeof layouts)[DataType] | typeof Float64Array): TypedArray {
  const bytes = new Uint8Array(raw)
  return new layout(bytes.buffer, 0, Math.floor(bytes.length / layout.BYTES_PER_ELEMENT))
}

function listed({ floatData, doubleData, int32Data, int64Data, dataType }: TensorProto, dtype: DataType): TypedArray {
  if (dataType === DOUBLE) return Float64Array.from(doubleData)
  if (dtype === 'float32') return Float32Array.from(floatData)
  return dtype === 'int64' ? BigInt64Array.from(int64Data) : layouts[dtype].from(int32Data)
}

/** Numbers as a value; short int64 vectors and scalars can be sizes. */
export function dataValue(data: NonNullable<Value['data']>): Value {
  const { dtype, shape } = data
  if (dtype !== 'int64' || shape.length > 1 || data.data.length > MOST_SIZES) return { data }
  return { data, sizes: Array.from(data.data as BigInt64Array, Number), scalar: shape.length === 0 }
}

/** A value as an expression. */
export function asTensor({ tensor, data, sizes = [], scalar = false }: Value): Tensor {
  if (tensor !== undefined) return tensor
  if (data !== undefined) return constant(data.data, data.shape, data.dtype)
  if (scalar) return sizeOf(sizes[0] as Dimension)
  if (sizes.every((d) => typeof d === 'number')) return constant(sizes as number[], [sizes.length], 'int64')
  return concat(
    sizes.map((d) => (typeof d === 'number' ? constant([d], [1], 'int64') : reshape(sizeOf(d), [1]))),
    0,
  )
}
