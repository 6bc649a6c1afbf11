import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { type TensorValue, tensorValue } from '@equivar/tensor'

/** An input or output of a file. */
export const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
/** A file with those inputs and outputs, and the sizes that inputs bind. */
export const described = (inputs: readonly OnnxValue[], outputs: readonly OnnxValue[], binds?: unknown): OnnxDescription => ({
  inputs,
  outputs,
  metadata: binds === undefined ? {} : { 'equivar.binds': JSON.stringify(binds) },
})
/** The numbers 1, 2, 3, ... in a shape. */
export const numbered = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => i + 1),
  )
/** Integers in a shape. */
export const integers = (dtype: 'int32' | 'int64', shape: readonly number[], numbers: readonly number[]): TensorValue =>
  tensorValue(dtype, shape, numbers)
