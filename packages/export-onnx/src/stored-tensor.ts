import { create } from '@bufbuild/protobuf'
import { type DataType, type TypedArray, toFloat16Bits } from '@equivar/tensor'
import { type TensorProto, TensorProtoSchema } from './generated/onnx_pb.ts'

/** Where large initializers go: offsets into one data file beside the model. */
export interface ExternalData {
  readonly location: string
  /** Initializers of fewer bytes stay in the model. */
  readonly threshold: number
  readonly chunks: Uint8Array[]
  length: number
}

/** Values start at pages, as ONNX asks, so that a runtime can map the file into memory. */
const PAGE = 4096

/** Puts bytes at the next page and returns where they start. */
function append(external: ExternalData, bytes: Uint8Array): number {
  const padding = (PAGE - (external.length % PAGE)) % PAGE
  if (padding > 0) external.chunks.push(new Uint8Array(padding))
  const offset = external.length + padding
  external.chunks.push(bytes)
  external.length = offset + bytes.length
  return offset
}

/** The numbers in the typed array of their type. */
function inLayout(data: TypedArray, dtype: DataType): TypedArray {
  if (dtype === 'int64') return data instanceof BigInt64Array ? data : BigInt64Array.from(data as Float64Array, (v) => BigInt(v))
  if (dtype === 'float16') return toFloat16Bits(data)
  const layout = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype]
  return data instanceof layout ? data : new layout(data as Float64Array)
}

/** The bytes of numbers in ONNX's little-endian layout; float64 becomes float32. */
export function rawBytes(data: TypedArray, dtype: DataType): Uint8Array {
  const numbers = inLayout(data, dtype)
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

/** Numbers of a type of ONNX. */
interface RawTensor {
  readonly name: string
  readonly dataType: number
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Numbers as a file holds them: in the message, or beside it if there is a data file and they are large enough. */
export function storedTensor({ name, dataType, shape, bytes }: RawTensor, external: ExternalData | undefined): TensorProto {
  const tensor = create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt) })
  if (external === undefined || bytes.length < external.threshold) return { ...tensor, rawData: bytes }
  const entries = { location: external.location, offset: String(append(external, bytes)), length: String(bytes.length) }
  return {
    ...tensor,
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value })),
  }
}
