import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, type Program, program, Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { derivativeError, parity, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { bilinearSample, type Outside, pixelCentres, transformPoints } from '../src/index.ts'
import { normal, rounded } from './programs.ts'

/** One value, computed from the definition. */
function slow(image: TensorValue, b: number, c: number, [x, y]: readonly [number, number], outside: Outside): number {
  const [, channels = 0, height = 0, width = 0] = image.shape
  const hold = (v: number, n: number): number => (outside === 'border' ? Math.min(Math.max(v, 0), n - 1) : v)
  const [column, row] = [hold(((x + 1) * width - 1) / 2, width), hold(((1 - y) * height - 1) / 2, height)]
  let sum = 0
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const share = Math.max(0, 1 - Math.abs(row - i)) * Math.max(0, 1 - Math.abs(column - j))
      sum += share * (image.data[((b * channels + c) * height + i) * width + j] as number)
    }
  return sum
}

const SHAPE = [2, 3, 4, 5]
const COUNT = 40
const image = normal(SHAPE)
const spread = (shape: readonly number[]): TensorValue => {
  const random = new Random({ seed: 3 })
  const length = shape.reduce((a, b) => a * b, 1)
  return { dtype: 'float32', shape, data: Float64Array.from({ length }, () => 2.6 * random.uniform() - 1.3) }
}
const shared = spread([COUNT, 2])
const own = spread([2, COUNT, 2])

function sampling(outside: Outside, batched: boolean, sizes: readonly (number | string)[] = ['batch', 3, 'height', 'width']): Program {
  const x = input('x', 'float32', sizes)
  const points = input('points', 'float32', batched ? [sizes[0] as string, 'n', 2] : ['n', 2])
  return program({ inputs: { x, points }, outputs: { y: bilinearSample(x, points, { outside }) } })
}

describe.each([
  ['zero', false],
  ['zero', true],
  ['border', false],
  ['border', true],
] as const)('outside %s, separate points for each image: %s', (outside, batched) => {
  const p = sampling(outside, batched)
  const points = batched ? own : shared

  test('agrees with the definition', () => {
    const y = evaluate(p, { x: image, points }).y?.data as Float64Array
    const expected = Array.from(y, (_, i) => {
      const [b, c, n] = [Math.floor(i / (3 * COUNT)), Math.floor(i / COUNT) % 3, i % COUNT]
      const at = 2 * ((batched ? b * COUNT : 0) + n)
      return slow(image, b, c, [points.data[at] as number, points.data[at + 1] as number], outside)
    })
    expect(relativeError(y, expected)).toBeLessThan(1e-12)
  })

  test('has correct derivatives in images and points; ONNX Runtime agrees for symbolic sizes', async () => {
    expect(derivativeError(p, { feeds: { x: image, points }, step: 1e-7 })).toBeLessThan(1e-6)
    const feeds = { x: rounded(normal([2, 3, 7, 2], 4)), points: rounded(points) }
    for (const { error } of await parity(p, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  })
})

test('returns the image at its pixel centres, and 0 far outside', () => {
  const x = input('x', 'float32', ['batch', 3, 'height', 'width'])
  const y = bilinearSample(x, pixelCentres(...(x.shape.slice(2) as [number, number])))
  const p = program({ inputs: { x }, outputs: { y } })
  expect(relativeError(evaluate(p, { x: image }).y?.data as Float64Array, toNumbers(image.data))).toBeLessThan(1e-14)
  const far: TensorValue = { dtype: 'float32', shape: [2, 2], data: Float64Array.of(1e9, 0, 0, -1e9) }
  expect([...(evaluate(sampling('zero', false), { x: image, points: far }).y?.data ?? [])]).toEqual(new Array(12).fill(0))
})

test('places points behind the camera far outside, without NaN in value or derivative', () => {
  const matrices = input('matrices', 'float32', ['batch', 3, 3])
  const points = input('points', 'float32', ['n', 2])
  const p = program({ inputs: { matrices, points }, outputs: { y: transformPoints(matrices, points) } })
  // The map (x, y, 1) to (x, y, 2 x + 1) has points in front of the camera for x > -1/2.
  const feeds = {
    matrices: { dtype: 'float32', shape: [1, 3, 3], data: Float64Array.of(1, 0, 0, 0, 1, 0, 2, 0, 1) },
    points: { dtype: 'float32', shape: [3, 2], data: Float64Array.of(1, 3, -0.6, 0, -1, 1) },
  } as const
  expect([...(evaluate(p, feeds).y?.data ?? [])]).toEqual([1 / 3, 1, 1e4, 1e4, 1e4, 1e4])
  expect(derivativeError(p, { feeds })).toBeLessThan(1e-7)
})

test.each([1e-12, 1e-6, 1e6, 1e12])('a matrix and its multiple by %d are the same map', (scale) => {
  const matrices = input('matrices', 'float32', ['batch', 3, 3])
  const points = input('points', 'float32', ['n', 2])
  const p = program({ inputs: { matrices, points }, outputs: { y: transformPoints(matrices, points) } })
  const moved = (factor: number): number[] => {
    const data = Float64Array.of(1, 0, 0, 0, 1, 0, 2, 0, 1).map((v) => v * factor)
    const feeds = {
      matrices: { dtype: 'float32', shape: [1, 3, 3], data },
      points: { dtype: 'float32', shape: [4, 2], data: Float64Array.of(1, 3, -0.6, 0, -1, 1, -0.499, 0) },
    } as const
    return [...(evaluate(p, feeds).y?.data ?? [])]
  }
  expect(moved(scale)).toEqual(moved(1).map((v) => expect.closeTo(v, 8)))
})

test('inconsistent shapes are refused', () => {
  const x = input('x', 'float32', [1, 1, 4, 4])
  expect(() => bilinearSample(x, input('points', 'float32', [5, 3]))).toThrow(
    'bilinearSample: expected image [batch, channels, height, width] and points [n, 2] or [batch, n, 2], received [1, 1, 4, 4] and [5, 3].',
  )
})
