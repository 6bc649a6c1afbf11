import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { foldConstants } from '../../src/passes/fold-constants.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', [2])
const result = (z: t.Tensor): string => after(foldConstants, z, [x])

test('before and after', () => {
  const y = t.mul(x, t.add(t.constant(1), 2))
  expect(before(y, [x])).toBe('Mul(x, Add(1, 2))')
  expect(result(y)).toBe('Mul(x, 3)')
})

test.each<[string, t.Tensor, string]>([
  ['several steps', t.mul(x, t.exp(t.sub(t.constant(1), 1))), 'Mul(x, 1)'],
  ['the sign of 0', t.mul(x, t.neg(t.constant(0))), 'Mul(x, -0)'],
  ['integers', t.mul(t.cast(x, 'int64'), t.div(t.constant(-7, [], 'int64'), 2)), 'Mul(Cast(int64)(x), int64 -3)'],
  ['float16, rounded', t.mul(t.cast(x, 'float16'), t.add(t.constant(2048, [], 'float16'), 1)), 'Mul(Cast(float16)(x), float16 2048)'],
  ['an expansion to one number', t.add(x, t.expand(t.constant(2), [1])), 'Add(x, [2])'],
])('applies: %s', (_, y, expected) => {
  expect(result(y)).toBe(expected)
})

test.each<[string, t.Tensor]>([
  ['an expansion is larger than what it repeats', t.add(x, t.expand(t.constant(2), [2]))],
  ['whole numbers divided by 0 have no value', t.add(t.cast(x, 'int64'), t.div(t.constant(1, [], 'int64'), 0))],
  ['a size is not known', t.mul(t.reduceSum(t.range('n')), 2)],
  ['more than 4,096 numbers', t.neg(t.constant(new Float32Array(4097)))],
])('does not apply: %s', (_, y) => {
  const n = t.input('n', 'float32', ['n'])
  expect(after(foldConstants, y, [x, n])).toBe(before(y, [x, n]))
})

test('changes no value', () => expectLaw(foldConstants, ['constant', 'with a number', 'gather known rows', 'sums at known rows']))
