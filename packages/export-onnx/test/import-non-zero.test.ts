import { evaluate, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

const x = tensorValue('float32', [2, 3], [1, 2.5, 3, 0, 5, 6.5])

/** y = the places that `nodes` name `places`, as floats. */
const placesFile = (nodes: ReturnType<typeof node>[], initializer: ReturnType<typeof integers>[] = []): Uint8Array =>
  file({
    input: [declared('x', ['rows', 3])],
    initializer,
    node: [...nodes, node('Cast', ['places'], ['y'], { to: types.float })],
    output: [declared('y')],
  })

const filled = (value: number, like = 'shape') => [
  node('Shape', ['x'], ['shape']),
  node('ConstantOfShape', [like], ['filled'], { value: { tensor: integers('value', [1], [value]) } }),
  node('NonZero', ['filled'], ['places']),
]

test.each([
  ['numbers of the file', placesFile([node('NonZero', ['numbers'], ['places'])], [integers('numbers', [2, 3], [0, 7, 0, -1, 0, 2])])],
  ['no numbers at all', placesFile([node('NonZero', ['numbers'], ['places'])], [integers('numbers', [2, 2], [0, 0, 0, 0])])],
  ['ones of any shape', placesFile(filled(1))],
  ['zeros of any shape', placesFile(filled(0))],
  [
    'computed numbers',
    placesFile([node('Floor', ['x'], ['floor']), node('Equal', ['x', 'floor'], ['whole']), node('NonZero', ['whole'], ['places'])]),
  ],
  ['a short vector', placesFile(filled(2, 'two'), [integers('two', [1], [2])])],
])('NonZero of %s gives what ONNX Runtime gives', async (_, bytes) => {
  const { program } = importOnnx(bytes)
  const expected = await runtimeResult(bytes, { x })
  const { y } = evaluate(program, { x })
  expect(y?.shape).toEqual(expected.dims)
  expect([...(y?.data ?? [])]).toEqual(expected.data)
})

test('a vector of equal integers may be a shape', () => {
  const bytes = file({
    input: [declared('x', ['rows', 3])],
    initializer: [floats('one', [1, 1], [1]), integers('length', [1], [2])],
    node: [
      node('ConstantOfShape', ['length'], ['to'], { value: { tensor: integers('value', [1], [3]) } }),
      node('Expand', ['one', 'to'], ['y']),
    ],
    output: [declared('y')],
  })
  expect(importOnnx(bytes).program.outputs[0]?.tensor.shape).toEqual([3, 3])
})
