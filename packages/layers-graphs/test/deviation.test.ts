import { onnxBackend } from '@equivar/backend-onnx'
import { differentiate, evaluate, input, program, reduceSum, type TensorValue } from '@equivar/tensor'
import { parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { segmentDeviation } from '../src/index.ts'

const x = input('x', 'float32', ['rows', 1])
const segments = input('segments', 'int64', ['rows'])
const y = segmentDeviation(x, segments, 3)
const [gradient] = differentiate(reduceSum(y), [x])
const p = program({ inputs: { x, segments }, outputs: { y, gradient: gradient! } })

/** Segment 0 holds the given numbers, segment 1 three equal ones, segment 2 nothing. */
const feedsOf = (numbers: readonly number[], equal: number): Record<string, TensorValue> => ({
  x: { dtype: 'float32', shape: [numbers.length + 3, 1], data: Float64Array.of(...numbers, equal, equal, equal) },
  segments: { dtype: 'int64', shape: [numbers.length + 3], data: BigInt64Array.of(...numbers.map(() => 0n), 1n, 1n, 1n) },
})

const run = (numbers: readonly number[], equal = 0.1): { y: number[]; gradient: number[] } => {
  const result = evaluate(p, feedsOf(numbers, equal))
  return { y: [...(result.y?.data ?? [])], gradient: [...(result.gradient?.data ?? [])] }
}

/** By the definition, in float64. */
const deviationOf = (numbers: readonly number[]): number => {
  const mean = numbers.reduce((sum, v) => sum + v, 0) / numbers.length
  return Math.sqrt(numbers.reduce((sum, v) => sum + (v - mean) ** 2, 0) / numbers.length)
}

describe('the standard deviation of a segment', () => {
  test('of 0.001 and 0.003 is 0.001', () => {
    expect(run([0.001, 0.003]).y[0]).toBeCloseTo(0.001, 15)
  })

  test.each([-1e12, -1e6, -1, -1e-6, -1e-12, 1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9, 1e12])('std(%d x) = |c| std(x)', (c) => {
    const numbers = [1, 4, -2, 0.5]
    const scaled = run(numbers.map((v) => c * v))
    expect(scaled.y[0]! / Math.abs(c)).toBeCloseTo(deviationOf(numbers), 12)
    // The derivative is (x - mean) / (n std): of any scale.
    const mean = 0.875
    scaled.gradient.slice(0, 4).forEach((g, i) => {
      expect(g).toBeCloseTo((Math.sign(c) * (numbers[i]! - mean)) / (4 * deviationOf(numbers)), 12)
    })
  })

  test.each([0, 1, 0.1, 1e-12, 1e12, -3e-7])(
    'is 0 for numbers that equal %d, with a finite derivative; 0 for an empty segment',
    (equal) => {
      const { y: deviations, gradient: slopes } = run([1, 2], equal)
      expect(Math.abs(deviations[1]!)).toBeLessThanOrEqual(1e-15 * Math.abs(equal))
      expect(deviations[2]).toBe(0)
      for (const slope of slopes) expect(Math.abs(slope)).toBeLessThanOrEqual(1)
    },
  )

  test.each([1e-12, 1e-3, 1, 1e12])('in float32, at scale %d', async (c) => {
    const feeds = feedsOf(
      [1, 4, -2, 0.5].map((v) => Math.fround(c * v)),
      Math.fround(c),
    )
    for (const { error } of await parity(p, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  })
})
