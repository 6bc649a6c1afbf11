import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { mergeFactors } from '../../src/passes/merge-factors.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, y] = [t.input('x', 'float32', ['n', 1]), t.input('y', 'float32', ['n', 3])]
const result = (z: t.Tensor): string => after(mergeFactors, z, [x, y])

test('before and after', () => {
  expect(before(t.mul(t.mul(x, 2), 3), [x])).toBe('Mul(Mul(x, 2), 3)')
  expect(result(t.mul(t.mul(x, 2), 3))).toBe('Mul(x, 6)')
  expect(result(t.mul(3, t.mul(2, x)))).toBe('Mul(x, 6)')
  expect(result(t.mul(t.expand(x, ['n', 3]), 2))).toBe('Expand([n 3])(Mul(x, 2))')
})

test.each<[string, t.Tensor]>([
  ['a factor that is not known', t.mul(t.mul(x, y), 3)],
  ['0, as 0 times infinity is NaN', t.mul(t.mul(x, 0), 3)],
  ['a factor that could overflow', t.mul(t.mul(x, 2 ** 63), 2 ** 63)],
  ['a factor that could vanish', t.mul(t.mul(x, 2 ** -63), 2 ** -63)],
  ['NaN', t.mul(t.mul(x, Number.NaN), 2)],
  ['a factor for each element', t.mul(t.mul(y, t.constant([1, 2, 3])), 2)],
  ['integers, which wrap around', t.mul(t.mul(t.cast(x, 'int64'), 2), 3)],
])('does not apply: %s', (_, z) => {
  expect(result(z)).toBe(before(z, [x, y]))
})

test('changes no value', () => expectLaw(mergeFactors, ['factors', 'a factor of what is expanded']))
