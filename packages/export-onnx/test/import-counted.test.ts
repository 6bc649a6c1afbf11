import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { parseDimension, sizeName } from '../src/import/dimension-text.ts'
import { importOnnx } from '../src/index.ts'
import { declared, file, integers, node, types } from './hand-made-files.ts'

type Nodes = ReturnType<typeof node>[]

/** y of nodes that count with the shape [n, 6, m] of x, for n = 5 and m = 4; and the operators that are left to run. */
function counted(nodes: Nodes): { y: number[]; shape: readonly number[] | undefined; left: string[] } {
  const lists: Record<string, number[]> = { zero: [0], one: [1], two: [2], three: [3], minus: [-1], pair: [0, 2], far: [9], ends: [2, -1] }
  const read = new Set(nodes.flatMap(({ input = [] }) => input))
  const initializer = [
    ...Object.entries(lists).map(([name, values]) => integers(name, [values.length], values)),
    ...Object.entries(lists).flatMap(([name, [value]]) => [integers(`s${name}`, [], [value as number])]),
    integers('none', [0], []),
    { name: 'yes', dims: [3n], dataType: types.bool, int32Data: [1, 0, 1] },
  ].filter(({ name = '' }) => read.has(name))
  const bytes = file({
    input: [declared('x', ['n', 6, 'm'])],
    initializer,
    node: [node('Shape', ['x'], ['shape']), ...nodes],
    output: [declared('y')],
  })
  const { program } = importOnnx(bytes)
  const { y } = evaluate(program, { x: tensorValue('float32', [5, 6, 4], new Array(120).fill(0)) })
  const known = new Set(['Constant', 'Dimension', 'Concat', 'Reshape'])
  const left = program.nodes.map(({ operator }) => operator.name).filter((name) => !known.has(name))
  return { y: Array.from(y?.data ?? [], (v) => v + 0), shape: y?.shape, left }
}
const one = (opType: string, inputs: string[], attributes = {}): Nodes => [node(opType, inputs, ['y'], attributes)]

describe('what is counted from shapes is not left to a run', () => {
  test.each<[string, Nodes, number[]]>([
    ['Add', one('Add', ['shape', 'three']), [8, 9, 7]],
    ['Add the other way', one('Add', ['three', 'shape']), [8, 9, 7]],
    ['Sub', one('Sub', ['shape', 'one']), [4, 5, 3]],
    ['Mul', one('Mul', ['shape', 'shape']), [25, 36, 16]],
    ['Div', one('Div', ['shape', 'two']), [2, 3, 2]],
    ['Mod', one('Mod', ['shape', 'three']), [2, 0, 1]],
    ['Cast to int64', one('Cast', ['shape'], { to: types.int64 }), [5, 6, 4]],
    ['Identity', one('Identity', ['shape']), [5, 6, 4]],
    ['Concat', one('Concat', ['shape', 'two', 'shape'], { axis: 0 }), [5, 6, 4, 2, 5, 6, 4]],
    ['Gather of several', one('Gather', ['shape', 'ends']), [4, 4]],
    ['Gather of one', one('Gather', ['shape', 'szero']), [5]],
    ['Slice', one('Slice', ['shape', 'one', 'three']), [6, 4]],
    ['Slice beyond', one('Slice', ['shape', 'one', 'far', 'zero', 'one']), [6, 4]],
    ['Slice from the end', one('Slice', ['shape', 'zero', 'minus']), [5, 6]],
    ['ReduceProd', one('ReduceProd', ['shape']), [120]],
    ['ReduceProd over no axes', one('ReduceProd', ['shape'], { noop_with_empty_axes: 1 }), [5, 6, 4]],
    ['Size', one('Size', ['x']), [120]],
  ])('%s', (_, nodes, expected) => {
    const { y, left } = counted(nodes)
    expect([y, left]).toEqual([expected, []])
  })

  test('scalars and lists of one stay what they are', () => {
    const shapeOf = (...nodes: Nodes): readonly number[] | undefined => counted(nodes).shape
    expect(shapeOf(...one('Gather', ['shape', 'szero']))).toEqual([])
    expect(shapeOf(...one('Gather', ['shape', 'zero']))).toEqual([1])
    expect(shapeOf(...one('ReduceProd', ['shape']))).toEqual([1])
    expect(shapeOf(...one('ReduceProd', ['shape'], { keepdims: 0 }))).toEqual([])
    expect(shapeOf(node('Gather', ['shape', 'szero'], ['g']), ...one('ReduceProd', ['g']))).toEqual([])
    expect(shapeOf(node('Gather', ['shape', 'zero'], ['g']), ...one('Squeeze', ['g']))).toEqual([])
    expect(shapeOf(node('Gather', ['shape', 'szero'], ['g']), ...one('Unsqueeze', ['g', 'zero']))).toEqual([1])
    expect(shapeOf(node('Gather', ['shape', 'szero'], ['g']), ...one('Reshape', ['g', 'minus']))).toEqual([1])
    expect(shapeOf(node('Gather', ['shape', 'zero'], ['g']), ...one('Reshape', ['g', 'none']))).toEqual([])
    expect(shapeOf(node('Gather', ['shape', 'szero'], ['g']), ...one('Add', ['g', 'stwo']))).toEqual([])
    expect(shapeOf(node('Gather', ['shape', 'szero'], ['g']), ...one('Add', ['g', 'two']))).toEqual([1])
  })

  test('what is not counted is computed to the same numbers', () => {
    expect(counted(one('Div', ['shape', 'minus']))).toMatchObject({ y: [-5, -6, -4] })
    expect(counted(one('Mod', ['shape', 'three'], { fmod: 1 }))).toMatchObject({ y: [2, 0, 1] })
    expect(counted(one('Slice', ['shape', 'zero', 'far', 'zero', 'two']))).toMatchObject({ y: [5, 4] })
    expect(counted(one('Max', ['shape', 'three'])).y).toEqual([5, 6, 4])
    expect(counted(one('Unsqueeze', ['shape', 'zero'])).shape).toEqual([1, 3])
    expect(counted([node('Cast', ['shape'], ['f'], { to: types.float }), ...one('Mul', ['f', 'f'])]).y).toEqual([25, 36, 16])
  })

  test('a choice between sizes that numbers make', () => {
    const chosen = one('Where', ['yes', 'shape', 'two'])
    expect(counted(chosen)).toMatchObject({ y: [5, 2, 4], left: [] })
    expect(counted(one('Where', ['yes', 'shape', 'shape']))).toMatchObject({ y: [5, 6, 4], left: [] })
    const replaced: Nodes = [node('Equal', ['shape', 'minus'], ['open']), node('Where', ['open', 'one', 'shape'], ['y'])]
    expect(counted(replaced)).toMatchObject({ y: [5, 6, 4], left: [] })
  })
})

describe('the text of a size', () => {
  test.each([
    ['n', 'n'],
    ['2*n + 3', '2*n+3'],
    ['n*m - 1', 'm*n-1'],
    ['-n+4', '-n+4'],
    ['floor((n+1)/2)', 'floor((n+1)/2)'],
    ['3*floor((n)/2)*m', '3*floor((n)/2)*m'],
    ['12', '12'],
    ['batch-size', 'batch-size'],
    ['batch.size', 'batch_size'],
    ['2n', '_2n'],
    ['n+', 'n_'],
    ['+n', 'n'],
    ['n**2', 'n_2'],
    ['floor((n)/0)', 'floor_n_0_'],
    ['floor((n)/2', 'floor_n_2'],
    ['', '_'],
    ['n m', 'nm'],
  ])('%j is %s', (text, size) => expect(String(parseDimension(text)).replaceAll(' ', '')).toBe(size))

  test('may have 1,024 characters', () => {
    expect(String(parseDimension('n'.padStart(1024)))).toBe('n')
    expect(() => parseDimension('n'.padStart(1025))).toThrow(
      'dimension: expected a size of at most 1024 characters, received one of 1025: it is too complicated for a size.',
    )
    expect([sizeName('a-b.c'), sizeName('1a'), sizeName('_a'), sizeName('Za')]).toEqual(['a_b_c', '_1a', '_a', 'Za'])
  })
})
