import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { biasIntoConvolution } from '../../src/passes/bias-into-convolution.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, w] = [t.input('x', 'float32', ['n', 2, 3, 3]), t.input('w', 'float32', [3, 2, 1, 1])]
const [b, odd] = [t.input('b', 'float32', [3]), t.input('odd', 'float32', [1, 1, 3])]
const inputs = [x, w, b, odd]
const y = t.conv(x, w)
const bias = t.reshape(b, [1, 3, 1, 1])
const result = (...z: t.Tensor[]): string => after(biasIntoConvolution, z, inputs)
const window = 'kernel [1 1], strides [1 1], pads [0 0 0 0], dilations [1 1], groups 1'

test('before and after', () => {
  expect(before(t.add(y, bias), inputs)).toBe(`Add(Conv(${window})(x, w), Reshape([1 3 1 1])(b))`)
  expect(result(t.add(y, bias))).toBe(`Conv(${window})(x, w, Reshape([3])(Reshape([1 3 1 1])(b)))`)
  expect(result(t.add(t.reshape(b, [3, 1, 1]), y))).toBe(`Conv(${window})(x, w, Reshape([3])(Reshape([3 1 1])(b)))`)
})

test('through a change of the shape of space', () => {
  const z = t.add(t.reshape(y, ['n', 3, 9]), t.reshape(b, [3, 1]))
  expect(before(z, inputs)).toBe(`Add(Reshape([n 3 9])(Conv(${window})(x, w)), Reshape([3 1])(b))`)
  expect(result(z)).toBe(`Reshape([n 3 9])(Conv(${window})(x, w, Reshape([3])(Reshape([3 1])(b))))`)
})

test.each<[string, t.Tensor[]]>([
  ['a change of shape with another reader', [t.add(t.reshape(y, ['n', 3, 9]), t.reshape(b, [3, 1])), t.exp(t.reshape(y, ['n', 3, 9]))]],
  ['a change of shape that mixes channels and space', [t.add(t.reshape(y, ['n', 9, 3]), t.reshape(t.concat([b, b, b], 0), [9, 1]))]],
  ['one number a column', [t.add(y, odd)]],
  ['one number a column, as many as channels', [t.add(y, b)]],
  ['one number for all', [t.add(y, 1)]],
  ['another reader of the convolution', [t.mul(t.add(y, bias), y)]],
  ['the convolution as an output', [t.add(y, bias), y]],
  ['a bias that is there', [t.add(t.conv(x, w, { bias: b }), bias)]],
  ['a difference', [t.sub(y, bias)]],
])('does not apply: %s', (_, z) => {
  expect(result(...z)).toBe(before(z, inputs))
})

test('changes no value', () => expectLaw(biasIntoConvolution, ['a bias after a convolution']))
