import type { ClassDataset } from '@equivar/datasets'
import { expect } from 'vitest'

/** The numbers of a value. */
export const list = (value: { readonly data: ArrayLike<number | bigint> } | undefined): number[] => Array.from(value?.data ?? [], Number)
/** Numbers that are equal to these up to rounding. */
export const close = (values: readonly number[], digits = 5): unknown[] => values.map((v) => expect.closeTo(v, digits))
/** 0 to n - 1. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Images of two channels and 2 x 3 pixels, each pixel another number. */
export const images: ClassDataset = {
  length: 7,
  classes: ['a', 'b'],
  labels: Int32Array.of(0, 1, 0, 1, 1, 0, 1),
  batch: (indices) => ({
    x: {
      dtype: 'float32',
      shape: [indices.length, 2, 2, 3],
      data: Float32Array.from({ length: 12 * indices.length }, (_, at) => (indices[Math.floor(at / 12)]! * 12 + (at % 12)) ** 2 % 17),
    },
    target: { dtype: 'int64', shape: [indices.length], data: BigInt64Array.from(Array.from(indices, (i) => BigInt(images.labels[i]!))) },
  }),
}
/** The numbers of image i. */
export const pixels = (i: number): number[] => list(images.batch([i]).x)
