import { FormatError, formatNpy, formatNpz, type NumpyArray, parseNpy, parseNpz, parseNpzWithTexts, toTensorValue } from '@equivar/datasets'
import fc from 'fast-check'
import { gunzipSync, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { numpyFiles } from './numpy-files.ts'

const fileOf = (name: keyof typeof numpyFiles): Uint8Array => gunzipSync(Buffer.from(numpyFiles[name], 'base64'))

const quarters = [0, 0.25, 0.5, 0.75, 1, 1.25]

describe('parseNpy', () => {
  test.each<[keyof typeof numpyFiles, NumpyArray]>([
    ['f4', { dtype: 'float32', shape: [2, 3], data: Float32Array.from(quarters) }],
    ['f8 big', { dtype: 'float64', shape: [2, 3], data: Float64Array.from(quarters) }],
    ['i8 fortran', { dtype: 'int64', shape: [2, 3], data: BigInt64Array.of(-3n, -2n, -1n, 0n, 1n, 2n) }],
    ['u2 big 3d fortran', { dtype: 'uint16', shape: [2, 3, 4], data: Uint16Array.from({ length: 24 }, (_, i) => i) }],
    ['bool', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ['f2', { dtype: 'float16', shape: [6], data: Uint16Array.of(0x3c00, 0xc000, 0x2e66, 1, 0x7bff, 0x7c00) }],
    ['scalar', { dtype: 'float32', shape: [], data: Float32Array.of(2.5) }],
    ['empty', { dtype: 'int32', shape: [0, 3], data: new Int32Array(0) }],
    ['v2', { dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 2) }],
    ['v3', { dtype: 'int8', shape: [2], data: Int8Array.of(-1, 2) }],
  ])('reads the file of NumPy: %s', (name, array) => expect(parseNpy(fileOf(name))).toEqual(array))

  test('reads from a larger buffer, at any alignment', () => {
    const file = fileOf('f4')
    for (let offset = 0; offset < 4; offset++) {
      const larger = Buffer.alloc(file.length + 8, 7)
      larger.set(file, offset)
      expect(parseNpy(larger.subarray(offset, offset + file.length)).data).toEqual(Float32Array.from(quarters))
    }
  })

  const whole = fileOf('f4')
  test.each([
    ['of a different format', new TextEncoder().encode('PK and so on'), 'a .npy file, which starts with \\x93NUMPY, received "PK and"'],
    ['that is empty', new Uint8Array(0), 'a .npy file'],
    ['of an unknown version', whole.map((byte, i) => (i === 6 ? 9 : byte)), 'version 1, 2 or 3 of the .npy format, received 9'],
    ['truncated in its header', whole.subarray(0, 40), 'a header of 128 bytes, received a file of 40'],
    ['truncated in its data', whole.subarray(0, whole.length - 1), '24 bytes of float32 for the shape [2, 3], received 23'],
    ['with too many bytes', Uint8Array.of(...whole, 0), '24 bytes of float32 for the shape [2, 3], received 25'],
    ['of complex numbers', fileOf('complex'), "a header with an order, a shape and a real or bool type, received \"{'descr': '<c16'"],
    ['of strings', fileOf('string'), 'a header with an order, a shape and a real or bool type'],
    ['of records', fileOf('record'), 'a header with an order, a shape and a real or bool type'],
  ])('refuses a file %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(FormatError)
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(`parseNpy: x.npy: expected ${message}`)
  })
})

describe('parseNpzWithTexts', () => {
  /** A .npy file as NumPy writes it. */
  const npy = (descr: string, shape: string, bytes: Uint8Array, order = 'False'): Uint8Array => {
    const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117)
    return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0, ...new TextEncoder().encode(`${header}\n`), ...bytes)
  }
  const points = (text: string, width: number, little: boolean): number[] =>
    Array.from({ length: width }, (_, i) => [...text][i]?.codePointAt(0) ?? 0).flatMap((point) => {
      const bytes = [point & 255, (point >> 8) & 255, (point >> 16) & 255, 0]
      return little ? bytes : bytes.reverse()
    })
  const read = (bytes: Uint8Array) => parseNpzWithTexts(zipSync({ 'a.npy': bytes }), 'x.npz').a

  test.each([true, false])('reads code points, little-endian: %s', (little) => {
    const bytes = Uint8Array.from(['né', '', '\u{1F600}x'].flatMap((text) => points(text, 3, little)))
    expect(read(npy(little ? '<U3' : '>U3', '(3,)', bytes))).toEqual({ dtype: 'text', shape: [3], data: ['né', '', '\u{1F600}x'] })
  })

  test('reads bytes as UTF-8, and numbers beside', () => {
    const bytes = new TextEncoder().encode('ab\0\0né\0')
    expect(read(npy('|S4', '(2, 1)', bytes))).toEqual({ dtype: 'text', shape: [2, 1], data: ['ab', 'né'] })
    expect(read(fileOf('f4'))).toEqual(parseNpy(fileOf('f4')))
  })

  test('refuses texts that are too short, empty by their type, or in Fortran order', () => {
    expect(() => read(npy('<U0', '(900719925474,)', new Uint8Array()))).toThrow('expected texts of at least one character, received <U0')
    expect(() => read(npy('<U3', '(2,)', new Uint8Array(12)))).toThrow(
      'x.npz: a.npy: expected 24 bytes of text for the shape [2], received 12',
    )
    expect(() => read(npy('|S1', '(2, 2)', new Uint8Array(4), 'True'))).toThrow('expected texts in row-major order, received Fortran order')
  })
})

describe('formatNpy', () => {
  test.each<keyof typeof numpyFiles>(['f4', 'bool', 'f2', 'scalar', 'empty'])('writes the same bytes as NumPy: %s', (name) => {
    const file = fileOf(name)
    expect(formatNpy(parseNpy(file))).toEqual(new Uint8Array(file))
  })

  test('is inverted by parseNpy, for every type', () => {
    const shape = fc.array(fc.nat(4), { maxLength: 3 })
    const types = [
      'uint8',
      'int8',
      'uint16',
      'int16',
      'uint32',
      'int32',
      'uint64',
      'int64',
      'float16',
      'float32',
      'float64',
      'bool',
    ] as const
    fc.assert(
      fc.property(shape, fc.constantFrom(...types), fc.infiniteStream(fc.nat(1)), (sizes, dtype, bits) => {
        const length = sizes.reduce((product, size) => product * size, 1)
        const values = Array.from({ length }, () => bits.next().value as number)
        const make = {
          ...{ uint8: Uint8Array, bool: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, uint32: Uint32Array },
          ...{ int32: Int32Array, float16: Uint16Array, float32: Float32Array, float64: Float64Array },
        }
        const wide = dtype === 'int64' || dtype === 'uint64'
        const data = wide ? (dtype === 'int64' ? BigInt64Array : BigUint64Array).from(values.map(BigInt)) : make[dtype].from(values)
        const array: NumpyArray = { dtype, shape: sizes, data }
        expect(parseNpy(formatNpy(array))).toEqual(array)
      }),
      { seed: 1 },
    )
  })

  test('refuses data that does not match the shape or the type', () => {
    expect(() => formatNpy({ dtype: 'float32', shape: [2, 2], data: new Float32Array(3) })).toThrow(
      'formatNpy: expected 4 numbers for the shape [2, 2], received 3.',
    )
    expect(() => formatNpy({ dtype: 'int64', shape: [1], data: new Int32Array(1) })).toThrow(
      'formatNpy: expected int64 in a BigInt64Array, received a Int32Array.',
    )
  })
})

describe('npz', () => {
  test('parseNpz reads the files of NumPy', () => {
    const six = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }
    expect(parseNpz(fileOf('savez'))).toEqual({ x: six, y: { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) } })
    expect(parseNpz(fileOf('savez_compressed'))).toEqual({
      x: six,
      mask: { dtype: 'bool', shape: [2, 3], data: new Uint8Array(6).fill(1) },
    })
  })

  test.each([true, false])('parseNpz inverts formatNpz, whose bytes are reproducible (compressed %s)', (compressed) => {
    const arrays = {
      x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
      n: { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) },
    } as const
    const file = formatNpz(arrays, { compressed })
    expect(parseNpz(file)).toEqual(arrays)
    expect(formatNpz(arrays, { compressed })).toEqual(file)
  })

  test('the error for a malformed array or archive names it', () => {
    expect(() => parseNpz(zipSync({ 'x.npy': new Uint8Array(3) }), 'a.npz')).toThrow('parseNpy: a.npz: x.npy: expected a .npy file')
    expect(() => parseNpz(fileOf('savez').subarray(0, 100), 'a.npz')).toThrow(
      'parseNpz: a.npz: expected a complete zip archive, received 100 bytes',
    )
  })
})

describe('toTensorValue', () => {
  const from = (dtype: NumpyArray['dtype'], data: NumpyArray['data']): NumpyArray => ({ dtype, shape: [data.length], data })
  const infinity = Number.POSITIVE_INFINITY

  test('rounds, widens and narrows to the type of the input', () => {
    expect(toTensorValue(from('float64', Float64Array.of(0.1)), 'float32').data).toEqual(Float32Array.of(0.1))
    expect(toTensorValue(from('int64', BigInt64Array.of(-3n)), 'float32').data).toEqual(Float32Array.of(-3))
    expect(toTensorValue(parseNpy(fileOf('f2')), 'float32').data).toEqual(
      Float32Array.of(1, -2, 0.0999755859375, 2 ** -24, 65504, infinity),
    )
    expect(toTensorValue(from('uint8', Uint8Array.of(200)), 'int64')).toEqual({ dtype: 'int64', shape: [1], data: BigInt64Array.of(200n) })
    expect(toTensorValue(from('float64', Float64Array.of(5)), 'int32').data).toEqual(Int32Array.of(5))
    expect(toTensorValue(from('int64', BigInt64Array.of(1n, 0n)), 'bool').data).toEqual(Uint8Array.of(1, 0))
  })

  test.each([
    [from('float64', Float64Array.of(1, 1.5)), 'int64', 'expected numbers of int64, received 1.5 at element 1 of [2].'],
    [from('float64', Float64Array.of(Number.NaN)), 'int32', 'expected numbers of int32, received NaN at element 0 of [1].'],
    [from('int64', BigInt64Array.of(2n ** 31n)), 'int32', 'expected numbers of int32, received 2147483648 at'],
    [from('uint64', BigUint64Array.of(2n ** 63n)), 'int64', 'expected numbers of int64, received 9223372036854775808 at'],
    [from('uint8', Uint8Array.of(0, 2)), 'bool', 'expected numbers of bool, received 2 at element 1 of [2].'],
  ] as const)('refuses numbers that the type cannot represent', (array, dtype, message) => {
    expect(() => toTensorValue(array, dtype, 'input x')).toThrow(RangeError)
    expect(() => toTensorValue(array, dtype, 'input x')).toThrow(`toTensorValue: input x: ${message}`)
  })
})
