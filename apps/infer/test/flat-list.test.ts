import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flatList } from '../src/protocol/flat-list.ts'
import { readInferRequest } from '../src/protocol/infer-request.ts'

/** Nested arrays by a shape, with a value at each place. */
const nested = (shape: readonly number[], value: () => unknown): unknown =>
  shape.length === 0 ? value() : Array.from({ length: shape[0] as number }, () => nested(shape.slice(1), value))

/** The reference: whether a parsed value is nested by the shape. */
const fits = (value: unknown, shape: readonly number[]): boolean =>
  shape.length === 0
    ? !Array.isArray(value)
    : Array.isArray(value) && value.length === shape[0] && value.every((each) => fits(each, shape.slice(1)))

const shapes = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 4 })
const leaves = fc.infiniteStream(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()))

test('lists that are nested by their shape: the same numbers in the same order', () => {
  fc.assert(
    fc.property(shapes, leaves, fc.constantFrom(undefined, 1, '\t'), (shape, stream, indent) => {
      const value = nested(shape, () => stream.next().value || 0)
      const list = Buffer.from(JSON.stringify(value, undefined, indent))
      const flat = flatList(list, shape)
      expect(flat).toBeInstanceOf(Buffer)
      if ((value as unknown[]).flat(Number.POSITIVE_INFINITY).length === 0) return
      expect(JSON.parse(String(flat))).toEqual((value as unknown[]).flat(Number.POSITIVE_INFINITY).map(Number))
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('random texts: accepted exactly if JSON.parse accepts them and they are nested by the shape', () => {
  const piece = fc.constantFrom('[', ']', '[', ']', ',', ',', '1', '2.5', 'true', ' ', '[1]', '[1,2]', '[[1],[2]]')
  let accepted = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), shapes, (pieces, shape) => {
      const text = `[${pieces.join('')}]`
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        value = undefined
      }
      const right = value !== undefined && fits(value, shape)
      const flat = flatList(Buffer.from(text), shape)
      const atoms = /\d\s*\d|\d\s*true|true\s*(\d|true)|true\.|\d\.\d*\./.test(text.replaceAll('2.5', '2'))
      if (!atoms) expect(flat instanceof Buffer, `${text} [${shape}]`).toBe(right)
      if (right) accepted++
    }),
    { seed: 4, numRuns: 30_000 },
  )
  expect(accepted).toBeGreaterThan(100)
})

describe('long requests, for which no error may come from JSON.parse', () => {
  const inputs = [
    { name: 'x', dtype: 'float32', shape: ['batch', 'n'] },
    { name: 'mask', dtype: 'bool', shape: ['batch', 'n'] },
    { name: 'edges', dtype: 'int64', shape: [2, 'e'] },
  ] as const
  const N = 40_000
  const read = (name: string, datatype: string, shape: number[], data: unknown) =>
    readInferRequest(Buffer.from(JSON.stringify({ inputs: [{ name, datatype, shape, data }] })), undefined, {
      inputs,
      outputs: [],
      maxElements: 1e6,
    }).values[name]?.data
  const rows = Array.from({ length: N }, (_, i) => [i / 7, 1 - i])

  test('nested numbers and booleans', () => {
    expect(read('x', 'FP32', [N, 2], rows)).toEqual(Float32Array.from(rows.flat()))
    const bits = rows.map(([a = 0]) => [a > 100, a % 2 === 0])
    expect(read('mask', 'BOOL', [N, 2], bits)).toEqual(Uint8Array.from(bits.flat(), Number))
    expect(read('mask', 'BOOL', [N, 2], bits.flat())).toEqual(Uint8Array.from(bits.flat(), Number))
    const ids = rows.map((_, i) => i * 1e9)
    expect(read('edges', 'INT64', [2, N / 2], [ids.slice(0, N / 2), ids.slice(N / 2)])).toEqual(BigInt64Array.from(ids, BigInt))
    expect(
      read(
        'x',
        'FP32',
        [N, 0],
        rows.map(() => []),
      ),
    ).toEqual(new Float32Array(0))
  })

  test.each([
    ['x', 'FP32', [N], rows.map((_, i) => (i === 39_999 ? 'a' : 1)), 'input "x": expected numbers, received "a" at position 39999.'],
    ['x', 'FP32', [N], rows.map((_, i) => (i === 7 ? true : 1)), 'input "x": expected numbers, received true at position 7.'],
    ['x', 'FP32', [N], rows.map((_, i) => (i === 8 ? null : 1)), 'input "x": expected numbers, received null at position 8.'],
    ['x', 'FP32', [N], rows.map((_, i) => (i === 9 ? { a: 1 } : 1)), 'input "x": expected numbers, received {"a":1} at position 9.'],
    [
      'x',
      'FP32',
      [N],
      rows.map((_, i) => (i === 9 ? 1e39 : 1)),
      'input "x": expected numbers within the range of FP32, received Infinity at position 9.',
    ],
    ['x', 'FP32', [N + 1], rows.map(() => 1), 'input "x": expected data of 40001 numbers for shape [40001], received 40000.'],
    [
      'x',
      'FP32',
      [0],
      rows.map(() => 1),
      'input "x": expected data of 0 numbers for shape [0], flat or nested by it, received ] at byte 80000 of the list.',
    ],
    ['x', 'FP32', [2, N], rows, 'input "x": expected data of 80000 numbers for shape [2, 40000], flat or nested by it, received ]'],
    ['x', 'FP32', [N, 2], rows.map((row, i) => (i === 9 ? [1] : row)), 'flat or nested by it, received ]'],
    ['x', 'FP32', [N, 2], rows.map((row, i) => (i === 9 ? [[1], 2] : row)), 'flat or nested by it, received [1'],
    ['x', 'FP32', [N, 2], rows.map((row, i) => (i === 9 ? [1, 'b'] : row)), 'at most 65536 bytes besides lists of numbers'],
    ['mask', 'BOOL', [N], rows.map((_, i) => (i === 3 ? 2 : true)), 'input "mask": expected true or false, received 2 at position 3.'],
    ['edges', 'INT64', [N], rows.map((_, i) => (i === 3 ? 0.5 : 1)), 'input "edges": expected INT64 numbers, received 0.5 at position 3.'],
  ])('%s %s %j: what is wrong (%#)', (name, datatype, shape, data, message) => {
    expect(() => read(name, datatype, shape, data)).toThrow(message)
  })
})
