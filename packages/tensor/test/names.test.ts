import { add, evaluate, FeedError, input, mul, ownEntry, program, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'

const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', '__defineGetter__', '', '0']

test.each(names)('an input and an output named "%s" are as any other', (name) => {
  const x = input(name, 'float32', ['n'])
  const p = program({ inputs: [x], outputs: Object.fromEntries([[`${name} twice`, add(x, x)]]) })
  expect(() => evaluate(p, {})).toThrow(FeedError)
  expect(() => evaluate(p, {})).toThrow(`the input "${name}" float32 [n] is missing`)
  const feeds = Object.fromEntries([[name, tensorValue('float32', [2], [1, 3])]])
  expect(Array.from(ownEntry(evaluate(p, feeds), `${name} twice`)?.data ?? [])).toEqual([2, 6])
  const out = program({ inputs: { x }, outputs: Object.fromEntries([[name, mul(x, 3)]]) })
  expect(Array.from(ownEntry(evaluate(out, { x: tensorValue('float32', [1], [2]) }), name)?.data ?? [])).toEqual([6])
})

test('a size bound by an input of such a name', () => {
  const count = input('constructor', 'int64', [], { binds: 'n' })
  const x = input('x', 'float32', ['n'])
  const p = program({ inputs: [count, x], outputs: { y: add(x, 1) } })
  const feeds = { x: tensorValue('float32', [2], [0, 1]) }
  expect(() => evaluate(p, feeds)).toThrow('the input "constructor" int64 [] is missing')
  const result = evaluate(p, { ...feeds, constructor: tensorValue('int64', [], [2]) } as never)
  expect(Array.from(result.y?.data ?? [])).toEqual([1, 2])
})

test('names given twice are refused, in time linear in their count', () => {
  const inputs = Array.from({ length: 20_000 }, (_, i) => input(`x${i % 19_999}`, 'float32', []))
  expect(() => program({ inputs, outputs: {} })).toThrow('expected different names of inputs and outputs, received "x0" twice.')
})
