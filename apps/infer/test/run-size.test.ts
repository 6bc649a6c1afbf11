import { expect, test } from 'vitest'
import { RunSize } from '../src/scheduling/run-size.ts'

/** The chosen sizes of runs with a given cost and a full queue. */
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
  ['all runs take the same time: the largest', () => 0.01, 64, 64],
  ['each example takes the same time: large enough to hide the overhead', (rows: number) => 0.002 * rows, 64, 64],
  ['the caches hold 8 examples', (rows: number) => rows * (rows > 8 ? 0.004 : 0.002), 64, 8],
  ['the caches hold 1 example', (rows: number) => rows * (rows > 1 ? 0.02 : 0.002), 64, 1],
  ['a limit between two powers of two', (rows: number) => 0.01 + rows * 1e-5, 48, 48],
])('%s', (_, seconds, limit, expected) => {
  const sizes = chosenSizes(seconds, limit)
  expect(most(sizes)).toBe(expected)
  expect(sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= limit)).toBe(true)
})

test('it starts without measurements, and adapts to changes', () => {
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

test('padding does not make a run look cheaper', () => {
  const size = new RunSize()
  for (let i = 0; i < 100; i++) {
    const rows = size.next(16)
    // Runs of more than one example are padded to twice their elements.
    size.ran({ rows, elements: 10_000 * rows, seconds: rows * (rows > 1 ? 0.004 : 0.002) })
  }
  expect(most(Array.from({ length: 100 }, () => size.next(16)))).toBe(1)
})

test('the usual size of a run ignores sizes that are only tried', () => {
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
