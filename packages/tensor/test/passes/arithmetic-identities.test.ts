import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { arithmeticIdentities } from '../../src/passes/arithmetic-identities.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, y, i] = [t.input('x', 'float32', ['n', 3]), t.input('y', 'float32', [3]), t.input('i', 'int64', ['n'])]
const result = (z: t.Tensor): string => after(arithmeticIdentities, z, [x, y, i])

test('before and after', () => {
  expect(before(t.add(t.mul(x, 1), t.neg(y)), [x, y])).toBe('Add(Mul(x, 1), Neg(y))')
  expect(result(t.add(t.mul(x, 1), t.neg(y)))).toBe('Sub(x, y)')
})

test.each<[string, t.Tensor, string]>([
  ['-0 to a float', t.add(x, -0), 'x'],
  ['-0 on the left', t.add(-0, x), 'x'],
  ['0 to an integer', t.add(i, 0), 'i'],
  ['0 from anything', t.sub(x, 0), 'x'],
  ['a negative from something', t.sub(x, t.neg(y)), 'Add(x, y)'],
  ['a negative of a negative', t.neg(t.neg(x)), 'x'],
  ['1 on the left', t.mul(1, x), 'x'],
  ['-1', t.mul(x, -1), 'Neg(x)'],
  ['-1 on the left', t.mul(-1, x), 'Neg(x)'],
  ['division by 1', t.div(x, 1), 'x'],
  ['power 1', t.pow(x, 1), 'x'],
  ['power 2', t.pow(x, 2), 'Mul(x, x)'],
  ['identity', t.stopGradient(x), 'x'],
  ['several elements that are 1', t.mul(x, t.constant([1, 1, 1])), 'x'],
])('applies: %s', (_, z, expected) => {
  expect(result(z)).toBe(expected)
})

describe('does not apply', () => {
  test.each<[string, t.Tensor]>([
    ['0 to a float, as -0 + 0 is 0', t.add(x, 0)],
    ['-0 from a float, as -0 - -0 is 0', t.sub(x, -0)],
    ['0 times something, as that may be NaN', t.mul(x, 0)],
    ['x - x, as infinities differ', t.sub(x, x)],
    ['a negative first', t.add(t.neg(x), y)],
    [
      'a factor of 1 that is larger',
      t.mul(
        y,
        t.constant([
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ),
    ],
    ['elements that are not all 1', t.mul(x, t.constant([1, 1, 2]))],
    ['power 0.5', t.pow(x, 0.5)],
  ])('%s', (_, z) => {
    expect(result(z)).toBe(before(z, [x, y, i]))
  })
})

test('changes no value', () => expectLaw(arithmeticIdentities, ['sum with the negative', 'what does nothing', 'with a number']))
