import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { poolBeforeRelu } from '../../src/passes/pool-before-relu.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', [1, 2, 4, 4])
const g = t.input('g', 'float32', [1, 2, 2, 2])
const window = 'kernel [2 2], strides [2 2], pads [0 0 0 0], dilations [1 1]'
const result = (y: t.Tensor): string => after(poolBeforeRelu, y, [x, g])

test('before and after', () => {
  const y = t.maxPool(t.relu(x), { kernel: 2 })
  expect(before(y, [x])).toBe(`MaxPool(${window})(Relu(x))`)
  expect(result(y)).toBe(`Relu(MaxPool(${window})(x))`)
  const reshaped = t.maxPool(t.reshape(t.relu(x), [2, 1, 4, 4]), { kernel: 2 })
  expect(result(reshaped)).toBe(`Relu(MaxPool(${window})(Reshape([2 1 4 4])(x)))`)
})

test('gradients too: the slope is that of the pooled numbers', () => {
  const y = t.maxPool(t.relu(x), { kernel: 2 })
  const gradient = t.vectorJacobianProduct([{ output: y, cotangent: g }], [x])[0] as t.Tensor
  expect(result(gradient)).toBe(`a = MaxPool(${window})(x); MaxPoolGradient(${window})(x, a, Mul(g, Relu(Sign(Relu(a)))))`)
})

test.each<[string, t.Tensor]>([
  ['another activation', t.maxPool(t.leakyRelu(x), { kernel: 2 })],
  ['means', t.averagePool(t.relu(x), { kernel: 2 })],
  ['windows that may lie outside', t.maxPool(t.relu(x), { kernel: 2, dilations: 4, pads: 3 })],
])('does not apply: %s', (_, y) => {
  expect(result(y)).toBe(before(y, [x, g]))
})

test('a window without elements stays -Infinity', () => {
  const single = t.input('single', 'float32', [1, 1, 1])
  const y = t.maxPool(t.relu(single), { kernel: 2, dilations: 2, pads: 1, strides: 1 })
  const p = t.optimize(t.program({ inputs: [single], outputs: { y } }))
  expect([...(t.evaluate(p, { single: t.tensorValue('float32', [1, 1, 1], [3]) }).y?.data ?? [])]).toEqual([-Infinity])
})

test('changes no value', () => expectLaw(poolBeforeRelu, ['pooling of relu', 'maxPool']))
