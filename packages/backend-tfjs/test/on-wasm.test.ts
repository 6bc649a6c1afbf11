import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { FeedError } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { broadcast, inOneShape } from '../src/kernel.ts'
import { fill, gatherRows, matMul, pad, slice } from '../src/quirks.ts'
import type { TfTensor } from '../src/values.ts'

beforeAll(async () => {
  await tf.setBackend('wasm')
  await tf.ready()
})
afterAll(() => tf.setBackend('cpu'))

/** Different whole numbers. */
const counted = (shape: readonly number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): TfTensor => {
  const numbers = tf.reshape(tf.range(1, 1 + shape.reduce((n, d) => n * d, 1)), [...shape])
  return dtype === 'bool' ? tf.greater(tf.mod(numbers, 3), 0) : tf.cast(numbers, dtype)
}

/** Same type, shape and numbers as the kernel's own. */
function expectSame(found: TfTensor, expected: TfTensor): void {
  expect([found.dtype, found.shape, Array.from(found.dataSync())]).toEqual([
    expected.dtype,
    expected.shape,
    Array.from(expected.dataSync()),
  ])
}

const types = ['float32', 'int32', 'bool'] as const

describe.each(types)('%s on the heap of wasm equals the kernels', (dtype) => {
  test.each([
    [[5], [2], [3]],
    [
      [4, 5],
      [1, 0],
      [2, 5],
    ],
    [
      [4, 5],
      [0, 2],
      [4, 2],
    ],
    [
      [2, 3, 4, 5],
      [1, 0, 1, 2],
      [1, 3, 2, 3],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 0, 0],
      [2, 1, 4, 5],
    ],
    [
      [3, 4],
      [1, 1],
      [0, 2],
    ],
  ])('slices of %j from %j of %j', (shape, begin, size) => {
    tf.tidy(() => expectSame(slice(tf, counted(shape, dtype), begin, size), tf.slice(counted(shape, dtype), begin, size)))
  })

  test.each([
    [[1], [20]],
    [
      [5, 1],
      [5, 20],
    ],
    [
      [5, 1],
      [5, 3],
    ],
    [[20], [4, 20]],
    [
      [2, 1, 3, 1, 20],
      [2, 4, 3, 2, 20],
    ],
    [
      [1, 3, 1],
      [20, 3, 20],
    ],
    [[], [2, 17]],
    [
      [2, 1],
      [2, 0],
    ],
  ])('%j stretched to %j', (shape, wide) => {
    tf.tidy(() => {
      // Reference: tf.broadcastTo of numbers.
      const x = counted(shape, dtype)
      const expected = wide.includes(0) ? tf.zeros(wide) : tf.broadcastTo(tf.cast(x, 'float32'), wide)
      expectSame(tf.cast(broadcast(tf, x, wide), 'float32'), expected)
      expect(broadcast(tf, x, wide).dtype).toBe(dtype)
    })
  })
})

describe.each(['float32', 'int32'] as const)('%s on the heap of wasm equals the kernels', (dtype) => {
  test.each([
    [[3], [[1, 2]]],
    [
      [2, 3],
      [
        [0, 0],
        [1, 0],
      ],
    ],
    [
      [2, 3, 2, 1],
      [
        [1, 0],
        [0, 2],
        [0, 0],
        [2, 2],
      ],
    ],
    [
      [0, 2],
      [
        [1, 1],
        [0, 1],
      ],
    ],
  ])('%j padded by %j', (shape, pairs) => {
    const given = pairs as [number, number][]
    tf.tidy(() => expectSame(pad(tf, counted(shape, dtype), given, -2), tf.pad(counted(shape, dtype), given, -2)))
  })

  test.each([
    [[5, 8], 0],
    [[3, 5, 9], 1],
    [[3, 5, 2], 1],
    [[5], 0],
  ])('rows of %j along axis %i', (shape, axis) => {
    tf.tidy(() => {
      const at = tf.tensor2d([4, 0, 2, 2, 1, 4], [2, 3], 'int32')
      expectSame(gatherRows(tf, counted(shape, dtype), at, axis), tf.gather(counted(shape, dtype), at, axis))
    })
  })

  test('one number everywhere', () => {
    tf.tidy(() => expectSame(fill(tf, [2, 3], 7, dtype), tf.fill([2, 3], 7, dtype as 'float32')))
    tf.tidy(() => {
      expect(fill(tf, [0, 3], 7, dtype).shape).toEqual([0, 3])
    })
  })
})

test('a row out of range is an error', () => {
  tf.tidy(() => {
    expect(() => gatherRows(tf, counted([3, 8]), tf.tensor1d([3], 'int32'), 0)).toThrow(
      new FeedError('gather: expected indices below 3 on an axis of that size, received 3.'),
    )
  })
})

test.each([
  [
    [1, 128, 96],
    [5, 96, 128],
  ],
  [
    [3, 128, 96],
    [3, 96, 128],
  ],
  [
    [2, 3, 128, 96],
    [2, 3, 96, 128],
  ],
  [
    [2, 3, 128, 96],
    [96, 128],
  ],
])('batches of large products %j times %j, one after the other', (left, right) => {
  tf.tidy(() => {
    const [a, b] = [tf.sub(tf.mod(counted(left), 7), 3), tf.sub(tf.mod(counted(right), 5), 2)]
    expectSame(matMul(tf, a, b), tf.matMul(a, b))
  })
})

test.each([
  [
    [4, 3],
    [4, 1],
  ],
  [
    [2, 1, 3],
    [5, 1],
  ],
  [[3], [2, 3]],
])('%j and %j in one shape', (left, right) => {
  tf.tidy(() => {
    const [a, b] = [tf.mod(counted(left), 3), tf.mod(counted(right), 3)]
    expectSame(
      inOneShape(tf, a, b, (x, y) => tf.equal(x, y)),
      tf.equal(a, b),
    )
  })
})
