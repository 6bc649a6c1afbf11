import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { mergeRearrangements } from '../../src/passes/merge-rearrangements.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', ['n', 2, 3])
const result = (y: t.Tensor): string => after(mergeRearrangements, y, [x])

test('before and after', () => {
  const y = t.transpose(t.transpose(x, [1, 2, 0]), [1, 0, 2])
  expect(before(y, [x])).toBe('Transpose([1 0 2])(Transpose([1 2 0])(x))')
  expect(result(y)).toBe('Transpose([2 1 0])(x)')
  expect(result(t.reshape(t.unsqueeze(x, 0), ['n', 6]))).toBe('Reshape([n 6])(x)')
})

test.each<[string, t.Tensor]>([
  ['transposes', t.transpose(t.transpose(x, [1, 2, 0]), [2, 0, 1])],
  ['shapes', t.reshape(t.reshape(x, [-1]), ['n', 2, 3])],
  ['an axis that comes and goes', t.squeeze(t.unsqueeze(x, 1), 1)],
  ['three in a row', t.reshape(t.squeeze(t.unsqueeze(t.reshape(x, ['n', 6]), 0), 0), ['n', 2, 3])],
])('what undoes itself vanishes: %s', (_, y) => {
  expect(result(y)).toBe('x')
})

test.each<[string, t.Tensor]>([
  ['a shape between two orders', t.transpose(t.reshape(t.transpose(x), [6, 'n']))],
  ['other axes', t.squeeze(t.unsqueeze(t.slice(x, { axis: 1, end: 1 }), 0), 2)],
])('does not apply: %s', (_, y) => {
  expect(result(y)).toBe(before(y, [x]))
})

test('changes no value', () => expectLaw(mergeRearrangements, ['transposes', 'shapes in a row']))
