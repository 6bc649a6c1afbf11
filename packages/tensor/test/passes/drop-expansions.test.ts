import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { dropExpansions } from '../../src/passes/drop-expansions.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, y, c] = [t.input('x', 'float32', [3, 4]), t.input('y', 'float32', [4]), t.input('c', 'bool', [3, 1])]
const inputs = [x, y, c]
const wide = t.expand(y, [3, 4])
const result = (z: t.Tensor): string => after(dropExpansions, z, inputs)

test('before and after', () => {
  expect(before(t.add(x, wide), inputs)).toBe('Add(x, Expand([3 4])(y))')
  expect(result(t.add(x, wide))).toBe('Add(x, y)')
  expect(result(t.sub(wide, x))).toBe('Sub(y, x)')
  expect(result(t.where(c, wide, x))).toBe('Where(c, y, x)')
})

test('neither of two expansions stays where their operands have the shape together, one of two equal ones does', () => {
  const column = t.expand(t.input('z', 'float32', [3, 1]), [3, 4])
  const z = column.node.inputs[0] as t.Input
  expect(after(dropExpansions, t.mul(wide, column), [y, z])).toBe('Mul(y, z)')
  const other = t.expand(t.input('v', 'float32', [4]), [3, 4])
  const v = other.node.inputs[0] as t.Input
  expect(after(dropExpansions, t.mul(wide, other), [y, v])).toBe('Mul(y, Expand([3 4])(v))')
})

test.each<[string, t.Tensor]>([
  ['the other operand is smaller', t.add(wide, y)],
  ['there is no other operand', t.exp(wide)],
  ['the reader is not pointwise', t.concat([wide, x], 0)],
])('does not apply: %s', (_, z) => {
  expect(result(z)).toBe(before(z, inputs))
})

test('changes no value', () => expectLaw(dropExpansions, ['an expanded operand', 'a factor of what is expanded']))
