import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import {
  constantOf,
  fanInUniform,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  normal,
  truncatedNormal,
  uniform,
  zerosOf,
} from '../src/index.ts'

const draw = (initializer: Initializer, shape: readonly number[]): Float64Array => initializer(shape, new Random({ seed: 1 }))
const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length
const deviation = (values: Float64Array): number => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((v) => (v - middle) ** 2)))
}
/** The largest magnitude, which for this many uniform numbers is within a thousandth of the bound. */
const bound = (values: Float64Array): number => values.reduce((top, v) => Math.max(top, Math.abs(v)), 0)

const MATRIX = [100, 400] as const
/** [out, in, ...kernel], with fan-in 900 and fan-out 2700. */
const KERNEL = [300, 100, 3, 3] as const

describe('initial values', () => {
  test('zerosOf and constantOf have the size of the shape', () => {
    expect([...draw(zerosOf, [2, 3])]).toEqual([0, 0, 0, 0, 0, 0])
    expect([...draw(constantOf(2.5), [3])]).toEqual([2.5, 2.5, 2.5])
    expect(draw(normal(), [2, 3, 4]).length).toBe(24)
    expect(draw(normal(), []).length).toBe(1)
  })

  test('uniform covers its interval', () => {
    const values = draw(uniform(-1, 3), MATRIX)
    expect(mean(values)).toBeCloseTo(1, 1)
    const sorted = values.toSorted()
    expect(sorted[0]).toBeGreaterThanOrEqual(-1)
    expect(sorted[0]).toBeLessThan(-0.99)
    expect(sorted.at(-1)).toBeGreaterThan(2.99)
    expect(sorted.at(-1)).toBeLessThan(3)
  })

  test('normal has the given mean and standard deviation', () => {
    const values = draw(normal(0.5, 3), MATRIX)
    expect(mean(values)).toBeCloseTo(3, 2)
    expect(deviation(values)).toBeCloseTo(0.5, 2)
    const random = new Random({ seed: 1 })
    for (const v of draw(normal(2, -1), [50])) expect(v).toBe(-1 + 2 * random.normal())
  })

  test('truncatedNormal stays within two standard deviations; its own deviation is 0.88 of the given one', () => {
    const values = draw(truncatedNormal(0.5), MATRIX)
    expect(bound(values)).toBeLessThanOrEqual(1)
    expect(bound(values)).toBeGreaterThan(0.99)
    expect(deviation(values) / 0.5).toBeCloseTo(0.8796, 2)
  })
})

describe('fans of a matrix [in, out] and of a kernel [out, in, ...kernel]', () => {
  const bounds: [string, Initializer, number, number][] = [
    ['glorotUniform', glorotUniform(), Math.sqrt(6 / 500), Math.sqrt(6 / 3600)],
    ['glorotUniform with a gain', glorotUniform({ gain: 2 }), 2 * Math.sqrt(6 / 500), 2 * Math.sqrt(6 / 3600)],
    ['heUniform', heUniform(), Math.sqrt(6 / 100), Math.sqrt(6 / 900)],
    ['fanInUniform', fanInUniform(), 1 / 10, 1 / 30],
    ['heUniform with a given fan', heUniform({ fanIn: 50 }), Math.sqrt(6 / 50), Math.sqrt(6 / 50)],
    ['glorotUniform with given fans', glorotUniform({ fanIn: 10, fanOut: 20 }), Math.sqrt(6 / 30), Math.sqrt(6 / 30)],
  ]
  test.each(bounds)('%s', (_, initializer, matrix, kernel) => {
    for (const [shape, expected] of [
      [MATRIX, matrix],
      [KERNEL, kernel],
    ] as const) {
      const largest = bound(draw(initializer, shape))
      expect(largest).toBeLessThanOrEqual(expected)
      expect(largest).toBeGreaterThan(0.999 * expected)
    }
  })

  const deviations: [string, Initializer, number, number][] = [
    ['glorotNormal', glorotNormal(), Math.sqrt(2 / 500), Math.sqrt(2 / 3600)],
    ['glorotNormal with a gain', glorotNormal({ gain: 3 }), 3 * Math.sqrt(2 / 500), 3 * Math.sqrt(2 / 3600)],
    ['heNormal', heNormal(), Math.sqrt(2 / 100), Math.sqrt(2 / 900)],
    ['lecunNormal', lecunNormal(), 1 / 10, 1 / 30],
  ]
  test.each(deviations)('%s', (_, initializer, matrix, kernel) => {
    expect(deviation(draw(initializer, MATRIX)) / matrix).toBeCloseTo(1, 1)
    expect(deviation(draw(initializer, KERNEL)) / kernel).toBeCloseTo(1, 1)
    // The same random numbers, scaled: this comparison is exact, whereas standard deviations are estimates.
    const [plain, scaled] = [draw(normal(), MATRIX), draw(initializer, MATRIX)]
    for (let i = 0; i < 100; i++) expect(scaled[i]).toBeCloseTo((plain[i] ?? Number.NaN) * matrix, 12)
    const [plainKernel, scaledKernel] = [draw(normal(), KERNEL), draw(initializer, KERNEL)]
    for (let i = 0; i < 100; i++) expect(scaledKernel[i]).toBeCloseTo((plainKernel[i] ?? Number.NaN) * kernel, 12)
  })

  test('both fans of a vector are its length; both fans of a scalar are 1', () => {
    expect(bound(draw(glorotUniform(), [5000]))).toBeLessThanOrEqual(Math.sqrt(6 / 10_000))
    expect(bound(draw(glorotUniform(), [5000]))).toBeGreaterThan(0.99 * Math.sqrt(6 / 10_000))
    expect(draw(heNormal(), [])[0]).toBeCloseTo(Math.SQRT2 * (draw(normal(), [])[0] as number), 12)
    expect(draw(heNormal(), [0, 3]).length).toBe(0)
  })

  test('a fan of 0 counts as 1', () => {
    for (const of of [fanInUniform, glorotNormal, heNormal])
      expect(draw(of({ fanIn: 0, fanOut: 0 }), [4])).toEqual(draw(of({ fanIn: 1, fanOut: 1 }), [4]))
  })

  test('truncatedNormal draws again beyond two standard deviations, and keeps what lies on the bound', () => {
    const draws = [2.5, -2, -3, 2, 0.5]
    const random = { normal: () => draws.shift() ?? Number.NaN } as Random
    expect(Array.from(truncatedNormal(0.5)([3], random))).toEqual([-1, 1, 0.25])
    expect(truncatedNormal()([1], { normal: () => -1 } as Random)[0]).toBe(-1)
  })
})
