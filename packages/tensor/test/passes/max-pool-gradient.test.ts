import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { maxPoolGradients } from '../../src/passes/index.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const gradientOf = (x: t.Input, options: t.PoolOptions): t.Tensor => t.differentiate(t.reduceSum(t.maxPool(x, options)), x)

test('before and after, where windows tile the signal', () => {
  const x = t.input('x', 'float32', [1, 1, 4])
  const window = 'kernel [2], strides [2], pads [0 0], dilations [1]'
  const y = gradientOf(x, { kernel: 2 })
  expect(before(y, [x])).toBe(`MaxPoolGradient(${window})(x, MaxPool(${window})(x), Expand([1 1 2])(Unsqueeze([0 1 2])(1)))`)
  const text = after(maxPoolGradients, y, [x])
  expect(text).toContain(`AveragePool(${window})`)
  expect(text).not.toContain('Slice')
})

test('where they overlap or leave a rest, element by element of the window', () => {
  const x = t.input('x', 'float32', [1, 1, 5])
  for (const options of [{ kernel: 2 }, { kernel: 2, strides: 1 }, { kernel: 2, dilations: 2 }, { kernel: 2, pads: [1, 0] }]) {
    const text = after(maxPoolGradients, gradientOf(x, options), [x])
    expect(text).toContain('Slice')
    expect(text).not.toContain('AveragePool')
    expect(text).not.toContain('MaxPoolGradient')
  }
})

test('does not apply: no gradient of a pooling', () => {
  const x = t.input('x', 'float32', [1, 1, 4])
  const y = t.maxPool(x, { kernel: 2 })
  expect(after(maxPoolGradients, y, [x])).toBe(before(y, [x]))
})

test('changes no value', () => expectLaw(maxPoolGradients, ['pooling of relu']))
