import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { cos, input, program, sin, tensorValue } from '@equivar/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tfjsBackend } from '../src/index.ts'
import { strided } from '../src/quirks.ts'

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
