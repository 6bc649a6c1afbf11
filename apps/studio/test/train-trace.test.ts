import { expect, test } from 'vitest'
import { Trace } from '../src/train/trace.ts'

test('a curve keeps less than 500 points of however many, from its first to its last ones', () => {
  const trace = new Trace()
  for (let step = 1; step <= 100_000; step++) trace.add([step, 1 / step])
  expect(trace.raw.length).toBeLessThan(500)
  expect(trace.raw[0]).toEqual([1, 1])
  expect(trace.raw.at(-1)?.[0]).toBeGreaterThan(99_000)
  expect(trace.smooth.map(([x]) => x)).toEqual(trace.raw.map(([x]) => x))
})

test('the average of what is always the same is the same', () => {
  const trace = new Trace()
  for (let step = 1; step <= 2000; step++) trace.add([step, 3])
  for (const [, y] of trace.smooth) expect(y).toBeCloseTo(3, 10)
})
