import type { DataType } from '@equivar/tensor'
import { dataTypeOf } from '../codes.ts'

/** ONNX's number of double, which float32 stands for here. */
export const DOUBLE = 11

/** ONNX's names of data types by number (TensorProto.DataType). */
const typeNames: readonly string[] = [
  'no type',
  'float',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'double',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
]

/** The types that can be read, for messages. */
export const READABLE_TYPES = 'float, double, float16, int32, int64 or bool'

/** A data type of a file, for messages: `bfloat16`. */
export const typeName = (code: number): string => typeNames[code] ?? `number ${code}`

/** The data type that stands for a type of a file, or undefined if Equivar has none. */
export const importedType = (code: number): DataType | undefined => (code === DOUBLE ? 'float32' : dataTypeOf(code))
