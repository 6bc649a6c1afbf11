import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx, OnnxFormatError } from '../src/index.ts'
import { declared, file, floats, node } from './hand-made-files.ts'
import { value } from './one-node.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

const x = declared('x', [3])
const y = declared('y', [3])
const numbers = tensorValue('float32', [3], [-1, 0, 2])
const oneNode = (...given: Parameters<typeof node>): Uint8Array => file({ input: [x], node: [node(...given)], output: [y] })

describe('operators without an entry of their own', () => {
  test('are the operator of the same name', () => {
    const { program } = importOnnx(oneNode('Add', ['x', 'x'], ['y']))
    expect(program.nodes.map(({ operator }) => operator.name)).toEqual(['Add'])
    expect([...(evaluate(program, { x: numbers }).y?.data ?? [])]).toEqual([-2, 0, 4])
  })

  test('take as many inputs as they have, and no attributes', () => {
    expect(() => importOnnx(oneNode('Tanh', ['x', 'x'], ['y']))).toThrow('importOnnx: node Tanh: expected 1 input, received 2.')
    expect(() => importOnnx(oneNode('Add', ['x'], ['y']))).toThrow('importOnnx: node Add: expected 2 inputs, received 1.')
    expect(() => importOnnx(oneNode('Add', ['x', ''], ['y']))).toThrow('importOnnx: node Add: expected input 1, received none.')
    expect(() => importOnnx(oneNode('Add', ['x', 'x'], ['y'], { axis: 1 }))).toThrow(
      'importOnnx: node Add: expected no attributes, received axis.',
    )
  })
})

describe('names that every object has', () => {
  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'])('an operator %s is unknown', (name) => {
    const read = (): unknown => importOnnx(oneNode(name, ['x'], ['y']))
    expect(read).toThrow(OnnxFormatError)
    expect(read).toThrow(
      new RegExp(`importOnnx: node ${name}: unknown operator: expected one of the \\d+ that Equivar has.*, received ${name}\\.`),
    )
    const ofSizes = file({ input: [x], node: [node('Shape', ['x'], ['s']), node(name, ['s', 's'], ['y'])], output: [y] })
    expect(() => importOnnx(ofSizes)).toThrow(OnnxFormatError)
  })

  test.each(['constructor', 'toString', '__proto__'])('inputs, parameters and outputs may be called %s', (name) => {
    const asInput = importOnnx(file({ input: [declared(name, [3])], node: [node('Neg', [name], ['y'])], output: [y] }))
    expect(asInput.program.inputs.map((input) => [input.name, input.tensor.binds])).toEqual([[name, undefined]])
    const asParameter = importOnnx(file({ initializer: [floats(name, [1], [4])], node: [node('Neg', [name], ['y'])], output: [y] }))
    expect(Object.entries(asParameter.values)).toEqual([[name, tensorValue('float32', [1], [4])]])
    const asOutput = importOnnx(file({ input: [x], node: [node('Neg', ['x'], [name])], output: [declared(name, [3])] }))
    expect(asOutput.program.outputs.map((output) => output.name)).toEqual([name])
  })

  test('an attribute is asked for by its own name', () => {
    expect(importOnnx(oneNode('Softmax', ['x'], ['y'])).program.nodes).toHaveLength(1)
    expect(() => importOnnx(oneNode('Constant', [], ['y'], { constructor: 1 }))).toThrow(
      'importOnnx: node Constant: expected value, value_int, value_ints, value_float or value_floats, received constructor.',
    )
  })
})

test('an operator of another domain is unknown, whatever its name', () => {
  const other = file({ input: [x], node: [{ ...node('Shape', ['x'], ['y']), domain: 'com.example' }], output: [y] })
  expect(() => importOnnx(other, { carry: false })).toThrow('received com.example.Shape.')
})

test('an attribute of another type than its own is refused', () => {
  expect(() => importOnnx(oneNode('Softmax', ['x'], ['y'], { axis: [0] }))).toThrow(
    'importOnnx: node Softmax: expected attribute axis of type int, received ints.',
  )
})

test('Gelu is approximated by tanh where the file says so', () => {
  const result = (attributes: Record<string, string>): number[] => [
    ...(evaluate(importOnnx(oneNode('Gelu', ['x'], ['y'], attributes)).program, { x: numbers }).y?.data ?? []),
  ]
  const tanh = (u: number): number => 0.5 * u * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u ** 3)))
  result({ approximate: 'tanh' }).forEach((value, i) => {
    expect(value).toBeCloseTo(tanh([-1, 0, 2][i] ?? 0), 9)
  })
  expect(result({})[2]).toBeCloseTo(1.9544997, 6)
  expect(() => result({ approximate: 'sigmoid' })).toThrow('expected approximate none or tanh, received sigmoid.')
})

test.each<[number[], number[]]>([
  [[3], [3, 2]],
  [[2, 3], [3]],
  [[3], [3]],
  [[2, 4, 3], [3]],
  [[3], [2, 3, 4]],
  [
    [2, 1, 4, 3],
    [5, 3, 2],
  ],
])('MatMul of %j and %j is what ONNX Runtime computes', async (a, b) => {
  const bytes = file({ input: [declared('a', a), declared('b', b)], node: [node('MatMul', ['a', 'b'], ['y'])], output: [declared('y')] })
  await expectSameAsRuntime(bytes, { a: value(...a), b: value(...b) })
})
