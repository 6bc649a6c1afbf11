import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { maxPoolGradients } from '../../src/passes/index.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const pass = maxPoolGradients({ repeatedUpTo: 28 })

const gradientOf = (x: t.Input, options: t.PoolOptions): t.Tensor => t.differentiate(t.reduceSum(t.maxPool(x, options)), x)

test('before and after, where windows tile the signal', () => {
  const x = t.input('x', 'float32', [1, 1, 4])
  const window = 'kernel [2], strides [2], pads [0 0], dilations [1]'
  const y = gradientOf(x, { kernel: 2 })
  expect(before(y, [x])).toBe(`MaxPoolGradient(${window})(x, MaxPool(${window})(x), Expand([1 1 2])(Unsqueeze([0 1 2])(1)))`)
  const text = after(pass, y, [x])
  expect(text).toContain(`AveragePool(${window})`)
  expect(text).not.toContain('Slice')
})

test('where they overlap or leave a rest, element by element of the window', () => {
  const x = t.input('x', 'float32', [1, 1, 5])
  for (const options of [{ kernel: 2 }, { kernel: 2, strides: 1 }, { kernel: 2, dilations: 2 }, { kernel: 2, pads: [1, 0] }]) {
    const text = after(pass, gradientOf(x, options), [x])
    expect(text).toContain('Slice')
    expect(text).not.toContain('AveragePool')
    expect(text).not.toContain('MaxPoolGradient')
  }
})

test('does not apply: no gradient of a pooling', () => {
  const x = t.input('x', 'float32', [1, 1, 4])
  const y = t.maxPool(x, { kernel: 2 })
  expect(after(pass, y, [x])).toBe(before(y, [x]))
})

test('short rows are repeated, long ones broadcast', () => {
  const joined = (width: number | string): number => {
    const x = t.input('x', 'float32', [1, 1, 2, width])
    return after(pass, gradientOf(x, { kernel: 2 }), [x]).match(/Concat/g)?.length ?? 0
  }
  expect([28, 30].map(joined)).toEqual([4, 2])
})

test.each([
  [
    [2, 3, 4, 6],
    [2, 3],
  ],
  [
    [1, 2, 6, 30],
    [3, 2],
  ],
  [
    [1, 2, 4, 28],
    [2, 2],
  ],
  [
    [2, 1, 2, 4, 6],
    [1, 2, 3],
  ],
  [
    [1, 1, 4, 4, 32],
    [2, 2, 2],
  ],
  [[2, 2, 31], [31]],
  [
    [0, 2, 4, 4],
    [2, 2],
  ],
  [
    [2, 2, 4, 4],
    [1, 1],
  ],
])('has the values of the reference: %o in windows of %o', (shape, kernel) => {
  const x = t.input('x', 'float32', shape)
  const y = t.maxPool(x, { kernel })
  const g = t.input('g', 'float32', y.shape)
  const p = t.program({ inputs: { x, g }, outputs: { dx: t.vectorJacobianProduct([{ output: y, cotangent: g }], [x])[0] as t.Tensor } })
  const numbers = (sizes: readonly number[], f: (i: number) => number): t.TensorValue =>
    t.tensorValue(
      'float32',
      sizes,
      Float64Array.from({ length: sizes.reduce((n, d) => n * d, 1) }, (_, i) => f(i)),
    )
  // Many elements tie.
  const feeds = { x: numbers(shape, (i) => Math.round(2 * Math.sin(i + 1))), g: numbers(y.shape as number[], (i) => Math.cos(i + 1)) }
  const [expected, found] = [p, pass.run(p, { fixed: new Set() })].map((q) => t.evaluate(q, feeds).dx)
  expect(found?.shape).toEqual(expected?.shape)
  for (const [i, value] of [...(expected?.data ?? [])].entries())
    expect(Math.abs(Number(found?.data[i]) - Number(value))).toBeLessThan(1e-12)
})

test('changes no value', () => {
  expectLaw(pass, ['pooling of relu'])
  expectLaw(maxPoolGradients(), ['pooling of relu'])
})
