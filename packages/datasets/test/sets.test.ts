import { setDataset } from '@equivar/datasets'
import { expect, test } from 'vitest'

const sets = {
  elements: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  elementShape: [2],
  maximumSize: 3,
  sizes: Int32Array.of(2, 3),
  labels: Int32Array.of(1, 0),
  classes: ['a', 'b'],
}

test('sets are padded with 0 to the largest set of the batch', () => {
  const dataset = setDataset(sets)
  expect(dataset.batch([0])).toEqual({
    x: { dtype: 'float32', shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) },
    mask: { dtype: 'bool', shape: [1, 2], data: Uint8Array.of(1, 1) },
    target: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) },
  })
  const { x, mask } = dataset.batch([1, 0])
  expect(x).toEqual({ dtype: 'float32', shape: [2, 3, 2], data: Float32Array.of(7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 0, 0) })
  expect(mask!.data).toEqual(Uint8Array.of(1, 1, 1, 1, 1, 0))
})

test('inconsistent arguments are refused', () => {
  expect(() => setDataset({ ...sets, maximumSize: 4 })).toThrow('setDataset: expected 2 sizes and 2 x 4 x 2 numbers, received 2 and 12.')
  expect(() => setDataset({ ...sets, sizes: Int32Array.of(2, 4) })).toThrow(
    'setDataset: expected sets of 0 to 3 elements, received a set of 4.',
  )
  expect(() => setDataset(sets).batch([2])).toThrow('setDataset: expected example indices from 0 to 1, received 2 at position 0.')
})
