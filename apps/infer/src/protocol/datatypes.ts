import type { DataType } from '@equivar/tensor'

/** Names of types in the Open Inference Protocol. @see the protocol's Tensor Data Types. */
const names: Readonly<Record<DataType, string>> = { float32: 'FP32', float16: 'FP16', int32: 'INT32', int64: 'INT64', bool: 'BOOL' }

/** Bytes per element in binary tensors. */
export const bytesOf: Readonly<Record<DataType, number>> = { float32: 4, float16: 2, int32: 4, int64: 8, bool: 1 }

/** The protocol's name of a type; BYTES, which requests cannot use, for an unknown type. */
export const datatypeOf = (dtype: DataType | undefined): string => (dtype === undefined ? 'BYTES' : names[dtype])
