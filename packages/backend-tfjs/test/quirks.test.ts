import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { cos, input, program, sin, tensorValue } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { tfjsBackend } from '../src/index.ts'
import { sign, slice, strided } from '../src/quirks.ts'

beforeAll(async () => {
  await tf.setBackend('wasm')
  await tf.ready()
})
afterAll(() => tf.setBackend('cpu'))

test('the sine and cosine that GPUs get are right to 1e-5 over a hundred turns, and at what is no number', async () => {
  const x = input('x', 'float32', ['n'])
  const gpu = { ...tf, getBackend: () => 'webgl' } as unknown as typeof tf
  const executable = await tfjsBackend(gpu).compile(program({ inputs: [x], outputs: { s: sin(x), c: cos(x) } }))
  const numbers = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 16)
  const { s, c } = await executable.run({ x: tensorValue('float32', [20_001], numbers) })
  const worst = (found: ArrayLike<number | bigint> | undefined, exact: (value: number) => number): number =>
    numbers.reduce((most, value, i) => Math.max(most, Math.abs(Number(found?.[i]) - exact(value))), 0)
  expect(worst(await s?.data(), Math.sin)).toBeLessThan(1e-5)
  expect(worst(await c?.data(), Math.cos)).toBeLessThan(7e-5)
  s?.dispose()
  c?.dispose()
  const odd = await executable.run({ x: tensorValue('float32', [3], [Number.NaN, Number.POSITIVE_INFINITY, 0]) })
  expect(await odd.s?.data()).toEqual(Float32Array.of(Number.NaN, Number.NaN, 0))
  for (const value of Object.values(odd)) value.dispose()
  await executable.dispose()
})

test('signs of small numbers on wasm; tf.sign itself gives 0 up to 1e-7', () => {
  tf.tidy(() => {
    const x = tf.tensor1d([1e-6, 1e-7, 1e-20, 1e-37, 0, -1e-37, -1e-20, -1e-7, -1])
    expect(Array.from(sign(tf, x).dataSync())).toEqual([1, 1, 1, 1, 0, -1, -1, -1, -1])
    expect(Array.from(tf.sign(x).dataSync())).toEqual([1, 0, 0, 0, 0, 0, 0, 0, -1])
  })
})

test.each([
  [[7], [3]],
  [
    [4, 6],
    [2, 3],
  ],
  [
    [2, 5, 7, 3],
    [1, 2, 3, 1],
  ],
  [
    [2, 3, 4, 5, 3],
    [2, 1, 3, 4, 2],
  ],
  [
    [2, 0, 3],
    [1, 2, 2],
  ],
])('every position of %j that is a multiple of %j', (shape, steps) => {
  tf.tidy(() => {
    const x = tf.reshape(
      tf.range(
        0,
        shape.reduce((n, d) => n * d, 1),
      ),
      shape,
    )
    const found = strided(tf, x, steps)
    const expected = tf.stridedSlice(
      x,
      shape.map(() => 0),
      shape,
      steps,
    )
    expect([found.shape, found.dataSync()]).toEqual([expected.shape, expected.dataSync()])
    const bools = strided(tf, tf.greater(x, 3), steps)
    expect([bools.dtype, Array.from(bools.dataSync())]).toEqual(['bool', Array.from(expected.dataSync(), (value) => Number(value > 3))])
  })
})

describe('slices on wasm', () => {
  test.each([
    [[7], [2], [3]],
    [
      [4, 5],
      [1, 2],
      [2, 2],
    ],
    [
      [4, 5],
      [1, 0],
      [2, 5],
    ],
    [
      [3, 4, 5],
      [1, 0, 2],
      [2, 4, 1],
    ],
    [
      [2, 3, 4, 5, 2],
      [1, 0, 1, 2, 0],
      [1, 3, 2, 3, 2],
    ],
    [
      [3, 4],
      [0, 0],
      [3, 4],
    ],
    [
      [3, 4],
      [1, 1],
      [0, 2],
    ],
  ])('part of %j from %j, of %j', (shape, begin, size) => {
    tf.tidy(() => {
      for (const dtype of ['float32', 'int32', 'bool'] as const) {
        const x = tf.cast(tf.randomUniform(shape, 0, dtype === 'bool' ? 2 : 100, 'float32', 1), dtype)
        const [found, expected] = [slice(tf, x, begin, size), tf.slice(x, begin, size)]
        expect([found.dtype, found.shape, found.dataSync()]).toEqual([dtype, expected.shape, expected.dataSync()])
      }
    })
  })

  test('tf.slice still copies all of its input; when it does not, ours can go', () => {
    tf.tidy(() => {
      const x = tf.zeros([100, 10])
      const reading = vi.spyOn(tf.backend() as { readSync: (...args: unknown[]) => unknown }, 'readSync')
      slice(tf, x, [2, 2], [3, 3])
      expect(reading).not.toHaveBeenCalled()
      tf.slice(x, [2, 2], [3, 3])
      expect(reading).toHaveReturnedWith(expect.objectContaining({ length: 1000 }))
      reading.mockRestore()
    })
  })
})
