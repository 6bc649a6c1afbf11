import { encodeFloat16, evaluate, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, node, types } from './hand-made-files.ts'

const bits = Uint16Array.from([1, 1, -2.5], encodeFloat16)
const half = { name: 'w', dims: [3n], dataType: types.float16 }
const encodings = {
  'as bytes': { ...half, rawData: new Uint8Array(bits.buffer) },
  'as bit patterns in a list of int32': { ...half, int32Data: [...bits] },
}

test.each(Object.entries(encodings))('float16 numbers %s are numbers', (_, w) => {
  const nodes = [node('Cast', ['w'], ['wide'], { to: types.float }), node('Mul', ['wide', 'three'], ['y'])]
  const { program } = importOnnx(file({ initializer: [w, floats('three', [], [3])], node: nodes, output: [declared('y', [3])] }), {
    frozen: true,
  })
  expect([...(evaluate(program, {}).y?.data ?? [])]).toEqual([3, 3, -7.5])
})

test.each(Object.entries(encodings))('float16 constants %s within the graph too', (_, w) => {
  const nodes = [
    node('Constant', [], ['w'], { value: { tensor: w } }),
    node('Cast', ['w'], ['wide'], { to: types.float }),
    node('Add', ['wide', 'x'], ['y']),
  ]
  const { program } = importOnnx(file({ input: [declared('x', [3])], node: nodes, output: [declared('y', [3])] }))
  expect([...(evaluate(program, { x: tensorValue('float32', [3], [1, 2, 3]) }).y?.data ?? [])]).toEqual([2, 3, 0.5])
})

test('a value of float16 fills a shape, and bounds of float16 clip', () => {
  const value = { dims: [1n], dataType: types.float16, rawData: new Uint8Array(Uint16Array.of(bits[2] ?? 0).buffer) }
  const nodes = [
    node('ConstantOfShape', ['shape'], ['filled'], { value: { tensor: value } }),
    node('Cast', ['filled'], ['y'], { to: types.float }),
  ]
  const initializer = [{ name: 'shape', dims: [1n], dataType: types.int64, int64Data: [2n] }]
  const { program } = importOnnx(file({ initializer, node: nodes, output: [declared('y', [2])] }))
  expect([...(evaluate(program, {}).y?.data ?? [])]).toEqual([-2.5, -2.5])

  const low = { name: 'low', dataType: types.float16, int32Data: [bits[0] ?? 0] }
  const clipped = file({
    input: [declared('x', [2], types.float16)],
    initializer: [low],
    node: [node('Clip', ['x', 'low'], ['y'])],
    output: [declared('y', [2])],
  })
  const x = { dtype: 'float16', shape: [2], data: Float32Array.of(-3, 3) } as const
  expect([...(evaluate(importOnnx(clipped).program, { x }).y?.data ?? [])]).toEqual([1, 3])
})

test.each([
  ['in a list', { doubleData: [1.5, 0.1] }],
  ['as bytes', { rawData: new Uint8Array(Float64Array.of(1.5, 0.1).buffer) }],
])('double %s is read as float32, a parameter', (_, data) => {
  const w = { name: 'w', dims: [2n], dataType: types.double, ...data }
  const { values } = importOnnx(file({ initializer: [w], node: [node('Neg', ['w'], ['y'])], output: [declared('y', [2])] }))
  expect(values).toEqual({ w: tensorValue('float32', [2], [1.5, 0.1]) })
})

test.each([
  ['float', types.float, Float32Array.of(1, -2), { floatData: [1, -2] }],
  ['int32', types.int32, Int32Array.of(1, -2), { int32Data: [1, -2] }],
  ['int64', types.int64, BigInt64Array.of(1n, -2n), { int64Data: [1n, -2n] }],
  ['bool', types.bool, Uint8Array.of(1, 0), { int32Data: [1, 0] }],
])('%s is the same as bytes and in a list', (_, dataType, data, listed) => {
  for (const numbers of [{ rawData: new Uint8Array(data.buffer) }, listed]) {
    const initializer = [{ name: 'w', dims: [2n], dataType, ...numbers }]
    const { program } = importOnnx(file({ initializer, node: [node('Identity', ['w'], ['y'])], output: [declared('y', [2])] }), {
      frozen: true,
    })
    expect([...(evaluate(program, {}).y?.data ?? [])]).toEqual(Array.from(data as Float32Array, Number))
  }
})

test('bfloat16 is refused by name', () => {
  const w = { name: 'w', dims: [1n], dataType: types.bfloat16, int32Data: [0x3f80] }
  expect(() =>
    importOnnx(file({ initializer: [w], node: [node('Neg', ['w'], ['y'])], output: [declared('y', [1])] }), { carry: false }),
  ).toThrow('importOnnx: expected "w" of type float, double, float16, int32, int64 or bool, received bfloat16. Convert it to one of these.')
  expect(() =>
    importOnnx(file({ input: [declared('x', [1], types.bfloat16)], node: [node('Neg', ['x'], ['y'])], output: [declared('y', [1])] })),
  ).toThrow('importOnnx: expected input "x" of type float, double, float16, int32, int64 or bool, received bfloat16.')
})

test('a tensor whose count of numbers is not that of its shape, or whose sizes are none', () => {
  const read = (w: Parameters<typeof file>[0]['initializer']): unknown =>
    importOnnx(file({ ...(w === undefined ? {} : { initializer: w }), node: [node('Neg', ['w'], ['y'])], output: [declared('y', [1])] }))
  expect(() => read([floats('w', [2, 2], [1, 2, 3])])).toThrow('importOnnx: expected 4 numbers for "w" [2, 2], received 3.')
  expect(() => read([floats('w', [-1, -1], [1])])).toThrow('importOnnx: expected sizes of 0 or more for "w", received [-1, -1].')
})
