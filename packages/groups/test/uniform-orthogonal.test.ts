import { describe, expect, test } from 'vitest'
import { uniformOrthogonal } from '../src/index.ts'
import { normal } from '../src/matrix/matrix-group.ts'
import { seededRandom } from '../src/random.ts'

/** The determinant by its sum over permutations, one row after the other. */
function determinant(rows: readonly (readonly number[])[]): number {
  const [first, ...rest] = rows
  if (first === undefined) return 1
  return first.reduce((sum, v, j) => sum + (j % 2 === 0 ? v : -v) * determinant(rest.map((row) => row.filter((_, k) => k !== j))), 0)
}

const drawn = (n: number, seed: number, proper?: boolean): readonly (readonly number[])[] => {
  const random = seededRandom(seed)
  return uniformOrthogonal(n, () => normal(random), proper === undefined ? {} : { proper })
}

describe.each([1, 2, 3, 6])('of %i coordinates', (n) => {
  test.each([1, 2, 3, 4, 5])('rows are orthonormal, and rotations have determinant 1 (seed %i)', (seed) => {
    const rows = drawn(n, seed, true)
    for (const [i, a] of rows.entries())
      for (const [j, b] of rows.entries()) expect(a.reduce((sum, v, k) => sum + v * (b[k] as number), 0)).toBeCloseTo(Number(i === j), 13)
    expect(determinant(rows)).toBeCloseTo(1, 12)
  })

  test('half of the others reflect', () => {
    const signs = Array.from({ length: 40 }, (_, seed) => Math.round(determinant(drawn(n, seed + 1))))
    expect(new Set(signs)).toEqual(new Set([1, -1]))
  })
})

test('every direction is as likely: entries have mean 0 and variance 1 / n', () => {
  const entries = Array.from({ length: 2000 }, (_, seed) => drawn(3, seed)[2]?.[1] as number)
  const mean = entries.reduce((a, b) => a + b, 0) / entries.length
  const variance = entries.reduce((sum, v) => sum + (v - mean) ** 2, 0) / entries.length
  expect(Math.abs(mean)).toBeLessThan(0.05)
  expect(variance).toBeCloseTo(1 / 3, 1)
})
