import { expect, test } from 'vitest'
import { RunSize } from '../src/scheduling/run-size.ts'

/** What runs cost under a law, always with a full queue: the sizes that were chosen. */
function chosenSizes(seconds: (rows: number) => number, limit: number, runs = 400): number[] {
  const size = new RunSize()
  return Array.from({ length: runs }, () => {
    const rows = size.next(limit)
    size.ran({ rows, elements: 100 * rows, seconds: seconds(rows) })
    return rows
  })
}
const most = (sizes: readonly number[]): number => {
  const late = sizes.slice(-100)
  return [...new Set(late)].sort((a, b) => late.filter((size) => size === b).length - late.filter((size) => size === a).length)[0] as number
}

test.each([
  ['a run of any size takes as long: the largest', () => 0.01, 64, 64],
  ['an example costs the same everywhere: as large as overhead is worth', (rows: number) => 0.002 * rows, 64, 64],
  ['beyond 8 the caches are too small', (rows: number) => rows * (rows > 8 ? 0.004 : 0.002), 64, 8],
  ['beyond 1', (rows: number) => rows * (rows > 1 ? 0.02 : 0.002), 64, 1],
  ['a limit between two powers of two', (rows: number) => 0.01 + rows * 1e-5, 48, 48],
])('%s', (_, seconds, limit, expected) => {
  const sizes = chosenSizes(seconds, limit)
  expect(most(sizes)).toBe(expected)
  expect(sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= limit)).toBe(true)
})

test('nothing is known at first; what changes is noticed', () => {
  const size = new RunSize()
  expect(size.next(64)).toBe(64)
  size.ran({ rows: 0, elements: 0, seconds: 1 })
  expect(size.next(64)).toBe(64)
  let slow = false
  const sizes = Array.from({ length: 3000 }, (_, i) => {
    slow = i >= 1000
    const rows = size.next(64)
    size.ran({ rows, elements: 100 * rows, seconds: rows * (slow && rows > 4 ? 0.01 : 0.002) + 1e-3 })
    return rows
  })
  expect(most(sizes.slice(0, 1000))).toBeGreaterThanOrEqual(16)
  expect(most(sizes)).toBe(4)
})

test('padding does not make a run look good', () => {
  const size = new RunSize()
  for (let i = 0; i < 100; i++) {
    const rows = size.next(16)
    // Runs of more than one are padded to twice their numbers.
    size.ran({ rows, elements: 10_000 * rows, seconds: rows * (rows > 1 ? 0.004 : 0.002) })
  }
  expect(most(Array.from({ length: 100 }, () => size.next(16)))).toBe(1)
})

test('what a run usually holds is not what one of them tries', () => {
  const size = new RunSize()
  const usual = new Set<number>()
  const tried = new Set<number>()
  for (let run = 0; run < 400; run++) {
    const rows = size.next(64)
    tried.add(rows)
    usual.add(size.usual(64))
    size.ran({ rows, elements: 100 * rows, seconds: 0.01 })
  }
  expect(tried.size).toBeGreaterThan(3)
  expect([...usual]).toEqual([64])
})
