import { expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'

type Sizes = readonly (number | string | null)[]

const initializer = [
  integers('pieces', [2], [2, 3]),
  integers('three', [2], [3, 1]),
  integers('first', [1], [0]),
  integers('six', [2], [6, -1]),
  floats('wide', [1, 4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
  floats('square', [1, 2, 2], [1, 2, 3, 4]),
]

/** The shapes of inputs and outputs after one node: what it wants equal is one size. Inputs called `at` hold int64, `lengths` int32. */
function shapesOf(
  inputs: Readonly<Record<string, Sizes>>,
  ...[opType, operands, outputs, attributes = {}]: Parameters<typeof node>
): string {
  const elemType = (name: string): number => ({ at: types.int64, lengths: types.int32 })[name] ?? types.float
  const { program } = importOnnx(
    file({
      input: Object.entries(inputs).map(([name, sizes]) => declared(name, sizes, elemType(name))),
      initializer: initializer.filter(({ name = '' }) => operands.includes(name)),
      node: [node(opType, operands, outputs, attributes)],
      output: outputs.map((name) => declared(name)),
    }),
    { frozen: true },
  )
  return [...program.inputs, ...program.outputs].map(({ name, tensor }) => `${name} ${tensor.shape.join(' ')}`).join(', ')
}

test.each<[Readonly<Record<string, Sizes>>, Parameters<typeof node>, string]>([
  ...['Add', 'Less', 'Sum', 'Mean', 'Max', 'Min', 'Pow', 'PRelu'].map(
    (opType): [Readonly<Record<string, Sizes>>, Parameters<typeof node>, string] => [
      { a: [null, 1, null], b: [null, null] },
      [opType, ['a', 'b'], ['y']],
      'a a_0 1 a_2, b b_0 a_2, y a_0 b_0 a_2',
    ],
  ),
  [{ a: [null], b: [null, null], c: [null, null] }, ['Sum', ['a', 'b', 'c'], ['y']], 'a a_0, b b_0 a_0, c b_0 a_0, y b_0 a_0'],
  [{ a: [null], b: [null] }, ['Mod', ['a', 'b'], ['y'], { fmod: 1 }], 'a a_0, b a_0, y a_0'],
  [{ a: [null, 2, null], b: [null, null, 4] }, ['MatMul', ['a', 'b'], ['y']], 'a a_0 2 a_2, b a_0 a_2 4, y a_0 2 4'],
  [{ a: [2, null], b: [null] }, ['MatMul', ['a', 'b'], ['y']], 'a 2 a_1, b a_1, y 2'],
  [{ a: [2, null], b: [null, 3], c: [null] }, ['Gemm', ['a', 'b', 'c'], ['y']], 'a 2 a_1, b a_1 3, c 3, y 2 3'],
  [{ a: [null, 2, null], b: [null, 3, null] }, ['Concat', ['a', 'b'], ['y'], { axis: 1 }], 'a a_0 2 a_2, b a_0 3 a_2, y a_0 5 a_2'],
  [{ a: [null, 2], b: [null, 3] }, ['Concat', ['a', 'b'], ['y'], { axis: -1 }], 'a a_0 2, b a_0 3, y a_0 5'],
  [{ a: [1, null], b: [null, null] }, ['Einsum', ['a', 'b'], ['y'], { equation: 'ij,jk->ik' }], 'a 1 a_1, b a_1 b_1, y 1 b_1'],
  [{ a: [null, 1], b: [null, null] }, ['Einsum', ['a', 'b'], ['y'], { equation: 'ij,ij->ij' }], 'a a_0 1, b a_0 b_1, y a_0 b_1'],
  [{ a: [null, 2], b: [null, 1] }, ['Einsum', ['a', 'b'], ['y'], { equation: 'ij,ij->ij' }], 'a a_0 2, b a_0 1, y a_0 2'],
  [{ x: [null, null, 8], w: [null, null, 3], b: [null] }, ['Conv', ['x', 'w', 'b'], ['y']], 'x x_0 x_1 8, w w_0 x_1 3, b w_0, y x_0 w_0 6'],
  [{ x: [2, null, 8], w: [4, null, 3] }, ['Conv', ['x', 'w'], ['y'], { group: 2 }], 'x 2 2*w_1 8, w 4 w_1 3, y 2 4 6'],
  [{ x: [2, null, 8], w: [null, 5, 3] }, ['ConvTranspose', ['x', 'w'], ['y']], 'x 2 x_1 8, w x_1 5 3, y 2 5 10'],
  [{ x: [2, null, 8], w: [null, 5, 3], b: [null] }, ['ConvTranspose', ['x', 'w', 'b'], ['y']], 'x 2 x_1 8, w x_1 5 3, b 5, y 2 5 10'],
  [{ x: [2, 6, 8], w: [6, 5, 3], b: [null] }, ['ConvTranspose', ['x', 'w', 'b'], ['y'], { group: 3 }], 'x 2 6 8, w 6 5 3, b 15, y 2 15 10'],
  [{ a: [null] }, ['Expand', ['a', 'three'], ['y']], 'a a_0, y 3 a_0'],
  [{ a: [null] }, ['Reshape', ['a', 'pieces'], ['y']], 'a 6, y 2 3'],
  [{ a: [null, 2] }, ['Squeeze', ['a', 'first'], ['y']], 'a 1 2, y 2'],
  [{ a: [null, 2] }, ['Squeeze', ['a'], ['y'], { axes: [-2] }], 'a 1 2, y 2'],
  [{ a: [null] }, ['Split', ['a', 'pieces'], ['y', 'z']], 'a 5, y 2, z 3'],
  [{ a: [2, null] }, ['Split', ['a'], ['y', 'z'], { split: [3, 4], axis: -1 }], 'a 2 7, y 2 3, z 2 4'],
  [{ a: [3, 3], at: [null, 3], b: [null, 3] }, ['ScatterElements', ['a', 'at', 'b'], ['y']], 'a 3 3, at at_0 3, b at_0 3, y 3 3'],
  [{ a: [3, null], at: [null, 1], b: [null, null] }, ['ScatterND', ['a', 'at', 'b'], ['y']], 'a 3 a_1, at at_0 1, b at_0 a_1, y 3 a_1'],
  [{ x: [2, null, 4], v: [null], u: [null] }, ['InstanceNormalization', ['x', 'v', 'u'], ['y']], 'x 2 x_1 4, v x_1, u x_1, y 2 x_1 4'],
  [{ x: [2, null], v: [null], u: [null] }, ['LayerNormalization', ['x', 'v', 'u'], ['y']], 'x 2 x_1, v x_1, u x_1, y 2 x_1'],
  [
    { x: [2, null], s: [null], b: [null], m: [null], v: [null] },
    ['BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y']],
    'x 2 x_1, s x_1, b x_1, m x_1, v x_1, y 2 x_1',
  ],
  [
    { x: [5, null, null], w: [1, 2, null], r: [1, 2, 2], lengths: [null], h: [1, null, 2] },
    ['RNN', ['x', 'w', 'r', '', 'lengths', 'h'], ['y']],
    'x 5 x_1 x_2, w 1 2 x_2, r 1 2 2, lengths x_1, h 1 x_1 2, y 5 1 x_1 2',
  ],
  [
    { x: [5, null, 1], w: [1, 8, null], r: [1, 8, 2], h: [1, null, 2], c: [1, null, 2] },
    ['LSTM', ['x', 'w', 'r', '', '', 'h', 'c'], ['y']],
    'x 5 x_1 1, w 1 8 1, r 1 8 2, h 1 x_1 2, c 1 x_1 2, y 5 1 x_1 2',
  ],
  [
    { x: [5, null, 1], w: [1, 6, 1], r: [1, 6, 2], h: [1, null, 2] },
    ['GRU', ['x', 'w', 'r', '', '', 'h'], ['y']],
    'x 5 x_1 1, w 1 6 1, r 1 6 2, h 1 x_1 2, y 5 1 x_1 2',
  ],
])('of %j, %j wants equal sizes', (inputs, one, expected) => {
  expect(shapesOf(inputs, ...one)).toBe(expected)
})

test.each<[Readonly<Record<string, Sizes>>, Parameters<typeof node>, string]>([
  [
    { x: [2, 5, 8], w: [4, 3, 3] },
    ['Conv', ['x', 'w'], ['y'], { group: 2 }],
    'axis 1 of input 0 ("x") is 5, axis 1 of input 1 ("w") times 2 groups is 6',
  ],
  [{ x: [2, 5, 8], w: [4, 3, 3] }, ['Conv', ['x', 'w'], ['y']], 'axis 1 of input 0 ("x") is 5, axis 1 of input 1 ("w") is 3'],
  [{ x: [2, 5, 8], w: [4, 3, 3] }, ['ConvTranspose', ['x', 'w'], ['y']], 'axis 1 of input 0 ("x") is 5, axis 0 of input 1 ("w") is 4'],
  [{ a: [2] }, ['Expand', ['a', 'pieces'], ['y']], 'axis 0 of input 0 ("a") is 2, axis 1 of the new shape is 3'],
  [{ a: [2, 3] }, ['Squeeze', ['a', 'first'], ['y']], 'axis 0 of input 0 ("a") is 2, an axis to squeeze is 1'],
  [{ a: [4] }, ['Split', ['a', 'pieces'], ['y', 'z']], 'axis 0 of input 0 ("a") is 4, the sum of the pieces is 5'],
  [{ a: [4] }, ['Reshape', ['a', 'pieces'], ['y']], 'the number of elements of input 0 is 4, that of the new shape is 6'],
])('of %j, %j says which sizes clash', (inputs, one, clash) => {
  expect(() => shapesOf(inputs, ...one)).toThrow(new RegExp(`^importOnnx: node ${one[0]}: .* Here ${clash.replace(/[()]/g, '\\$&')}\\.$`))
})

test('where the length of an index is not known, nothing is', () => {
  expect(() => shapesOf({ a: [3, null], at: [2, null], b: [5, null] }, 'ScatterND', ['a', 'at', 'b'], ['y'])).toThrow(
    expect.objectContaining({
      message: 'importOnnx: node ScatterND: ScatterND: expected indices of shape [..., 1 to 2], received [2, at_1].',
    }),
  )
})
