import type { DataType } from '@equivar/tensor'

/** ONNX's numbers of data types (TensorProto.DataType). */
export const dataTypeCodes: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 }

/** ONNX's numbers of the types that only quantized files have. */
export const byteCodes = { uint8: 2, int8: 3 } as const

/** The data type of a number of TensorProto.DataType, or undefined if Equivar has none. */
export function dataTypeOf(code: number): DataType | undefined {
  return (Object.keys(dataTypeCodes) as DataType[]).find((dtype) => dataTypeCodes[dtype] === code)
}

/** ONNX's numbers of attribute types (AttributeProto.AttributeType). */
export const attributeCodes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const
