import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { sumsOntoTerms } from '../../src/passes/sums-onto-terms.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, y] = [t.input('x', 'float32', ['n', 2]), t.input('y', 'float32', [3, 2])]
const [at, row] = [t.input('at', 'int64', ['n', 1]), t.input('row', 'float32', [2])]
const inputs = [x, y, at, row]
const sum = (data: t.Tensor = t.zeros([3, 2]), reduction: 'add' | 'max' = 'add'): t.Tensor => t.scatterND(data, at, x, { reduction })
const read = sum()
const result = (...z: t.Tensor[]): string => after(sumsOntoTerms, z, inputs)

test('before and after', () => {
  expect(before(t.add(y, sum()), inputs)).toBe('Add(y, ScatterND(add)(Expand([3 2])(0), at, x))')
  expect(result(t.add(y, sum()))).toBe('ScatterND(add)(y, at, x)')
  expect(result(t.add(sum(), y))).toBe('ScatterND(add)(y, at, x)')
})

test.each<[string, t.Tensor[]]>([
  ['another reader of the sum', [t.mul(t.add(y, read), read)]],
  ['the sum as an output', [t.add(y, read), read]],
  ['a sum that starts from something', [t.add(y, sum(t.ones([3, 2])))]],
  ['the largest', [t.add(y, sum(t.zeros([3, 2]), 'max'))]],
  ['a term that is broadcast', [t.add(row, sum())]],
  ['a difference', [t.sub(y, sum())]],
])('does not apply: %s', (_, z) => {
  expect(result(...z)).toBe(before(z, inputs))
})

test('changes no value', () => expectLaw(sumsOntoTerms, ['sums by index and a term']))
