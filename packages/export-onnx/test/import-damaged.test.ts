import { create, toBinary } from '@bufbuild/protobuf'
import { Random } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { ModelProtoSchema } from '../src/generated/onnx_pb.ts'
import { importOnnx, OnnxFormatError } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'

const y = declared('y', [null])
const passed = node('Identity', ['go'], ['going'])
const body = {
  name: 'body',
  input: [declared('i', [], types.int64), declared('go', [], types.bool), declared('state', ['n', 3])],
  node: [passed, node('Add', ['state', 'x'], ['next'])],
  output: [declared('going', [], types.bool), declared('next', ['n', 3])],
}

/** Small files that between them hold each family of operators. */
const files: Readonly<Record<string, Uint8Array>> = {
  elementwise: file({
    input: [declared('x', [null, 3]), declared('z', [null, 3])],
    node: [node('Add', ['x', 'z'], ['s']), node('Clip', ['s', 'low'], ['c']), node('Cast', ['c'], ['y'], { to: types.int32 })],
    initializer: [floats('low', [], [-1])],
    output: [y],
  }),
  reductions: file({
    input: [declared('x', ['n', 3])],
    initializer: [integers('axes', [1], [1]), integers('k', [1], [2])],
    node: [
      node('ReduceSum', ['x', 'axes'], ['s'], { keepdims: 0 }),
      node('TopK', ['s', 'k'], ['y', 'at'], { axis: 0 }),
      node('Softmax', ['x'], ['p'], { axis: 1 }),
    ],
    output: [y],
  }),
  products: file({
    input: [declared('x', ['n', 3]), declared('w', [null, 4])],
    node: [node('Gemm', ['x', 'w'], ['p'], { alpha: { float: 2 } }), node('Einsum', ['p', 'p'], ['y'], { equation: '...i,...i->...' })],
    output: [y],
  }),
  sizes: file({
    input: [declared('x', ['n', 6])],
    initializer: [integers('zero', [1], [0]), integers('one', [1], [1]), integers('rest', [2], [2, -1])],
    node: [
      node('Shape', ['x'], ['shape']),
      node('Slice', ['shape', 'zero', 'one'], ['n']),
      node('Concat', ['n', 'rest'], ['to'], { axis: 0 }),
      node('Reshape', ['x', 'to'], ['y']),
    ],
    output: [y],
  }),
  indices: file({
    input: [declared('x', ['n', 3]), declared('at', ['m'], types.int64)],
    initializer: [integers('depth', [], [4]), floats('values', [2], [0, 1])],
    node: [node('Gather', ['x', 'at'], ['g'], { axis: 1 }), node('OneHot', ['at', 'depth', 'values'], ['y'], { axis: -1 })],
    output: [y],
  }),
  windows: file({
    input: [declared('x', ['n', 2, 8])],
    initializer: [floats('w', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), floats('b', [2], [1, 2])],
    node: [
      node('Conv', ['x', 'w', 'b'], ['c'], { strides: [2], pads: [1, 1] }),
      node('MaxPool', ['c'], ['y'], { kernel_shape: [2], auto_pad: 'SAME_UPPER' }),
    ],
    output: [y],
  }),
  loop: file({
    input: [declared('x', ['n', 3])],
    initializer: [integers('count', [], [3])],
    node: [node('Loop', ['count', '', 'x'], ['y'], { body: { graph: body } })],
    output: [y],
  }),
}

test.each(Object.keys(files))('the file of %s is read as it stands', (name) => {
  expect(importOnnx(files[name] ?? new Uint8Array()).program.outputs).toHaveLength(1)
})

test('2,000 files with damaged bytes are read, or refused as files', () => {
  const random = new Random({ seed: 6 })
  const below = (n: number): number => Math.floor(random.uniform() * n)
  const whole = Object.values(files)
  let refused = 0
  for (let k = 0; k < 2000; k++) {
    const damaged = Uint8Array.from(whole[k % whole.length] ?? [])
    for (let i = 0; i <= k % 3; i++) damaged[below(damaged.length)] = below(256)
    try {
      importOnnx(damaged)
    } catch (error) {
      expect(error, `mutant ${k}`).toBeInstanceOf(OnnxFormatError)
      expect((error as Error).message).toMatch(/expected|is read before|lie in the file/)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(1000)
})

const model = (given: Parameters<typeof create<typeof ModelProtoSchema>>[1]): Uint8Array =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], ...given }))

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(), 'expected an ONNX model with a graph and an opset, received neither. Is it an ONNX file?'],
  ['text', new TextEncoder().encode('{"model": []}'), 'expected a complete ONNX model, received 13 bytes'],
  ['a model without an opset', model({ graph: {}, opsetImport: [] }), 'expected an ONNX model with a graph and an opset'],
  ['an old opset', file({}, { opset: 12 }), 'expected opset 13 or later of the standard domain, received 12. Convert the model first.'],
  [
    'bindings that are null',
    model({ graph: {}, metadataProps: [{ key: 'equivar.binds', value: 'null' }] }),
    'expected the metadata equivar.binds to name a size for each input, received null.',
  ],
  ['bindings that are numbers', model({ graph: {}, metadataProps: [{ key: 'equivar.binds', value: '{"x": 1}' }] }), 'received {"x": 1}.'],
  ['bindings that are no JSON', model({ graph: {}, metadataProps: [{ key: 'equivar.binds', value: '{' }] }), 'the model: '],
  ['an input that is no tensor', file({ input: [{ name: 'x' }] }), 'expected input "x" to be a tensor, received no type.'],
  ['an input of negative size', file({ input: [declared('x', [-2])], node: [node('Neg', ['x'], ['y'])], output: [y] }), 'received -2.'],
  ['an output that nothing computes', file({ output: [y] }), '"y" is read before anything computes it.'],
  [
    'a convolution of mixed ranks',
    file({ input: [declared('x', [1, 2]), declared('w', [1, 2, 3])], node: [node('Conv', ['x', 'w'], ['y'])], output: [y] }),
    'importOnnx: node Conv: expected an input and a weight of the same rank, 3 or more, received [1, 2] and [1, 2, 3].',
  ],
  [
    'a node with more outputs than it has',
    file({ input: [declared('x', [1])], node: [node('Neg', ['x'], ['y', 'z'])], output: [y] }),
    'importOnnx: node Neg: expected 1 outputs, received 2.',
  ],
  [
    'a window of no size',
    file({ input: [declared('x', [1, 1, 4])], node: [node('MaxPool', ['x'], ['y'], { kernel_shape: [2], strides: [0] })], output: [y] }),
    'importOnnx: node MaxPool: expected 1 strides of 1 or more, received [0].',
  ],
])('%s is refused', (_, bytes, message) => {
  expect(() => importOnnx(bytes)).toThrow(OnnxFormatError)
  expect(() => importOnnx(bytes)).toThrow(message)
})

test('loops nested beyond any use, and formulas that long, do not end the stack', () => {
  type Graph = typeof body
  const nested = (depth: number): Graph => {
    const inside =
      depth === 0
        ? node('Add', ['state', 'x'], ['next'])
        : node('Loop', ['count', '', 'state'], ['next'], { body: { graph: nested(depth - 1) } })
    return { ...body, node: [passed, inside] }
  }
  const deep = (depth: number): Uint8Array =>
    file({
      input: [declared('x', ['n', 3])],
      initializer: [integers('count', [], [1])],
      node: [node('Loop', ['count', '', 'x'], ['y'], { body: { graph: nested(depth) } })],
      output: [y],
    })
  expect(importOnnx(deep(20)).program.outputs).toHaveLength(1)
  expect(() => importOnnx(deep(40))).toThrow('the model: expected a complete ONNX model')
  const formula = `${'floor(('.repeat(4000)}n${')/2)'.repeat(4000)}`
  const long = file({ input: [declared('x', [formula])], node: [node('Neg', ['x'], ['y'])], output: [y] })
  expect(() => importOnnx(long)).toThrow(
    'expected a size of at most 1024 characters, received one of 44001: it is too complicated for a size.',
  )
})
