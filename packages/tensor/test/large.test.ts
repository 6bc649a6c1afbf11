import * as t from '@equivar/tensor'
import { differentiate, evaluate, input, program, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

// Sizes that take long, of laws that the tests beside this file check at smaller sizes or by exact numbers. They are not run for mutants.

test('deep graphs are no problem', () => {
  const scalar = input('s', 'float32', [])
  let y: t.Tensor = scalar
  for (let i = 0; i < 20000; i++) y = t.add(t.mul(y, 0.9999), scalar)
  const gradient = program({ inputs: [scalar], outputs: { gradient: differentiate(y, scalar) } })
  expect(evaluate(gradient, { s: tensorValue('float32', [], [1]) }).gradient?.data[0]).toBeGreaterThan(1)
})

describe('randomUniform', () => {
  const seed = input('seed', 'int64', [])
  const sample = (s: number, stream = 1): Float64Array =>
    evaluate(program({ inputs: [seed], outputs: { y: t.randomUniform(seed, stream, [20000]) } }), { seed: tensorValue('int64', [], [s]) }).y
      ?.data as Float64Array

  test('uniform, repeatable, different for every seed and stream', () => {
    const [a, b, c] = [sample(5), sample(6), sample(5, 2)]
    expect(sample(5)).toEqual(a)
    const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((s, v) => s + v, 0) / values.length
    for (const values of [a, b, c]) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...values)).toBeLessThan(1)
      expect(Math.abs(mean(values) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 20000))
      const counts = new Array<number>(64).fill(0)
      for (const v of values) counts[Math.floor(v * 64)] = (counts[Math.floor(v * 64)] as number) + 1
      const chi = counts.reduce((s, k) => s + (k - 312.5) ** 2 / 312.5, 0)
      expect(chi).toBeLessThan(120)
      expect(Math.abs(mean(values.slice(1).map((v, i) => (v - 0.5) * ((values[i] as number) - 0.5))))).toBeLessThan(
        (5 / 12) * Math.sqrt(1 / 20000),
      )
    }
    const correlation = (u: Float64Array, v: Float64Array): number =>
      Math.abs(mean(u.map((p, i) => (p - 0.5) * ((v[i] as number) - 0.5)))) * 12
    expect(correlation(a, b)).toBeLessThan(5 / Math.sqrt(20000))
    expect(correlation(a, c)).toBeLessThan(5 / Math.sqrt(20000))
  })
})
