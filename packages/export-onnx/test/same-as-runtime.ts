import { evaluate, type TensorValue } from '@equivar/tensor'
import { expect } from 'vitest'
import { type ImportedOnnx, importOnnx } from '../src/index.ts'
import { runtimeResult } from './runtime-result.ts'

/** A file that was read gives for its output `y` what ONNX Runtime computes, up to rounding in float32. Returns what was read. */
export async function expectSameAsRuntime(bytes: Uint8Array, feeds: Readonly<Record<string, TensorValue>>): Promise<ImportedOnnx> {
  const read = importOnnx(bytes)
  const { y } = evaluate(read.program, { ...read.values, ...feeds })
  const expected = await runtimeResult(bytes, feeds)
  expect(y?.shape).toEqual(expected.dims)
  expected.data.forEach((number, i) => {
    expect(y?.data[i]).toBeCloseTo(number, 5)
  })
  return read
}
