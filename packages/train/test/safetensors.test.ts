import type { TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { CheckpointError, decodeSafetensors, encodeSafetensors } from '../src/index.ts'

describe('safetensors', () => {
  const values = {
    weight: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, 1e-45, 5, 6) },
    step: { dtype: 'int64', shape: [], data: BigInt64Array.of(-7n) },
    none: { dtype: 'bool', shape: [0], data: new Uint8Array() },
  } satisfies Record<string, TensorValue>
  const file = encodeSafetensors({ values, metadata: { seed: '1' } })

  test('what is written is read, bit for bit, also from a view of a larger buffer', () => {
    expect(decodeSafetensors(file, 'file')).toEqual({ values, metadata: { seed: '1' } })
    const pool = Buffer.alloc(file.length + 13)
    pool.set(file, 13)
    expect(decodeSafetensors(pool.subarray(13), 'file').values).toEqual(values)
  })

  test('a file that is cut off anywhere is refused', () => {
    for (let length = 0; length < file.length; length += 3) {
      expect(() => decodeSafetensors(file.subarray(0, length), 'model.safetensors'), `${length}`).toThrow(CheckpointError)
    }
    expect(() => decodeSafetensors(file.subarray(0, 4), 'model.safetensors')).toThrow(
      'model.safetensors: expected a header of 8 bytes, received 4 bytes. The file is damaged or no safetensors file.',
    )
  })

  const withHeader = (header: unknown, bytes: number): Uint8Array => {
    const text = new TextEncoder().encode(JSON.stringify(header))
    const made = new Uint8Array(8 + text.length + bytes)
    new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true)
    made.set(text, 8)
    return made
  }
  test.each([
    [
      'no object',
      null,
      0,
      'file: expected a header in JSON with a name for each value, received another JSON. The file is damaged or no safetensors file.',
    ],
    [
      'a list',
      [],
      0,
      'file: expected a header in JSON with a name for each value, received another JSON. The file is damaged or no safetensors file.',
    ],
    [
      'an entry that is none',
      { w: 3 },
      0,
      'file: expected type, shape and offsets of "w", received another JSON. The file is damaged or no safetensors file.',
    ],
    [
      'a negative size',
      { w: { dtype: 'F32', shape: [-1], data_offsets: [4, 0] } },
      8,
      'file: expected type, shape and offsets of "w", received another JSON. The file is damaged or no safetensors file.',
    ],
    [
      'a negative offset',
      { w: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } },
      8,
      'file: expected type, shape and offsets of "w", received another JSON. The file is damaged or no safetensors file.',
    ],
    [
      'an unknown type',
      { w: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } },
      1,
      'file: expected "w" of type F32, F16, BF16, F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, received type "F8". Convert it to one of these.',
    ],
    [
      'bytes behind the numbers',
      { w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } },
      9,
      'file: expected 4 bytes of numbers, as the header says, received 9. The file is damaged or no safetensors file.',
    ],
  ])('a header with %s is refused', (_, header, bytes, message) => {
    expect(() => decodeSafetensors(withHeader(header, bytes), 'file')).toThrow(message)
  })
})
