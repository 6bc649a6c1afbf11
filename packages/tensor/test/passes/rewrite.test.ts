import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { shown } from '../shown.ts'

const x = t.input('x', 'float32', ['n'])
const p = t.program({ inputs: [x], outputs: { y: t.exp(x) } })
const context = { fixed: new Set<t.Tensor>() }

test('a pass that finds nothing returns the Program that it was given', () => {
  const nothing = t.rewriting('nothing', [t.rule('Sin', ({ inputs: [a] }) => a)])
  expect(nothing.run(p, context)).toBe(p)
  expect(t.optimize(p)).toBe(p)
})

test('what a pass found nothing in is not looked at again, but for other fixed inputs', () => {
  let looks = 0
  const looking = t.rewriting('looking', [
    t.rule('Exp', ({ inputs: [a] }, { fixed }) => {
      looks++
      return fixed.has(a) ? t.sin(a) : undefined
    }),
  ])
  const again = t.untilStable('again', [looking, looking])
  for (let i = 0; i < 3; i++) expect([looking.run(p, context), again.run(p, context)]).toEqual([p, p])
  expect(looks).toBe(1)
  expect(shown(looking.run(p, { fixed: new Set([x]) }))).toBe('Sin(x)')
  expect(looking.run(p, context)).toBe(p)
})

test('a rule whose tensor has another type or shape is not taken', () => {
  const wrong = t.rewriting('wrong', [
    t.rule('Exp', ({ inputs: [a] }) => t.cast(a, 'int64')),
    t.rule('Exp', ({ inputs: [a] }) => t.unsqueeze(a, 0)),
  ])
  expect(wrong.run(p, context)).toBe(p)
})

test('bodies of loops are rewritten, and nothing in them counts as fixed', () => {
  const [i, state] = [t.input('i', 'int64', []), t.input('state', 'float32', ['n'])]
  const body = t.program({ inputs: [i, state], outputs: { next: t.neg(t.neg(t.exp(state))) } })
  const [y] = t.repeat(body, { count: 3, states: [x] })
  const loop = t.optimize(t.program({ inputs: [x], outputs: { y: y as t.Tensor } }))
  expect(shown(loop)).toBe('Loop({ Exp(state) }, 3, 1, 1, 0)(x)')
})

test('passes that undo each other are a defect that is told', () => {
  const sine = t.rewriting('to sine', [t.rule('Exp', ({ inputs: [a] }) => t.sin(a))])
  const back = t.rewriting('to exp', [t.rule('Sin', ({ inputs: [a] }) => t.exp(a))])
  const target = { name: 'odd', passes: [sine, back] }
  expect(() => t.optimize(p, target)).toThrow('optimize: the passes to sine, to exp undo each other; this is a defect of Equivar.')
})

test('explain names the passes that changed something, and what it costs', () => {
  const y = t.program({ inputs: [x], outputs: { y: t.neg(t.neg(t.exp(x))) } })
  const { before, after, passes, target } = t.explain(y, t.plainTarget, { sizes: { n: 10 } })
  expect([target, before.nodes, after.nodes, before.operations, after.operations]).toEqual(['plain', 3, 1, 30, 10])
  expect(passes.map(({ pass, changes }) => [pass, changes])).toEqual([['arithmetic-identities', 1]])
})
