import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { loopInvariants } from '../../src/passes/loop-invariants.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', [3])
const w = t.input('w', 'float32', [3])
const rows = t.input('rows', 'float32', ['batch', 3])

/** A loop whose body is given its iteration, its state and w. */
function loop(step: (iteration: t.Tensor, state: t.Tensor, w: t.Tensor) => t.Tensor): t.Tensor {
  const [i, state, inside] = [t.input('i', 'int64', []), t.input('state', 'float32', [3]), t.input('w', 'float32', [3])]
  const body = t.program({ inputs: [i, state, inside], outputs: { next: step(i, state, inside) } })
  return t.repeat(body, { count: 2, states: [x], captured: [w] })[0] as t.Tensor
}

test('before and after', () => {
  const y = loop((_, state, inside) => t.add(state, t.mul(t.exp(inside), 2)))
  expect(before(y, [x, w])).toBe('Loop({ Add(state, Mul(Exp(w), 2)) }, 2, 1, 1, 0)(x, w)')
  expect(after(loopInvariants, y, [x, w])).toBe('Loop({ Add(state, moved.0) }, 2, 1, 1, 0)(x, Mul(Exp(w), 2))')
})

test('what is moved and what is read as it is', () => {
  const y = loop((_, state, inside) => t.add(t.mul(state, inside), t.exp(inside)))
  expect(after(loopInvariants, y, [x, w])).toBe('Loop({ Add(Mul(state, w), moved.0) }, 2, 1, 1, 0)(x, w, Exp(w))')
})

test.each<[string, t.Tensor]>([
  ['what the iteration changes', loop((i, state, inside) => t.add(state, t.mul(inside, t.cast(i, 'float32'))))],
  ['what a state changes', loop((_, state, inside) => t.exp(t.mul(state, inside)))],
  ['constants', loop((_, state, inside) => t.add(t.mul(state, inside), t.zeros([3])))],
])('stays: %s', (_, y) => {
  expect(after(loopInvariants, y, [x, w])).toBe(before(y, [x, w]))
})

test('what has the size of a piece stays', () => {
  const [i, state, inside, piece] = [
    t.input('i', 'int64', []),
    t.input('state', 'float32', [3]),
    t.input('w', 'float32', [3]),
    t.input('piece', 'float32', ['k', 3]),
  ]
  const stretched = t.expand(inside, ['k', 3])
  const next = t.add(state, t.reduceSum(t.mul(piece, stretched), { axis: 0 }))
  const body = t.program({ inputs: [i, state, piece, inside], outputs: { next } })
  const [y] = t.repeat(body, { count: 'batch', size: 2, states: [x], divided: [rows], captured: [w] })
  expect(after(loopInvariants, y as t.Tensor, [x, rows, w])).toBe(before(y as t.Tensor, [x, rows, w]))
})

test('changes no value', () => expectLaw(loopInvariants, ['repeat'], 20, 1))
