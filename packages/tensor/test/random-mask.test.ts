import { expect, test } from 'vitest'
import { evaluate, input, maskProbability, program, randomMask, tensorValue } from '../src/index.ts'

const [ROWS, COLUMNS] = [96, 128]
const seed = input('seed', 'int64', [])
const drawn = (value: number, stream: number, probability: number, shape = [ROWS, COLUMNS]): number[] =>
  Array.from(
    evaluate(program({ inputs: [seed], outputs: { y: randomMask(seed, stream, shape, probability) } }), {
      seed: tensorValue('int64', [], [value]),
    }).y?.data ?? [],
    Number,
  )

test.each([0, 0.1, 0.5, 0.75, 1])('the share of true elements is the probability %f, within four deviations', (probability) => {
  const p = maskProbability(probability)
  expect(Math.abs(p - probability)).toBeLessThan(1 / 2000)
  const counts = Array.from({ length: 20 }, (_, s) => drawn(s, 0, probability).reduce((a, b) => a + b, 0))
  const size = ROWS * COLUMNS
  // Elements are pairwise independent, so that the variance of the count is that of independent ones.
  for (const count of counts) expect(Math.abs(count - p * size)).toBeLessThanOrEqual(4.5 * Math.sqrt(p * (1 - p) * size))
})

test('neighbours, elements of a row and of a column, and other seeds and streams are not correlated', () => {
  const masks = Array.from({ length: 12 }, (_, s) => drawn(s, 1, 0.5))
  const correlation = (f: (at: number, mask: number[], s: number) => number | undefined): number => {
    let [sum, count] = [0, 0]
    masks.forEach((mask, s) => {
      mask.forEach((v, at) => {
        const other = f(at, mask, s)
        if (other === undefined) return
        sum += (2 * v - 1) * (2 * other - 1)
        count++
      })
    })
    return sum / Math.sqrt(count)
  }
  expect(Math.abs(correlation((at, mask) => mask[at + 1]))).toBeLessThan(4.5)
  expect(Math.abs(correlation((at, mask) => mask[at + COLUMNS]))).toBeLessThan(4.5)
  expect(Math.abs(correlation((at, mask) => mask[at + 17 * COLUMNS + 5]))).toBeLessThan(4.5)
  expect(Math.abs(correlation((at, _, s) => masks[s + 1]?.[at]))).toBeLessThan(4.5)
  const other = drawn(0, 2, 0.5)
  expect(Math.abs(correlation((at, _, s) => (s === 0 ? other[at] : undefined)))).toBeLessThan(4.5)
  // Of four corners of a rectangle no parity is preferred.
  expect(
    Math.abs(
      correlation((at, mask) => {
        const corners = [mask[at + 3], mask[at + 5 * COLUMNS], mask[at + 5 * COLUMNS + 3]]
        return corners.includes(undefined) ? undefined : (corners as number[]).reduce((a, b) => a ^ b)
      }),
    ),
  ).toBeLessThan(4.5)
})

test('the same seed gives the same elements; few or unknown columns are drawn one by one', () => {
  expect(drawn(7, 0, 0.5)).toEqual(drawn(7, 0, 0.5))
  const few = drawn(7, 0, 0.3, [2000, 3])
  expect(Math.abs(few.reduce((a, b) => a + b, 0) - 1800)).toBeLessThan(4.5 * Math.sqrt(6000 * 0.21))
  expect(drawn(7, 0, 0.5, [0, 128])).toEqual([])
})
