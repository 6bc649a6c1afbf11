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
  const read = (input: number, output: number): unknown => {
    const names = (count: number): Parameters<typeof declared>[0][] => ['i', 'go', 'state', 'more'].slice(0, count)
    const graph = {
      name: 'body',
      input: names(input).map((name) => declared(name, [])),
      node: [passed],
      output: ['going', 'state'].slice(0, output).map((name) => declared(name, [])),
    }
    const nodes = [node('Loop', ['count', '', 'x'], ['y'], { body: { graph } })]
    return importOnnx(
      file({ input: [declared('x', [2])], initializer: [integers('count', [], [3])], node: nodes, output: [declared('y', [2])] }),
    )
  }
  expect(() => read(3, 2)).not.toThrow()
  for (const inputs of [0, 1, 2, 4])
    expect(() => read(inputs, 2)).toThrow(
      `importOnnx: node Loop: expected a body with 3 inputs: the iteration, the condition, the states, received ${inputs}.`,
    )
  expect(() => read(3, 1)).toThrow('importOnnx: node Loop: expected a body with 2 outputs or more: the condition, the states, received 1.')
})

/** y by a branch: x + x where a condition holds that `condition` tells of the shape [n, 2] of x, else what `otherwise` makes. */
const branches = (condition: Nodes, otherwise: Nodes): Uint8Array => {
  const branch = (nodes: Nodes, name: string) => ({ graph: { name, node: nodes, output: [declared(name)] } })
  return file({
    input: [declared('x', ['n', 2])],
    initializer: [integers('three', [], [3]), integers('zero', [], [0]), integers('one', [], [1])],
    node: [
      node('Shape', ['x'], ['shape']),
      ...condition,
      node('If', ['c'], ['y'], {
        then_branch: branch([node('Add', ['x', 'x'], ['t'])], 't'),
        else_branch: branch(otherwise, 'e'),
      }),
    ],
    output: [declared('y')],
  })
}
const sized = (rows: number): TensorValue => tensorValue('float32', [rows, 2], new Array(2 * rows).fill(1))

test('a size that a run tells chooses a branch', () => {
  const ofRows = [node('Gather', ['shape', 'zero'], ['n']), node('Equal', ['n', 'three'], ['c'])]
  const bytes = branches(ofRows, [node('Neg', ['x'], ['e'])])
  expect([run(bytes, { x: sized(3) })[0], run(bytes, { x: sized(2) })[0]]).toEqual([2, -1])
})

test('a branch that numbers of the file choose is the only one that is read', () => {
  const ofColumns = (number: string): Nodes => [node('Gather', ['shape', 'one'], ['two']), node('Less', ['two', number], ['c'])]
  expect(run(branches(ofColumns('three'), [node('Unread', ['x'], ['e'])]), { x: sized(1) })).toEqual([2, 2])
  expect(run(branches(ofColumns('zero'), [node('Neg', ['x'], ['e'])]), { x: sized(1) })).toEqual([-1, -1])
})

test.each<[Nodes, string]>([
  [[node('Cast', ['x'], ['e'], { to: types.int64 })], 'Add float32 [n, 2] and Cast int64 [n, 2]'],
  [[node('Transpose', ['x'], ['e'])], 'Add float32 [n, 2] and Transpose float32 [2, n]'],
])('branches of other types or shapes are refused where a run chooses, row %#', (otherwise, received) => {
  const ofRows = [node('Gather', ['shape', 'zero'], ['n']), node('Equal', ['n', 'three'], ['c'])]
  expect(() => importOnnx(branches(ofRows, otherwise), { carry: false })).toThrow(
    expect.objectContaining({
      message: `importOnnx: node If: expected branches whose results have one type and shape, received ${received}.`,
    }),
  )
})
