import { evaluate, type Program, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

const y = declared('y', [null, null])
const read = (...[graph]: Parameters<typeof file>): Program => importOnnx(file({ output: [y], ...graph })).program
const shapes = ({ inputs, outputs }: Program): string[] =>
  [...inputs, ...outputs].map(({ name, tensor }) => `${name} ${tensor.shape.join(' ')}`)
const counted = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i + 1),
  )

describe('sizes without a name', () => {
  const [a, b] = [declared('a', [null, 3]), declared('b', [null, 3])]

  test('are symbols of their own where nothing wants them equal', () => {
    expect(shapes(read({ input: [a, b], node: [node('Transpose', ['b'], ['t']), node('MatMul', ['a', 't'], ['y'])] }))).toEqual([
      'a a_0 3',
      'b b_0 3',
      'y a_0 b_0',
    ])
  })

  test('are one where two inputs are added, and what is computed is what ONNX Runtime computes', async () => {
    const bytes = file({ input: [a, b], node: [node('Add', ['a', 'b'], ['y'])], output: [y] })
    const { program } = importOnnx(bytes)
    expect(shapes(program)).toEqual(['a a_0 3', 'b a_0 3', 'y a_0 3'])
    const feeds = { a: counted(4, 3), b: counted(4, 3) }
    expect([...(evaluate(program, feeds).y?.data ?? [])]).toEqual((await runtimeResult(bytes, feeds)).data)
    expect(() => evaluate(program, { a: counted(4, 3), b: counted(1, 3) })).toThrow(
      'run: input "b", axis 0: expected size a_0 = 4, as other inputs say, received 1.',
    )
  })

  test('become a named size, a number or a formula', () => {
    const named = declared('n', ['batch', 3])
    expect(shapes(read({ input: [a, named], node: [node('Add', ['a', 'n'], ['y'])] }))).toEqual(['a batch 3', 'n batch 3', 'y batch 3'])
    const fixed = floats('w', [2, 3], [1, 2, 3, 4, 5, 6])
    expect(shapes(read({ input: [a], initializer: [fixed], node: [node('Add', ['a', 'w'], ['y'])] }))[0]).toEqual('a 2 3')
    const doubled = [node('Concat', ['b', 'b'], ['bb'], { axis: 0 }), node('Add', ['a', 'bb'], ['y'])]
    expect(shapes(read({ input: [a, b], node: doubled }))).toEqual(['a 2*b_0 3', 'b b_0 3', 'y 2*b_0 3'])
  })

  test('are one along chains, and for several axes of one node', () => {
    const inputs = ['a', 'b', 'c', 'd'].map((name) => declared(name, [null, null]))
    const chain = [node('Sum', ['a', 'b'], ['s']), node('Mul', ['c', 'd'], ['p']), node('Sub', ['s', 'p'], ['y'])]
    expect(shapes(read({ input: inputs, node: chain }))).toEqual(['a', 'b', 'c', 'd', 'y'].map((name) => `${name} a_0 a_1`))
  })

  test.each([
    ['MatMul', node('MatMul', ['a', 'b'], ['y']), ['a a_0 a_1', 'b a_1 b_1', 'y a_0 b_1']],
    ['Gemm', node('Gemm', ['a', 'b', 'c'], ['y'], { transA: 1, transB: 1 }), ['a a_0 a_1', 'b b_0 a_0', 'c a_1 b_0', 'y a_1 b_0']],
    ['Concat', node('Concat', ['a', 'b'], ['y'], { axis: -1 }), ['a a_0 a_1', 'b a_0 b_1', 'y a_0 a_1+b_1']],
    ['Einsum', node('Einsum', ['a', 'b'], ['y'], { equation: '...i,i...->...' }), ['a a_0 a_1', 'b a_1 a_0', 'y a_0']],
    ['Where', node('Where', ['m', 'a', 'b'], ['y']), ['a a_0 a_1', 'b a_0 a_1', 'm a_0 a_1', 'y a_0 a_1']],
    ['LayerNormalization', node('LayerNormalization', ['a', 'v'], ['y']), ['a a_0 a_1', 'v a_1', 'y a_0 a_1']],
    ['BatchNormalization', node('BatchNormalization', ['a', 'v', 'v', 'v', 'v'], ['y']), ['a a_0 a_1', 'v a_1', 'y a_0 a_1']],
  ])('are one for %s', (_, one, expected) => {
    const inputs = ['a', 'b', 'c'].map((name) => declared(name, [null, null]))
    const all = [...inputs, declared('m', [null, null], 9), declared('v', [null])].filter(({ name }) => one.input?.includes(name ?? ''))
    expect(shapes(read({ input: all, node: [one] }))).toEqual(expected)
  })

  test('are one for the channels of a convolution, a new shape and an axis to squeeze', () => {
    const x = declared('x', [null, null, 8])
    const w = floats('w', [2, 3, 1], [1, 2, 3, 4, 5, 6])
    expect(shapes(read({ input: [x], initializer: [w], node: [node('Conv', ['x', 'w'], ['y'])] }))[0]).toBe('x x_0 3 8')
    const like = [node('Shape', ['b'], ['shape']), node('Reshape', ['a', 'shape'], ['y'])]
    expect(shapes(read({ input: [a, declared('b', [null, 3, 1])], node: like }))).toEqual(['a a_0 3', 'b a_0 3 1', 'y a_0 3 1'])
    const single = { input: [a], initializer: [integers('axes', [1], [0])], node: [node('Squeeze', ['a', 'axes'], ['y'])] }
    expect(shapes(read(single))).toEqual(['a 1 3', 'y 3'])
  })

  test('have names that nothing else has', () => {
    const [dotted, dashed, named] = [declared('x.1', [null]), declared('x-1', [null]), declared('0', [null, 'x_1_0'])]
    const nodes = [node('Concat', ['x.1', 'x-1'], ['y'], { axis: 0 }), node('Neg', ['0'], ['z'])]
    const program = read({ input: [dotted, dashed, named], node: nodes, output: [y, declared('z', [null, null])] })
    expect(shapes(program).slice(0, 3)).toEqual(['x.1 x_1_0_0', 'x-1 x_1_0_1', '0 _0_0 x_1_0'])
  })
})

describe('sizes that have a name', () => {
  const fixed = [integers('seven', [3], [7, 0, 16])]
  const pinned = (): Program =>
    read({
      input: [declared('x', ['n', 'batch', 16]), declared('m', ['batch', 'n', 2])],
      initializer: fixed,
      node: [node('Reshape', ['x', 'seven'], ['y']), node('Neg', ['m'], ['z'])],
      output: [y, declared('z', [null, null])],
    })

  test('are the number that the file holds for, wherever they stand', () => {
    const program = pinned()
    expect(shapes(program)).toEqual(['x 7 batch 16', 'm batch 7 2', 'y 7 batch 16', 'z batch 7 2'])
    expect(() => evaluate(program, { x: counted(8, 2, 16), m: counted(2, 8, 2) })).toThrow(
      'run: input "x", axis 0: expected size 7, as "n" is 7 in this file, received 8.',
    )
  })
})

describe('sizes that clash', () => {
  test('a size with a name would have to be two numbers', () => {
    const initializer = [floats('two', [2], [1, 2]), floats('three', [3], [1, 2, 3])]
    const nodes = [node('Add', ['x', 'two'], ['s']), node('Mul', ['x', 'three'], ['y'])]
    expect(() => read({ input: [declared('x', ['n'])], initializer, node: nodes })).toThrow(
      'Here axis 0 of input 0 ("x") is 2, axis 0 of input 1 ("three") is 3. (the size "n" is 2 because of importOnnx: node Add.)',
    )
  })

  test('of inputs that have names: the error says which node, which axes, which sizes', () => {
    const inputs = [declared('a', ['rows', 3]), declared('b', ['mows', 3])]
    expect(() => read({ input: inputs, node: [node('Add', ['a', 'b'], ['y'])] })).toThrow(
      'importOnnx: node Add: Add: expected shapes that broadcast (equal sizes, or 1), received [rows, 3] and [mows, 3]. Axis -2 is rows and mows.' +
        ' Here axis 0 of input 0 ("a") is rows, axis 0 of input 1 ("b") is mows.',
    )
  })

  test('after a size without a name was found out: the error says from which node', () => {
    const inputs = [declared('a', [null, 2]), declared('b', [4, 2]), declared('c', [5, 2])]
    const nodes = [
      { ...node('Add', ['a', 'b'], ['s']), name: 'first' },
      { ...node('Concat', ['a', 'c'], ['y'], { axis: 1 }), name: 'second' },
    ]
    expect(() => read({ input: inputs, node: nodes })).toThrow(
      /^importOnnx: node "second" Concat: .* Here axis 0 of input 0 \("a"\) is 4, axis 0 of input 1 \("c"\) is 5\. \(axis 0 of "a", without a name in the file, is 4 because of importOnnx: node "first" Add\.\)$/,
    )
  })

  test('a size would have to be negative, or larger than itself', () => {
    const [a, w, z] = [declared('a', [null]), floats('w', [3], [1, 2, 3]), floats('z', [2], [1, 2])]
    const longer = [node('Concat', ['a', 'w'], ['c'], { axis: 0 }), node('Add', ['c', 'z'], ['y'])]
    expect(() => read({ input: [a], initializer: [w, z], node: longer })).toThrow(
      'Here axis 0 of input 0 ("c") is a_0+3, axis 0 of input 1 ("z") is 2.',
    )
    const tail = [node('Slice', ['a', 'one', 'end'], ['tail']), node('Add', ['a', 'tail'], ['y'])]
    const initializer = [integers('one', [1], [1]), integers('end', [1], [2 ** 40])]
    expect(() => read({ input: [declared('a', [null])], initializer, node: tail })).toThrow(
      'Here axis 0 of input 0 ("a") is a_0, axis 0 of input 1 ("tail") is a_0-1.',
    )
  })
})

test('an input of unknown rank is refused in these words', () => {
  expect(() => read({ input: [declared('x')], node: [node('Neg', ['x'], ['y'])] })).toThrow(
    'importOnnx: expected input "x" of a known rank, received one of unknown rank: the file gives it no shape. Export it again with a shape; sizes that vary may have names.',
  )
})

test('a name that looks like a formula of sizes that nobody declares is a name', () => {
  const nodes = [node('Neg', ['x'], ['y'])]
  expect(shapes(read({ input: [declared('x', ['batch-size', 'n', '2*n'])], node: nodes }))[0]).toBe('x batch_size n 2*n')
  const both = [declared('x', ['a+b']), declared('a', ['a']), declared('b', ['b'])]
  expect(shapes(read({ input: both, node: nodes }))[0]).toBe('x a+b')
})

describe('numbers that are counted from shapes', () => {
  /** The new shape of x [n, 6] that nodes compute from `shape`. */
  const reshaped = (nodes: ReturnType<typeof node>[], initializer: ReturnType<typeof integers>[]): string[] =>
    shapes(
      read({
        input: [declared('x', ['n', 6])],
        initializer: [...initializer, integers('two', [1], [2])],
        node: [node('Shape', ['x'], ['shape']), ...nodes, node('Reshape', ['x', 'to'], ['y'])],
      }),
    )

  test.each([
    [
      'one by one',
      [
        node('Gather', ['shape', 'index'], ['n']),
        node('Unsqueeze', ['n', 'axes'], ['ns']),
        node('Concat', ['ns', 'two', 'rest'], ['to'], { axis: 0 }),
      ],
    ],
    ['by a slice', [node('Slice', ['shape', 'axes', 'end'], ['ns']), node('Concat', ['ns', 'two', 'rest'], ['to'], { axis: 0 })]],
    [
      'as a product',
      [
        node('Slice', ['shape', 'axes', 'end'], ['ns']),
        node('Mul', ['ns', 'two'], ['twice']),
        node('Div', ['twice', 'two'], ['same']),
        node('Concat', ['same', 'two', 'rest'], ['to'], { axis: 0 }),
      ],
    ],
  ])('%s', (_, nodes) => {
    const initializer = [integers('index', [], [0]), integers('axes', [1], [0]), integers('end', [1], [1]), integers('rest', [1], [-1])]
    expect(reshaped(nodes, initializer)).toEqual(['x n 6', 'y n 2 3'])
  })

  test('from the end', () => {
    const nodes = [node('Gather', ['shape', 'last'], ['six']), node('Concat', ['rest', 'six'], ['to'], { axis: 0 })]
    expect(reshaped(nodes, [integers('last', [1], [-1]), integers('rest', [1], [-1])])).toEqual(['x n 6', 'y n 6'])
  })

  test('beyond them there is nothing', () => {
    const nodes = [node('Gather', ['shape', 'far'], ['to'])]
    expect(() => reshaped(nodes, [integers('far', [1], [5])])).toThrow(
      'importOnnx: node Gather: expected an index from -2 to 1, as the input has 2 numbers, received 5.',
    )
    expect(() => reshaped([node('Div', ['two', 'none'], ['to'])], [integers('none', [1], [0])])).toThrow('numbers that only a run tells')
  })
})
