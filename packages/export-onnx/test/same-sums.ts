import * as t from '@equivar/tensor'
import { expect } from 'vitest'
import { sumsAsProducts, sumsInStages } from '../src/sums.ts'

/** Both passes change no value of sums and means of these numbers, infinities among them. */
export function expectSameSums(shape: readonly number[], symbolic: readonly t.DimensionLike[], axis: readonly number[]): void {
  const signal = t.input('signal', 'float32', symbolic)
  const options = [true, false].map((keepDims) => ({ axis, keepDims }))
  const outputs = Object.fromEntries(options.flatMap((o, i) => [t.reduceSum, t.reduceMean].map((f, j) => [`y${i}${j}`, f(signal, o)])))
  const p = t.program({ inputs: { signal }, outputs })
  const values = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i + 1))
  // An infinity stays one, and what meets its opposite is NaN.
  if (values.length > 60) [values[1], values[40], values[50]] = [Infinity, Infinity, -Infinity]
  const feeds = { signal: t.tensorValue('float32', shape, values) }
  const optimized = t.optimize(p, { name: 'sums', passes: [sumsInStages, sumsAsProducts] })
  const [expected, found] = [t.evaluate(p, feeds), t.evaluate(optimized, feeds)]
  for (const name of Object.keys(outputs)) {
    const [a, b] = [expected[name]?.data ?? [], found[name]?.data ?? []]
    expect(found[name]?.shape).toEqual(expected[name]?.shape)
    for (const [i, value] of [...a].entries())
      if (!Object.is(value, b[i])) expect(Math.abs(Number(b[i]) - Number(value))).toBeLessThan(1e-12)
  }
}
