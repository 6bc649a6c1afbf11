import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { Random } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convolution, matMul, mean, sum } from '../src/long-sums.ts'

const uniform = (shape: number[]): tf.Tensor => {
  const random = new Random({ seed: 1, stream: shape.join() })
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.uniform()),
    shape,
  )
}

/** The largest error, as a part of the largest result. */
function error(found: tf.Tensor, exact: Float64Array): number {
  const numbers = found.dataSync()
  expect(numbers.length).toBe(exact.length)
  return exact.reduce((worst, value, i) => Math.max(worst, Math.abs((numbers[i] as number) - value)), 0) / Math.max(...exact.map(Math.abs))
}

/** Products [m, k] [k, n] in float64. */
function exactProduct(a: tf.Tensor, b: tf.Tensor): Float64Array {
  const [m, k, n] = [...a.shape, b.shape[1]] as [number, number, number]
  const [x, y] = [a.dataSync(), b.dataSync()]
  return Float64Array.from({ length: m * n }, (_, at) => {
    let total = 0
    for (let i = 0; i < k; i++) total += (x[Math.floor(at / n) * k + i] as number) * (y[i * n + (at % n)] as number)
    return total
  })
}

/** Sums of [before, size, after] over the middle in float64. */
function exactSum(x: tf.Tensor, [before, size, after]: readonly [number, number, number]): Float64Array {
  const numbers = x.dataSync()
  return Float64Array.from({ length: before * after }, (_, at) => {
    let total = 0
    for (let i = 0; i < size; i++) total += numbers[(Math.floor(at / after) * size + i) * after + (at % after)] as number
    return total
  })
}

/** Convolutions of a signal [1, 1, length, channels] with [1, taps, channels, outputs] in float64. */
function exactConvolution(x: tf.Tensor, filter: tf.Tensor, stride: number, dilation: number): Float64Array {
  const [, taps, channels, outputs] = filter.shape as [number, number, number, number]
  const positions = Math.floor(((x.shape[2] as number) - (taps - 1) * dilation - 1) / stride) + 1
  const [signal, weights] = [x.dataSync(), filter.dataSync()]
  return Float64Array.from({ length: positions * outputs }, (_, at) => {
    let total = 0
    for (let t = 0; t < taps; t++) {
      for (let c = 0; c < channels; c++) {
        const place = (Math.floor(at / outputs) * stride + t * dilation) * channels + c
        total += (signal[place] as number) * (weights[(t * channels + c) * outputs + (at % outputs)] as number)
      }
    }
    return total
  })
}

const convolve = (x: tf.Tensor, filter: tf.Tensor, stride = 1, dilation = 1): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [1, stride], 'valid', 'NHWC', [1, dilation])

describe.each(['cpu', 'wasm'])('%s: terms of one sign, at 1e-6 of the largest result', (name) => {
  let before = 0
  beforeAll(async () => {
    await tf.setBackend(name)
    await tf.ready()
    before = tf.memory().numTensors
  })
  afterAll(() => expect(tf.memory().numTensors).toBe(before))

  test.each([513, 4096, 86_392, 100_003])('products along an axis of %i', (size) => {
    tf.tidy(() => {
      const [a, b] = [uniform([6, size]), uniform([size, 8])]
      expect(error(matMul(tf, a, b), exactProduct(a, b))).toBeLessThan(1e-6)
      expect(error(matMul(tf, tf.reshape(a, [1, 6, size]), tf.reshape(b, [1, size, 8])), exactProduct(a, b))).toBeLessThan(1e-6)
    })
  })

  test.each([
    [[80_000], [0], [1, 80_000, 1]],
    [[100_003], [0], [1, 100_003, 1]],
    [[3, 100_003], [1], [3, 100_003, 1]],
    [[100_003, 3], [0], [1, 100_003, 3]],
    [
      [32, 25, 100, 24],
      [0, 1, 2],
      [1, 80_000, 24],
    ],
    [
      [6, 40, 50, 4],
      [2, 1],
      [6, 2000, 4],
    ],
    [[1_000_000], [0], [1, 1_000_000, 1]],
  ] as const)('sums and means of %j over %j', (shape, axes, view) => {
    tf.tidy(() => {
      const x = uniform([...shape])
      const exact = exactSum(x, view)
      const kept = shape.map((size, axis) => ((axes as readonly number[]).includes(axis) ? 1 : size))
      expect(sum(tf, x, axes, true).shape).toEqual(kept)
      expect(error(sum(tf, x, axes), exact)).toBeLessThan(1e-6)
      const average = mean(tf, x, axes)
      expect(average.shape).toEqual(shape.filter((_, axis) => !(axes as readonly number[]).includes(axis)))
      expect(
        error(
          average,
          exact.map((value) => value / view[1]),
        ),
      ).toBeLessThan(1e-6)
    })
  })

  test('sums over axes that are apart', () => {
    tf.tidy(() => {
      const x = uniform([40, 3, 50, 2])
      const exact = exactSum(tf.transpose(x, [1, 3, 0, 2]), [6, 2000, 1])
      expect(error(sum(tf, x, [0, 2]), exact)).toBeLessThan(1e-6)
    })
  })

  test.each([
    [100, 160, 1, 1],
    [100, 160, 2, 1],
    [3000, 1, 1, 1],
    [1500, 2, 2, 1],
    [1500, 3, 1, 2],
  ])('convolutions of %i taps, %i channels, stride %i, dilation %i', (taps, channels, stride, dilation) => {
    tf.tidy(() => {
      const [x, filter] = [uniform([1, 1, (taps - 1) * dilation + 12, channels]), uniform([1, taps, channels, 4])]
      const found = convolution(tf, [x, filter], { strides: [1, stride], dilations: [1, dilation] }, (part, some) =>
        convolve(part, some, stride, dilation),
      )
      expect(error(found, exactConvolution(x, filter, stride, dilation))).toBeLessThan(1e-6)
    })
  })
})

describe('the kernels of TensorFlow.js still need it; where one does not, its case in long-sums.ts can go', () => {
  test.each(['cpu', 'wasm'])('%s: products and convolutions', async (name) => {
    await tf.setBackend(name)
    await tf.ready()
    tf.tidy(() => {
      const [a, b] = [uniform([24, 100_000]), uniform([100_000, 24])]
      expect(error(tf.matMul(a, b), exactProduct(a, b))).toBeGreaterThan(1e-6)
      const [x, filter] = [uniform([1, 1, 111, 160]), uniform([1, 100, 160, 4])]
      expect(error(convolve(x, filter), exactConvolution(x, filter, 1, 1))).toBeGreaterThan(1e-6)
    })
  })

  test('wasm: sums and means', async () => {
    await tf.setBackend('wasm')
    await tf.ready()
    tf.tidy(() => {
      const x = uniform([8, 100_000])
      const exact = exactSum(x, [8, 100_000, 1])
      expect(error(tf.sum(x, 1), exact)).toBeGreaterThan(1e-6)
      expect(
        error(
          tf.mean(x, 1),
          exact.map((value) => value / 100_000),
        ),
      ).toBeGreaterThan(1e-6)
    })
  })
})
