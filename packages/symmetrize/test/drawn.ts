import { Random, type TensorValue } from '@equivar/tensor'
import { expect } from 'vitest'

/** Random float64 numbers. */
export function drawn(shape: readonly number[], seed = 1): TensorValue {
  const random = new Random({ seed })
  return {
    dtype: 'float32',
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  }
}

/** Expects equal numbers up to rounding in float64. */
export const close = (received: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): void => {
  expect(received.length).toBe(expected.length)
  for (let i = 0; i < received.length; i++) expect(Number(received[i])).toBeCloseTo(Number(expected[i]), 9)
}
