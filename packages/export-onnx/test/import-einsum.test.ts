import { evaluate, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, node } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

const random = new Random({ seed: 5 })
const normal = (shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

const names = ['a', 'b', 'c']

function einsum(equation: string, shapes: readonly (readonly number[])[]): Uint8Array {
  const inputs = names.slice(0, shapes.length)
  return file({
    input: inputs.map((name, i) => declared(name, shapes[i])),
    node: [node('Einsum', inputs, ['y'], { equation })],
    output: [declared('y')],
  })
}

describe('an ellipsis is what ONNX Runtime makes of it', () => {
  test.each<[string, number[][]]>([
    [
      '...ij,...jk->...ik',
      [
        [5, 2, 3],
        [5, 3, 4],
      ],
    ],
    [
      '...ij,...jk->...ik',
      [
        [2, 1, 2, 3],
        [1, 5, 3, 4],
      ],
    ],
    [
      '...ij , ...jk',
      [
        [5, 2, 3],
        [5, 3, 4],
      ],
    ],
    [
      '...ij,jk->...ik',
      [
        [2, 5, 2, 3],
        [3, 4],
      ],
    ],
    ['...ij->...ji', [[4, 2, 3]]],
    ['i...->...i', [[2, 3, 4]]],
    ['...->...', [[2, 3]]],
    ['...i->...', [[2, 3]]],
    [
      'b...i,bi->b...',
      [
        [2, 3, 4, 5],
        [2, 5],
      ],
    ],
    ['...ii->...i', [[2, 3, 3]]],
    [
      '...i,...i,...i->...',
      [
        [4, 3],
        [1, 3],
        [4, 3],
      ],
    ],
    [
      'AB...,BA->...A',
      [
        [2, 3, 4],
        [3, 2],
      ],
    ],
    [
      'ij,jk->ik',
      [
        [2, 1],
        [3, 4],
      ],
    ],
  ])('%s of %j', async (equation, shapes) => {
    const bytes = einsum(equation, shapes)
    const feeds = Object.fromEntries(shapes.map((shape, i) => [names[i] ?? '', normal(shape)]))
    const wanted = await runtimeResult(bytes, feeds)
    const result = evaluate(importOnnx(bytes).program, feeds).y
    expect(result?.shape).toEqual(wanted.dims)
    wanted.data.forEach((value, i) => {
      expect(result?.data[i]).toBeCloseTo(value, 5)
    })
  })
})

test('sizes stay symbols', () => {
  const inputs = [declared('a', ['batch', 'n', 3]), declared('b', [3, 'm'])]
  const bytes = file({ input: inputs, node: [node('Einsum', ['a', 'b'], ['y'], { equation: '...j,jk->...k' })], output: [declared('y')] })
  expect(importOnnx(bytes).program.outputs[0]?.tensor.shape.map(String)).toEqual(['batch', 'n', 'm'])
})

test.each<[string, number[][], string]>([
  ['...ij->ij', [[4, 2, 3]], 'expected an ellipsis in the result, as operands have one, received "ij".'],
  [
    '..i->i',
    [[2, 3]],
    'expected letters, commas, one arrow, and one ellipsis an operand at most, as in "...ij,...jk->...ik", received "..i->i".',
  ],
  ['...i...->i', [[2, 3]], 'received "...i...->i".'],
  ['i->i->i', [[2]], 'received "i->i->i".'],
  ['...ijk->i', [[2, 3]], 'expected at least 3 axes of operand 0 ("...ijk"), received 2.'],
  ['ij->i', [[2]], 'expected 2 axes of operand 0 ("ij"), received 1.'],
  [
    '...ij,...jk->...ik',
    [
      [2, 2, 3],
      [3, 4],
    ],
    'expected ellipses of equally many axes, received 1 and 0.',
  ],
  ['...i,...i->...', [[2]], 'expected 2 operands, as "...i,...i->..." has, received 1.'],
  [
    '...i,...i->...',
    [
      [2, 3],
      [4, 3],
    ],
    'Here axis 0 of input 0 ("a") is 2, axis 0 of input 1 ("b") is 4.',
  ],
])('%s of %j is refused', (equation, shapes, message) => {
  expect(() => importOnnx(einsum(equation, shapes))).toThrow(message)
})
