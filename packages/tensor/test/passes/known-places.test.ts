import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { knownPlacesWithoutSums } from '../../src/passes/known-places.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', [3])
const rows = (...numbers: number[]): t.Tensor => t.constant(BigInt64Array.from(numbers, BigInt), [numbers.length, 1])
const sums = (size: number, at: t.Tensor, of: t.Tensor = x, into: t.Tensor = t.zeros([size])): t.Tensor =>
  t.scatterND(into, at, of, { reduction: 'add' })
const result = (y: t.Tensor, ...more: t.Input[]): string => after(knownPlacesWithoutSums, y, [x, ...more])

test('before and after', () => {
  const y = sums(3, rows(2, 0, 1))
  expect(before(y, [x])).toBe('ScatterND(add)(Expand([3])(0), int64 [2 0 1] of [3, 1], x)')
  expect(result(y)).toBe('Gather(0)(x, int64 [1 2 0])')
})

test('rows written equally often are read and added up', () => {
  const x6 = t.input('x6', 'float32', [6])
  expect(result(sums(3, rows(2, 0, 1, 0, 1, 2), x6), x6)).toBe('ReduceSum([1], false)(Gather(0)(x6, int64 [1 3 2 4 0 5] of [3, 2]))')
})

test('distinct rows, not all of them, are written without sums', () => {
  expect(result(sums(4, rows(2, 0, 1)))).toBe('ScatterND(none)(Expand([4])(0), int64 [2 0 1] of [3, 1], x)')
})

test.each<[string, t.Tensor]>([
  ['rows again', sums(4, rows(2, 0, 2))],
  ['rows counted from the end', sums(4, rows(-1, 0, 3))],
  ['something there already', sums(4, rows(2, 0, 1), x, t.ones([4]))],
  ['no sum', t.scatterND(t.zeros([3]), rows(2, 0, 1), x, { reduction: 'max' })],
])('does not apply: %s', (_, y) => {
  expect(result(y)).toBe(before(y, [x]))
})

test('does not apply: rows that are fed', () => {
  const at = t.input('at', 'int64', [3, 1])
  expect(result(sums(3, at), at)).toBe(before(sums(3, at), [x, at]))
})

test('changes no value', () =>
  expectLaw(knownPlacesWithoutSums, ['gather known rows, differentiated', 'sums at known rows', 'gather twice', 'gradient']))
