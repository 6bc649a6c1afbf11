import { create, toBinary } from '@bufbuild/protobuf'
import { evaluate, ownEntry, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { ModelProtoSchema } from '../src/generated/onnx_pb.ts'
import { exportOnnx, importOnnx, OnnxFormatError } from '../src/index.ts'
import { declared, file, floats, integers, node } from './hand-made-files.ts'

const y = declared('y', [null])
const list = <T>(count: number, f: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => f(i))
/** Results s1 to s`count`, each of the one before it and made by f. */
const chain = (count: number, f: (from: string, to: string, i: number) => ReturnType<typeof node>): ReturnType<typeof node>[] =>
  list(count, (i) => f(`s${i}`, `s${i + 1}`, i))
const shapeOf = node('Shape', ['x'], ['s0'])
const filled = (sizes: string): ReturnType<typeof node> => node('ConstantOfShape', [sizes], ['y'])
const withSize = (text: string): Uint8Array => file({ input: [declared('x', [text])], node: [node('Neg', ['x'], ['y'])], output: [y] })
const gathered = (index: number): Uint8Array =>
  file({
    input: [declared('x', ['n', 3])],
    initializer: [integers('i', [], [index])],
    node: [shapeOf, node('Gather', ['s0', 'i'], ['g']), filled('g')],
    output: [y],
  })

const complicated = 'it is too complicated for a size.'
test.each<[string, Uint8Array, string]>([
  [
    'a shape squared again and again',
    file({
      input: [declared('x', ['n'])],
      node: [shapeOf, ...chain(11, (from, to) => node('Mul', [from, from], [to])), filled('s11')],
      output: [y],
    }),
    complicated,
  ],
  [
    'a polynomial of two sizes, squared again and again',
    file({
      input: [declared('x', ['n+m'])],
      node: [shapeOf, ...chain(7, (from, to) => node('Mul', [from, from], [to])), filled('s7')],
      output: [y],
    }),
    complicated,
  ],
  ['a product of sums', withSize(list(12, (i) => `floor((2*n+a${i})/2)`).join('*')), complicated],
  ['nested floors', withSize(`${'floor(('.repeat(3000)}n${')/2)'.repeat(3000)}`), complicated],
  ['a long name', withSize('n'.repeat(2000)), complicated],
  ['a size beyond integers', withSize('99999999999999999999'), 'expected a size within 2^53, received one of about 1.00e+20.'],
  [
    'a scalar index beyond a shape',
    gathered(7),
    'importOnnx: node Gather: expected an index from -2 to 1, as the input has 2 numbers, received 7.',
  ],
  ['a negative index beyond a shape', gathered(-3), 'received -3.'],
  [
    'an index beyond an axis',
    file({
      input: [declared('x', ['n', 3])],
      initializer: [integers('i', [1], [3])],
      node: [node('Gather', ['x', 'i'], ['y'], { axis: 1 })],
      output: [y],
    }),
    'expected indices from -3 to 2, as axis 1 of input 0 has size 3, received 3.',
  ],
  [
    'a shape doubled until no memory holds it',
    file({
      input: [declared('x', ['n'])],
      node: [shapeOf, ...chain(40, (from, to) => node('Concat', [from, from], [to], { axis: 0 })), filled('s40')],
      output: [y],
    }),
    'expected input 0 to be known, or computed from shapes',
  ],
  [
    'an input without a type',
    file({ input: [declared('x', [1], 0)], node: [node('Neg', ['x'], ['y'])], output: [y] }),
    'received no type.',
  ],
  [
    'an equation longer than a message',
    file({ input: [declared('x', [])], node: [node('Einsum', ['x'], ['y'], { equation: ','.repeat(99_999) })] }),
    '...',
  ],
])('%s is refused', (_, bytes, message) => {
  expect(() => importOnnx(bytes)).toThrow(OnnxFormatError)
  expect(() => importOnnx(bytes)).toThrow(message)
})

test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])('an operator called %s is unknown', (name) => {
  const bytes = file({ input: [declared('x', [1])], node: [node(name, ['x'], ['y'])], output: [y] })
  expect(() => importOnnx(bytes)).toThrow(`importOnnx: node ${name}: unknown operator: expected one of the`)
  expect(() => importOnnx(bytes)).toThrow(`received ${name}.`)
})

test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'undefined'])(
  'an input, a parameter and an output may be called "%s"',
  (name) => {
    const as = (role: string): Uint8Array => {
      const [x, w, out] = [role === 'input' ? name : 'x', role === 'parameter' ? name : 'w', role === 'output' ? name : 'y']
      return file({
        input: [declared(x, [2])],
        initializer: [floats(w, [2], [10, 20])],
        node: [node('Add', [x, w], [out])],
        output: [declared(out, [2])],
      })
    }
    for (const role of ['input', 'parameter', 'output']) {
      for (const frozen of [false, true]) {
        const { program, values } = importOnnx(as(role), { frozen })
        const feeds = { ...values, ...Object.fromEntries([[role === 'input' ? name : 'x', tensorValue('float32', [2], [1, 2])]]) }
        const given = Object.fromEntries([...Object.entries(values), ...Object.entries(feeds)])
        const result = ownEntry(evaluate(program, given), role === 'output' ? name : 'y')
        expect(Array.from(result?.data ?? []), role).toEqual([11, 22])
        const again = importOnnx(exportOnnx(program, { values }))
        expect(again.program.inputs.map((one) => one.name)).toEqual(program.inputs.map((one) => one.name))
      }
    }
  },
)

test('numbers beyond 2^53 are numbers, not sizes', () => {
  const bytes = file({
    initializer: [integers('a', [1], [2 ** 62]), integers('b', [1], [2])],
    node: [node('Mul', ['a', 'b'], ['y'])],
    output: [y],
  })
  expect(importOnnx(bytes).program.outputs[0]?.tensor.dtype).toBe('int64')
})

test('names of a file reach no terminal as they are', () => {
  const bytes = file({
    input: [declared('x', [1])],
    node: [{ ...node('Frob', ['x'], ['y']), name: '\u001b[31mred\u0007\u009b' }],
    output: [y],
  })
  expect(() => importOnnx(bytes)).toThrow('node "\\u001b[31mred\\u0007\\u009b" Frob')
})

test('bindings of any name and of no JSON object', () => {
  const model = (binds: string): Uint8Array =>
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 8n,
        opsetImport: [{ domain: '', version: 18n }],
        graph: { input: [declared('__proto__', [], 7)], node: [node('ConstantOfShape', ['__proto__'], ['y'])], output: [y] },
        metadataProps: [{ key: 'equivar.binds', value: binds }],
      }),
    )
  expect(String(importOnnx(model('{"__proto__":"n"}')).program.outputs[0]?.tensor.shape[0])).toBe('n')
  for (const text of ['null', '3', '"n"', '{"x":null}', '['.repeat(100_000) + ']'.repeat(100_000)]) {
    expect(() => importOnnx(model(text)), text.slice(0, 20)).toThrow('expected the metadata equivar.binds to name a size for each input')
  }
})
