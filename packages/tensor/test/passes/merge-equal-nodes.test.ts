import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { mergeEqualNodes } from '../../src/passes/merge-equal-nodes.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, y] = [t.input('x', 'float32', ['n']), t.input('y', 'float32', ['n'])]
const result = (z: t.Tensor): string => after(mergeEqualNodes, z, [x, y])

test('before and after', () => {
  const z = t.add(t.exp(x), t.exp(x))
  expect(before(z, [x])).toBe('Add(Exp(x), Exp(x))')
  expect(result(z)).toBe('a = Exp(x); Add(a, a)')
})

test('whole branches, sizes by name, nodes with several results', () => {
  expect(result(t.add(t.sin(t.mul(x, 2)), t.sin(t.mul(x, 2))))).toBe('a = Sin(Mul(x, 2)); Add(a, a)')
  expect(result(t.add(t.expand(t.constant(1), ['n']), t.expand(t.constant(1), ['n'])))).toBe('a = Expand([n])(1); Add(a, a)')
  const top = (): t.Tensor => t.topK(x, 'n', 0).values
  expect(result(t.add(top(), top()))).toBe('a = TopK(n, 0, true)(x); Add(a.0, a.0)')
})

test.each<[string, t.Tensor]>([
  ['other operands', t.add(t.exp(x), t.exp(y))],
  ['operands in another order', t.add(t.sub(x, y), t.sub(y, x))],
  ['other attributes', t.add(t.leakyRelu(x, 0.1), t.leakyRelu(x, 0.2))],
  ['0 and -0', t.add(t.mul(x, 0), t.mul(x, -0))],
  ['other types', t.add(t.cast(t.cast(x, 'int32'), 'float32'), t.cast(t.cast(x, 'int64'), 'float32'))],
])('does not apply: %s', (_, z) => {
  expect(result(z)).toBe(before(z, [x, y]))
})

test('changes no value', () => expectLaw(mergeEqualNodes, ['written twice', 'gradient']))
