import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

type Nodes = ReturnType<typeof node>[]

const long = (length: number) => integers(`long ${length}`, [length], [...Array(length).keys()])
const initializer = [
  integers('dividends', [4], [7, -7, 7, -6]),
  integers('divisors', [4], [3, 3, -3, 3]),
  integers('grid', [2, 2], [1, 2, 3, 4]),
  integers('ten', [10], [3, 1, 4, 1, 5, 9, 2, 6, 8, 7]),
  integers('none', [0], []),
  integers('64', [1], [64]),
  integers('65', [1], [65]),
  long(64),
  long(65),
  ...Object.entries({
    one: [1],
    three: [3],
    five: [5],
    minus: [-1],
    'minus two': [-2],
    zero: [0],
    far: [100],
    before: [-100],
    pair: [0, 1],
    column: [3, 1],
    square: [1, 1],
  }).map(([name, numbers]) => integers(name, [numbers.length], numbers)),
  integers('first', [], [0]),
  integers('last', [], [2]),
  integers('six', [], [6]),
  { name: 'row', dims: [1n, 3n], dataType: types.bool, int32Data: [1, 0, 1] },
  { name: 'yes', dims: [], dataType: types.bool, int32Data: [1] },
]

/** A file that gives y as floats, of nodes that end in `r`; they may read the shape [n, 6, m] of x, n and m themselves. */
function counted(nodes: Nodes): Uint8Array {
  const read = new Set(nodes.flatMap(({ input = [] }) => input))
  return file({
    input: [declared('x', ['n', 6, 'm'])],
    initializer: initializer.filter(({ name = '' }) => read.has(name) || name === 'first' || name === 'last'),
    node: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'first'], ['n']),
      node('Gather', ['shape', 'last'], ['m']),
      ...nodes,
      node('Cast', ['r'], ['y'], { to: types.float }),
    ],
    output: [declared('y')],
  })
}
const one = (opType: string, inputs: string[], attributes = {}): Nodes => [node(opType, inputs, ['r'], attributes)]
const sevens = (shape: string): Nodes => [node('ConstantOfShape', [shape], ['sevens'], { value: { tensor: integers('', [1], [7]) } })]
const x = tensorValue('float32', [5, 6, 4], new Array(120).fill(0))
const left = (bytes: Uint8Array): string[] => importOnnx(bytes).program.nodes.map(({ operator }) => operator.name)

describe('what is counted from shapes and numbers is what ONNX Runtime computes', () => {
  test.each<[string, Nodes]>([
    ['Div of numbers, towards 0', one('Div', ['dividends', 'divisors'])],
    ['Div of sizes by a negative number', one('Div', ['shape', 'minus two'])],
    ['Mod with the sign of the divisor', one('Mod', ['dividends', 'divisors'])],
    ['Mod with the sign of the dividend', one('Mod', ['dividends', 'divisors'], { fmod: 1 })],
    ['that by a positive number', one('Mod', ['dividends', 'three'], { fmod: 1 })],
    ['that of sizes', one('Mod', ['shape', 'three'], { fmod: 1 })],
    ['a list with a scalar', one('Sub', ['n', 'shape'])],
    ['a list with a list of one', one('Sub', ['five', 'shape'])],
    ['a matrix', one('Add', ['grid', 'one'])],
    ['Gather at a size', one('Gather', ['ten', 'n'])],
    ['Slice from the end, beyond it', one('Slice', ['ten', 'minus two', 'far'])],
    ['Slice of nothing', one('Slice', ['ten', 'far', 'five'])],
    ['Slice from before the start', one('Slice', ['ten', 'before', 'minus two'])],
    ['Squeeze of several', one('Squeeze', ['shape'])],
    ['Squeeze of one', one('Squeeze', ['five'])],
    ['Unsqueeze along two axes', one('Unsqueeze', ['n', 'pair'])],
    ['Unsqueeze along one', one('Unsqueeze', ['n', 'zero'])],
    ['Reshape to a column', one('Reshape', ['shape', 'column'])],
    ['Reshape to a list', one('Reshape', ['shape', 'minus'])],
    ['Reshape of a list of one to a list of one', one('Reshape', ['five', 'one'])],
    ['Reshape of a scalar to a list of one', one('Reshape', ['n', 'one'])],
    ['Reshape of a list of one to as many', one('Reshape', ['five', 'zero'])],
    ['Reshape of one to a matrix', one('Reshape', ['five', 'square'])],
    ['Equal sizes and numbers', one('Equal', ['shape', 'five'])],
    ['Equal scalars', one('Equal', ['n', 'm'])],
    ['Equal with itself', one('Equal', ['n', 'n'])],
    ['Equal differences', [node('Sub', ['n', 'six'], ['d']), node('Equal', ['d', 'minus'], ['r'])]],
    ['Where by a matrix', one('Where', ['row', 'shape', 'three'])],
    ['Where by a scalar', one('Where', ['yes', 'n', 'm'])],
    ['Where of a scalar', one('Where', ['yes', 'n', 'shape'])],
    ['sevens of two axes', [...sevens('column'), node('Add', ['sevens', 'one'], ['r'])]],
    ['sevens of one axis', [...sevens('three'), node('Sub', ['sevens', 'shape'], ['r'])]],
    ['a single seven', [...sevens('none'), node('Mul', ['sevens', 'n'], ['r'])]],
    ['Cast to int32', one('Cast', ['shape'], { to: types.int32 })],
  ])('%s', async (_, nodes) => {
    const bytes = counted(nodes)
    const { y } = evaluate(importOnnx(bytes).program, { x })
    const expected = await runtimeResult(bytes, { x })
    expect([y?.shape, [...(y?.data ?? [])]]).toEqual([expected.dims, expected.data])
  })

  test('as far as it is known before a run', () => {
    const folded = (...nodes: Nodes): string[] =>
      left(counted(nodes)).filter((name) => !['Constant', 'Dimension', 'Reshape', 'Concat', 'Cast'].includes(name))
    const cases: [string[], ...Parameters<typeof one>][] = [
      [[], 'Div', ['dividends', 'divisors']],
      [[], 'Mod', ['dividends', 'three'], { fmod: 1 }],
      [[], 'Equal', ['n', 'n']],
      [[], 'Equal', ['shape', 'minus']],
      [[], 'Where', ['yes', 'n', 'm']],
      [[], 'Add', ['long 64', 'one']],
      [['Mod'], 'Mod', ['dividends', 'divisors']],
      [['Div', 'Mul', 'Sub'], 'Mod', ['shape', 'three'], { fmod: 1 }],
      [['Equal'], 'Equal', ['shape', 'three']],
      [['Equal'], 'Equal', ['shape', 'zero']],
      [['Add'], 'Add', ['long 65', 'one']],
    ]
    for (const [expected, ...given] of cases) expect(folded(...one(...given))).toEqual(expected)
    for (const [length, operators] of [
      ['64', []],
      ['65', ['Expand', 'Add']],
    ] as const)
      expect(folded(...sevens(length), node('Add', ['sevens', 'one'], ['r']))).toEqual(operators)
    expect(left(counted(one('Concat', ['long 64', 'one'], { axis: 0 })))).toContain('Concat')
  })

  test('integers of a shape that no list holds are not counted one by one', () => {
    const bytes = file({
      initializer: [integers('many', [1], [2 ** 40])],
      node: [node('ConstantOfShape', ['many'], ['y'], { value: { tensor: integers('', [1], [7]) } })],
      output: [declared('y')],
    })
    expect(importOnnx(bytes).program.outputs[0]?.tensor.shape).toEqual([2 ** 40])
  })

  test('a remainder or a quotient by 0 is left to a run', () => {
    for (const opType of ['Div', 'Mod'])
      for (const sizes of ['shape', 'n']) expect(left(counted(one(opType, [sizes, 'zero'])))).toContain(opType)
  })

  test.each<[Nodes, string]>([
    [one('Add', ['shape', 'pair']), 'Add: expected shapes that broadcast (equal sizes, or 1), received [3] and [2]. Axis -1 is 3 and 2.'],
    [one('Add', ['pair', 'shape']), 'Add: expected shapes that broadcast (equal sizes, or 1), received [2] and [3]. Axis -1 is 2 and 3.'],
    [one('Reshape', ['shape', 'five']), 'Reshape: expected a shape of 3 elements, as [3] has, received [5] of 5.'],
    [one('Reshape', ['shape', 'one']), 'Reshape: expected a shape of 3 elements, as [3] has, received [1] of 1.'],
    [one('Reshape', ['five', 'three']), 'Reshape: expected a shape of 1 elements, as [1] has, received [3] of 3.'],
    [one('Concat', ['n', 'm'], { axis: 0 }), 'Concat: expected an axis from 0 to -1, received 0.'],
    [one('Gather', ['n', 'zero']), 'Gather: '],
    [one('Slice', ['n', 'zero', 'one']), 'Slice: expected an axis from 0 to -1, received 0.'],
  ])('row %# is refused', (nodes, message) => {
    expect(() => importOnnx(counted(nodes))).toThrow(`importOnnx: node ${nodes[0]?.opType}: ${message}`)
  })
})

describe('sizes that nodes compute', () => {
  /** The shape of what has the size, or the sizes, `to`. */
  const shaped = (nodes: Nodes, more: Parameters<typeof file>[0]['initializer'] = []): string => {
    const bytes = file({
      input: [declared('x', ['n', 6, 'm'])],
      initializer: [...(more ?? []), ...initializer.filter(({ name = '' }) => ['three', 'minus', 'zero', 'square', 'yes'].includes(name))],
      node: [node('Shape', ['x'], ['shape']), ...nodes, node('ConstantOfShape', ['to'], ['y'])],
      output: [declared('y')],
    })
    return (importOnnx(bytes).program.outputs[0]?.tensor.shape ?? []).join(' ')
  }
  const branch = (nodes: Nodes, output: string) => ({ graph: { name: 'branch', node: nodes, output: [declared(output)] } })
  const counts = [node('ReduceSum', ['x', 'places'], ['sums'], { keepdims: 0 }), node('Cast', ['sums'], ['counts'], { to: types.int64 })]
  const places = integers('places', [2], [0, 2])

  test('are those of shapes behind a branch', () => {
    const both = {
      then_branch: branch([node('Identity', ['shape'], ['t'])], 't'),
      else_branch: branch([node('Neg', ['shape'], ['e'])], 'e'),
    }
    expect(shaped([node('If', ['yes'], ['to'], both)])).toBe('n 6 m')
    const [scalar] = [integers('first', [], [0])]
    const single = {
      then_branch: branch([node('Gather', ['shape', 'first'], ['t'])], 't'),
      else_branch: branch([node('Neg', ['shape'], ['e'])], 'e'),
    }
    expect(shaped([node('If', ['yes'], ['s'], single), node('Reshape', ['s', 'minus'], ['to'])], [scalar])).toBe('n')
  })

  test('are told by a run where numbers or several sizes make them', () => {
    expect(shaped([node('Max', ['shape', 'three'], ['to'])])).toMatch(/^(\S+) (\S+) (\S+)$/)
    expect(shaped([...counts, node('Reshape', ['counts', 'six list'], ['to'])], [places, integers('six list', [1], [6])])).toMatch(
      /^(\S+ ){5}\S+$/,
    )
    expect(
      shaped(
        [
          ...counts,
          node('ReduceMax', ['counts'], ['most'], {}),
          node('Reshape', ['most', 'square'], ['flat']),
          node('Reshape', ['flat', 'minus'], ['to']),
        ],
        [places],
      ),
    ).toMatch(/^\S+$/)
    const kept = [node('Greater', ['sums', 'nothing'], ['mask']), node('Compress', ['counts', 'mask'], ['some'], { axis: 0 })]
    expect(
      shaped(
        [...counts, ...kept, node('Reshape', ['some', 'two'], ['to'])],
        [places, floats('nothing', [], [0]), integers('two', [1], [2])],
      ),
    ).toMatch(/^\S+ \S+$/)
  })

  test('are no matrix, and no numbers beyond those that floating point counts', () => {
    const message =
      'importOnnx: node ConstantOfShape: expected input 0 to be known, or computed from shapes, received numbers that only a run tells.'
    expect(() => shaped([...counts, node('Reshape', ['counts', 'grid'], ['to'])], [places, integers('grid', [2], [2, 3])])).toThrow(message)
    expect(() => shaped([node('Mul', ['large', 'large'], ['to'])], [integers('large', [1], [2 ** 30])])).toThrow(message)
  })
})
