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

const before = (steps: number, then: Schedule): Schedule => warmup({ steps, then })

describe('warmup', () => {
  test('rises linearly to the first rate of the next schedule, which then starts at its step 0', () =>
    expectRates(before(4, stepDecay({ rate: 1, every: 2, factor: 0.5 })), [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5, 0.25]))
  test('of 0 steps equals the next schedule', () => expectRates(before(0, exponentialDecay({ rate: 1, factor: 0.5 })), [1, 0.5, 0.25]))
})

test('a warm-up of one step starts at the maximum', () => {
  const schedule = oneCycle({ maximum: 1, steps: 10, warmup: 0.1 })
  expect(schedule(0)).toBe(1)
  expect(schedule(9)).toBeCloseTo(1 / 25 / 1e4, 12)
})

test('every schedule gives a finite rate at every step, down to a length of one step', () => {
  for (const steps of [1, 2, 3, 10])
    for (const share of [0, 0.1, 0.3, 0.5, 1]) {
      const all = [
        cosineDecay({ rate: 1, steps }),
        oneCycle({ maximum: 1, steps, warmup: share }),
        stepDecay({ rate: 1, every: steps, factor: share }),
        before(steps - 1, cosineDecay({ rate: 1, steps })),
      ]
      for (const [i, schedule] of all.entries())
        for (const rate of first(schedule, 2 * steps + 1))
          expect(rate >= 0 && rate <= 1, `schedule ${i}, ${steps}, ${share}: ${rate}`).toBe(true)
    }
})

const rate = 0.1
const then = constantRate(rate)
test.each<[string, () => Schedule, string]>([
  ['a negative rate', () => constantRate(-1), 'constantRate: expected a finite rate of 0 or more, received -1.'],
  ['no number', () => constantRate(Number.NaN), 'constantRate: expected a finite rate of 0 or more, received no number.'],
  ['every 0', () => stepDecay({ rate, every: 0, factor: 0.5 }), 'stepDecay: expected a finite every of 1 or more, received 0.'],
  ['a negative factor', () => stepDecay({ rate, every: 1, factor: -1 }), 'stepDecay: expected a finite factor of 0 or more, received -1.'],
  [
    'a negative minimum',
    () => stepDecay({ rate, every: 1, factor: 1, minimum: -1 }),
    'stepDecay: expected a finite minimum of 0 or more, received -1.',
  ],
  [
    'an infinite factor',
    () => exponentialDecay({ rate, factor: Number.POSITIVE_INFINITY }),
    'exponentialDecay: expected a finite factor of 0 or more, received Infinity.',
  ],
  ['0 steps', () => cosineDecay({ rate, steps: 0 }), 'cosineDecay: expected a finite steps of 1 or more, received 0.'],
  ['a rate below 0', () => cosineDecay({ rate: -1, steps: 1 }), 'cosineDecay: expected a finite rate of 0 or more, received -1.'],
  ['a cycle of 0 steps', () => oneCycle({ maximum: 1, steps: 0 }), 'oneCycle: expected a finite steps of 1 or more, received 0.'],
  [
    'a divisor of 0',
    () => oneCycle({ maximum: 1, steps: 1, initialDivisor: 0 }),
    'oneCycle: expected a finite initialDivisor of 1 or more, received 0.',
  ],
  [
    'a warm-up longer than the cycle',
    () => oneCycle({ maximum: 1, steps: 9, warmup: 2 }),
    'oneCycle: expected warmup of at most 1, received 2.',
  ],
  ['a maximum below 0', () => oneCycle({ maximum: -1, steps: 9 }), 'oneCycle: expected a finite maximum of 0 or more, received -1.'],
  ['a warm-up of -1 steps', () => warmup({ steps: -1, then }), 'warmup: expected a finite steps of 0 or more, received -1.'],
])('%s is refused', (_, build, message) => expect(build).toThrow(message))
