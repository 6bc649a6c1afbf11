import { describe, expect, test } from 'vitest'
import { constantRate, cosineDecay, exponentialDecay, oneCycle, type Schedule, stepDecay, warmup } from '../src/index.ts'

const first = (schedule: Schedule, count: number): number[] => Array.from({ length: count }, (_, step) => schedule(step))
const expectRates = (schedule: Schedule, expected: readonly number[]): void =>
  first(schedule, expected.length).forEach((rate, step) => {
    expect(rate, `step ${step}`).toBeCloseTo(expected[step] ?? Number.NaN, 12)
  })

describe('rates at each step', () => {
  test('constant', () => expectRates(constantRate(0.3), [0.3, 0.3, 0.3]))
  test('stepDecay halves the rate every three steps, down to the minimum', () =>
    expectRates(stepDecay({ rate: 1, every: 3, factor: 0.5, minimum: 0.3 }), [1, 1, 1, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3]))
  test('exponential', () => expectRates(exponentialDecay({ rate: 2, factor: 0.1 }), [2, 0.2, 0.02]))
  test('cosineDecay follows half a period of a cosine, then stays at the minimum', () =>
    expectRates(cosineDecay({ rate: 1, steps: 4, minimum: 0.2 }), [
      1,
      0.6 + 0.4 * Math.SQRT1_2,
      0.6,
      0.6 - 0.4 * Math.SQRT1_2,
      0.2,
      0.2,
      0.2,
    ]))
  test('oneCycle rises from 1/25 of the maximum to the maximum, falls to 1/10,000 of the first rate, and stays there', () => {
    const schedule = oneCycle({ maximum: 1, steps: 11, warmup: 0.5 })
    expect(schedule(0)).toBeCloseTo(1 / 25, 12)
    expect(schedule(4.5)).toBeCloseTo(1, 12)
    expect(schedule(10)).toBeCloseTo(1 / 25 / 1e4, 12)
    expect(schedule(99)).toBeCloseTo(1 / 25 / 1e4, 12)
    expect(schedule(2.25)).toBeCloseTo((1 + 1 / 25) / 2, 12)
  })
})

describe('warmup', () => {
  const before = (steps: number, then: Schedule): Schedule => warmup({ steps, then })
  test('rises linearly to the first rate of the next schedule, which then starts at its step 0', () =>
    expectRates(before(4, stepDecay({ rate: 1, every: 2, factor: 0.5 })), [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5, 0.25]))
  test('of 0 steps equals the next schedule', () => expectRates(before(0, exponentialDecay({ rate: 1, factor: 0.5 })), [1, 0.5, 0.25]))
})
