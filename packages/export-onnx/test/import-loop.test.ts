import { evaluate, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'

type Nodes = ReturnType<typeof node>[]

/** state becomes body(state) three times, from [1, 2]; the body may read x [2], two [] of the file and the shape of x. */
function loop(body: Nodes, { first = 'true', condition = 'going' }: { first?: string; condition?: string } = {}): Uint8Array {
  const graph = {
    name: 'body',
    input: [declared('i', [], types.int64), declared('go', [], types.bool), declared('state', [2])],
    node: body,
    output: [declared(condition, [], types.bool), declared('next', [2])],
  }
  const condition1 = { dataType: types.bool, int32Data: [1] }
  return file({
    input: [declared('x', [2])],
    initializer: [
      integers('count', [], [3]),
      floats('two', [], [2]),
      { ...condition1, name: 'true' },
      { ...condition1, name: 'false', int32Data: [0] },
    ],
    node: [
      node('Shape', ['x'], ['shape']),
      node('Neg', ['x'], ['negated']),
      node('Identity', ['x'], ['start']),
      node('Loop', ['count', first, 'start'], ['y'], { body: { graph } }),
    ],
    output: [declared('y', [2])],
  })
}

const passed = node('Identity', ['go'], ['going'])
const x = tensorValue('float32', [2], [1, 2])
const run = (bytes: Uint8Array, feeds: Record<string, TensorValue> = { x }): number[] => [
  ...(evaluate(importOnnx(bytes).program, feeds).y?.data ?? []),
]

test('a body reads tensors, numbers and sizes of the graph around it', () => {
  expect(run(loop([passed, node('Add', ['state', 'negated'], ['next'])]))).toEqual([-2, -4])
  expect(run(loop([passed, node('Mul', ['state', 'two'], ['next'])]))).toEqual([8, 16])
  expect(run(loop([passed, node('Cast', ['shape'], ['wide'], { to: types.float }), node('Add', ['state', 'wide'], ['next'])]))).toEqual([
    7, 8,
  ])
  const both = [
    passed,
    node('Mul', ['state', 'two'], ['twice']),
    node('Add', ['twice', 'negated'], ['more']),
    node('Sub', ['more', 'negated'], ['next']),
  ]
  expect(run(loop(both))).toEqual([8, 16])
})

test('a tensor that the body reads twice is captured once', () => {
  const nodes = [passed, node('Add', ['state', 'negated'], ['more']), node('Add', ['more', 'negated'], ['next'])]
  const repeated = importOnnx(loop(nodes)).program.nodes.find(({ operator }) => operator.name === 'Loop')
  expect(repeated?.inputs).toHaveLength(2)
  expect(run(loop(nodes))).toEqual([-5, -10])
})

test('its condition may be passed on as it is, or by Identity; it is true within', () => {
  const next = node('Mul', ['state', 'two'], ['next'])
  expect(run(loop([next], { condition: 'go' }))).toEqual([8, 16])
  const reads = [passed, node('Cast', ['go'], ['one'], { to: types.float }), node('Add', ['state', 'one'], ['next'])]
  expect(run(loop(reads))).toEqual([4, 5])
})

test('a loop that may end early is refused', () => {
  const next = node('Mul', ['state', 'two'], ['next'])
  const message = 'importOnnx: node Loop: expected a loop that runs a fixed number of times, received one with a condition.'
  expect(() => run(loop([node('Not', ['go'], ['going']), next]))).toThrow(message)
  const other = [node('Greater', ['two', 'two'], ['other']), node('Identity', ['other'], ['going']), next]
  expect(() => run(loop(other))).toThrow(message)
  expect(() => run(loop([passed, next], { first: 'false' }))).toThrow(
    'importOnnx: node Loop: expected a condition that is true at first, received false.',
  )
})

test('a body that does not fit its node is refused', () => {
  const nodes = [node('Loop', ['count', '', 'x'], ['y'], { body: { graph: { name: 'body', input: [declared('i', [])] } } })]
  const bytes = file({ input: [declared('x', [2])], initializer: [integers('count', [], [3])], node: nodes, output: [declared('y', [2])] })
  expect(() => importOnnx(bytes)).toThrow(
    'importOnnx: node Loop: expected a body with 3 inputs: the iteration, the condition, the states, received 1.',
  )
})
