import {
  add,
  constant,
  evaluate,
  gather,
  input,
  matMul,
  mul,
  program,
  range,
  reduceSum,
  relu,
  type TensorValue,
  tensorValue,
  toNumbers,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx, exportOnnxFiles, importOnnx, inspectOnnx, onnxNodes } from '../src/index.ts'

const x = input('x', 'float32', ['batch', 3])
const w = input('w', 'float32', [3, 2])
const p = program({ inputs: [x, w], outputs: { y: relu(matMul(x, w)), again: matMul(x, w) }, metadata: { task: 'a task', model: 'small' } })
const values = { w: tensorValue('float32', [3, 2], [1, 2, 3, 4, 5, 6]) }
const feeds = { x: tensorValue('float32', [1, 3], [1, -1, 2]) }
const result = (bytes: Uint8Array, options = {}, given: Record<string, TensorValue> = feeds): number[] => {
  const { program: read, values: own } = importOnnx(bytes, options)
  return Array.from(toNumbers(evaluate(read, { ...own, ...given }).y?.data ?? new Float64Array()))
}

describe('what a file says', () => {
  test('inputs without a value, outputs, and the metadata of the program and of the export', () => {
    expect(inspectOnnx(exportOnnx(p, { values, metadata: { model: 'larger', more: 'text' } }), 'file')).toEqual({
      inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 3] }],
      outputs: [
        { name: 'y', dtype: 'float32', shape: ['batch', 2] },
        { name: 'again', dtype: 'float32', shape: ['batch', 2] },
      ],
      metadata: { task: 'a task', model: 'larger', more: 'text' },
    })
    expect(inspectOnnx(exportOnnx(p), 'file').inputs.map(({ name }) => name)).toEqual(['x', 'w'])
  })
  test('sizes that inputs bind', () => {
    const count = input('count', 'int64', [], { binds: 'm' })
    const bound = program({ inputs: [count], outputs: { y: range('m') } })
    const file = exportOnnx(bound)
    expect(inspectOnnx(file, 'file')).toMatchObject({
      inputs: [{ name: 'count', dtype: 'int64', shape: [] }],
      metadata: { 'equivar.binds': '{"count":"m"}' },
    })
    expect(result(file, {}, { count: tensorValue('int64', [], [3]) })).toEqual([0, 1, 2])
  })
  test('nodes in order, with attributes and the shapes of what they read', () => {
    const named = program({
      inputs: [x, w],
      outputs: { y: reduceSum(gather(matMul(x, w), constant([1n, 0n] as never, [2], 'int64'), 1), { axis: 1 }) },
    })
    const nodes = onnxNodes(exportOnnx(named, { values }), 'file')
    expect(nodes.map(({ operator }) => operator)).toEqual(['MatMul', 'Gather', 'ReduceSum'])
    expect(nodes.map(({ attributes }) => attributes)).toEqual([{}, { axis: 1 }, { keepdims: 0 }])
    expect(nodes.map(({ shapes }) => shapes)).toEqual([
      [
        ['batch', 3],
        [3, 2],
      ],
      [['batch', 2], [2]],
      [['batch', 2], [1]],
    ])
    const without = onnxNodes(exportOnnx(named, { values, shapes: false }), 'file')
    expect(without.map(({ shapes }) => shapes)).toEqual([
      [
        ['batch', 3],
        [3, 2],
      ],
      [undefined, [2]],
      [undefined, [1]],
    ])
  })
  test('the values of inputs are part of it, and become parameters when it is read, or constants', () => {
    const file = exportOnnx(p, { values })
    expect(importOnnx(file).values).toEqual(values)
    expect(importOnnx(file, { frozen: true })).toMatchObject({ values: {}, metadata: { task: 'a task', model: 'small' } })
    expect([result(file), result(file, { frozen: true })]).toEqual([
      [8, 10],
      [8, 10],
    ])
  })
  test('equal outputs have names of their own', () => {
    const twice = program({ inputs: [x], outputs: { a: relu(x), b: relu(x), same: x } })
    const read = evaluate(importOnnx(exportOnnx(twice)).program, feeds)
    expect([read.a, read.b, read.same].map((value) => [...(value?.data ?? [])])).toEqual([
      [1, 0, 2],
      [1, 0, 2],
      [1, -1, 2],
    ])
  })
  test('the name of its graph', () => {
    const text = (options: object): string => new TextDecoder('latin1').decode(exportOnnx(p, options))
    expect([text({}).includes('\x07equivar'), text({ name: 'my graph' }).includes('my graph')]).toEqual([true, true])
  })
})

describe('half precision', () => {
  test('of values only: inputs and outputs stay float32', () => {
    const file = exportOnnx(p, { values, float16: true })
    expect(inspectOnnx(file, 'file')).toMatchObject({
      inputs: [{ dtype: 'float32' }],
      outputs: [{ dtype: 'float32' }, { dtype: 'float32' }],
      metadata: { 'equivar.float16': 'true' },
    })
    expect(result(file, { frozen: true })).toEqual([8, 10])
  })
  test('of inputs and outputs too', () => {
    const file = exportOnnx(p, { values, float16: 'inputs-and-outputs' })
    expect(inspectOnnx(file, 'file')).toMatchObject({
      inputs: [{ dtype: 'float16' }],
      outputs: [{ dtype: 'float16' }, { dtype: 'float16' }],
    })
    expect(importOnnx(file, { frozen: true }).program.outputs.map(({ tensor }) => tensor.dtype)).toEqual(['float16', 'float16'])
  })
  test('numbers beyond its range are refused in values, and cut in constants', () => {
    const large = { w: tensorValue('float32', [3, 2], [1, 2, 3, 4, 70_000, 6]) }
    expect(() => exportOnnx(p, { values: large, float16: true })).toThrow(
      new RangeError(
        'exportOnnx: expected values of "w" within +-65504, the range of float16, received 70000 at position 4. Export it in float32.',
      ),
    )
    const scaled = program({ inputs: [x], outputs: { y: mul(x, constant([1e6, -1e6, 1], [3])) } })
    expect(result(exportOnnx(scaled, { float16: true }), { frozen: true }, { x: tensorValue('float32', [1, 3], [1, 1, 3]) })).toEqual([
      65504, -65504, 3,
    ])
  })
})

describe('values in a file beside the model', () => {
  const long = input('long', 'float32', [300])
  const short = input('short', 'float32', [300])
  const sum = program({ inputs: [long, short], outputs: { y: add(long, short) } })
  const both = {
    long: tensorValue(
      'float32',
      [300],
      Array.from({ length: 300 }, (_, i) => i),
    ),
    short: tensorValue(
      'float32',
      [300],
      Array.from({ length: 300 }, (_, i) => 2 * i),
    ),
  }
  const joined = (chunks: readonly Uint8Array[]): Uint8Array => Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
  test('each starts on a page of its own', () => {
    const { model, data } = exportOnnxFiles(sum, { values: both, location: 'data.bin' })
    const bytes = joined(data)
    expect(bytes.length).toBe(4096 + 1200)
    expect(new Float32Array(bytes.slice(0, 1200).buffer)).toEqual(both.long.data)
    expect(new Float32Array(bytes.slice(4096).buffer)).toEqual(both.short.data)
    const read = importOnnx(model, {
      readExternal: (location, offset, length) =>
        location === 'data.bin' ? bytes.slice(offset, offset + (length ?? bytes.length)) : new Uint8Array(),
    })
    expect(read.values).toEqual(both)
  })
  test.each([
    [1200, 2],
    [1201, 0],
  ])('from %i bytes on: %i chunks', (threshold, count) => {
    expect(
      exportOnnxFiles(sum, { values: both, location: 'data.bin', threshold }).data.filter((chunk) => chunk.length === 1200).length,
    ).toBe(count)
  })
  test('from 1,024 bytes on by default', () => {
    const [a, b] = [input('a', 'float32', [256]), input('b', 'float32', [255])]
    const two = program({ inputs: [a, b], outputs: { y: add(reduceSum(a), reduceSum(b)) } })
    const given = { a: tensorValue('float32', [256], new Array(256).fill(1)), b: tensorValue('float32', [255], new Array(255).fill(1)) }
    expect(exportOnnxFiles(two, { values: given, location: 'data.bin' }).data.map(({ length }) => length)).toEqual([1024])
  })
})

describe('the text of errors', () => {
  const ranges = { least: [0], most: [1] }
  test.each<[() => unknown, string]>([
    [() => exportOnnx(p, { values, float16: true, int8: ranges }), 'exportOnnx: expected float16 or int8, received both. Leave one out.'],
    [
      () => exportOnnx(p, { values: { w: tensorValue('float32', [2, 3], [1, 2, 3, 4, 5, 6]) } }),
      `exportOnnx: expected a value for "w" like ${String(w)}, received float32 [2, 3].`,
    ],
    [
      () => exportOnnx(p, { values: { w: tensorValue('int32', [3, 2], [1, 2, 3, 4, 5, 6]) } }),
      `exportOnnx: expected a value for "w" like ${String(w)}, received int32 [3, 2].`,
    ],
    [
      () => exportOnnx(p, { values, int8: { least: [0, 1], most: [1] } }),
      'exportOnnx: expected ranges of 0 activations, received 2 and 1. Run calibrationProgram of the same Program and values.',
    ],
    [
      () => inspectOnnx(Uint8Array.of(1, 2, 3), 'a file'),
      'a file: expected a complete ONNX model, received 3 bytes that cannot be read as one. Export it again.',
    ],
    [
      () => inspectOnnx(new Uint8Array(), 'a file'),
      'a file: expected an ONNX model with a graph and an opset, received neither. Is it an ONNX file?',
    ],
    [
      () => importOnnx(new Uint8Array()),
      'the model: expected an ONNX model with a graph and an opset, received neither. Is it an ONNX file?',
    ],
    [
      () => importOnnx(new Uint8Array(), { where: 'mine.onnx' }),
      'mine.onnx: expected an ONNX model with a graph and an opset, received neither. Is it an ONNX file?',
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }))
  })
})
