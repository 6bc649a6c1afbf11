import { formatNpy, type NumpyArray, parseNpy, toTensorValue } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'
import { parseNpyText } from '../src/npy-text.ts'
import { refusal } from './refusal.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('.npy', () => {
  /** A file with any header, version and content. */
  const npy = (header: string, content: readonly number[] = [], version = 1): Uint8Array => {
    const length = header.length
    const size = version === 1 ? [length & 255, length >> 8] : [length & 255, (length >> 8) & 255, length >> 16, 0]
    return Uint8Array.of(0x93, ...bytes('NUMPY'), version, 0, ...size, ...bytes(header), ...content)
  }
  const header = (shape: string, descr = '|u1', order = 'False'): string =>
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`
  const read = (file: Uint8Array): string => refusal(() => parseNpy(file, 'x'))

  test('versions 1 to 3 are read, with blanks and long sizes of Python 2', () => {
    for (const version of [1, 2, 3]) expect(parseNpy(npy(header('2L,'), [5, 6], version)).data).toEqual(Uint8Array.of(5, 6))
    expect(parseNpy(npy(`{'descr':'|u1','fortran_order':  True,'shape':\n( 1 ,\t2 )}`, [5, 6]))).toMatchObject({ shape: [1, 2] })
    expect(read(npy(header('2,'), [5, 6], 0))).toBe('parseNpy: x: expected version 1, 2 or 3 of the .npy format, received 0.')
    expect(read(npy(header('2,'), [5, 6], 4))).toBe('parseNpy: x: expected version 1, 2 or 3 of the .npy format, received 4.')
  })

  test('a header may be as long as the file, up to 65,535 bytes', () => {
    const long = (length: number): Uint8Array => npy(header('').padEnd(length), [7], 2)
    expect(parseNpy(long(65_535)).data).toEqual(Uint8Array.of(7))
    expect(read(long(65_536))).toBe('parseNpy: x: expected a header of at most 65535 bytes, received 65536.')
    const empty = npy(header('0,'))
    expect(parseNpy(empty).data).toHaveLength(0)
    expect(read(empty.subarray(0, -1))).toBe(
      `parseNpy: x: expected a header of ${empty.length} bytes, received a file of ${empty.length - 1}.`,
    )
    const magic = 'expected a .npy file, which starts with \\x93NUMPY, received "\u0093NUMPY".'.replace('\u0093', '\\u0093')
    expect(read(empty.subarray(0, 9))).toBe(`parseNpy: x: ${magic}`)
    expect(read(empty.subarray(0, 10))).toContain(`expected a header of ${empty.length} bytes, received a file of 10.`)
    for (const length of [10, 11])
      expect(read(npy(header('0,'), [], 2).subarray(0, length))).toBe(
        `parseNpy: x: expected a header of 12 bytes, received a file of ${length}.`,
      )
  })

  test('an array may have 64 axes', () => {
    expect(parseNpy(npy(header('1,'.repeat(64)), [3])).shape).toHaveLength(64)
    expect(read(npy(header('1,'.repeat(65)), [3]))).toBe('parseNpy: x: expected at most 64 axes, received 65.')
  })

  test.each([
    ['no order', `{'descr': '|u1', 'shape': (), }`],
    ['another order', header('', '|u1', 'None')],
    ['no shape', `{'descr': '|u1', 'fortran_order': False}`],
    ['a size that is no number', header('n,')],
    ['texts', header('', '<U1')],
    ['an order of bytes that does not exist', header('', '?u1')],
    ['a part of a type', header('', '|u1x')],
    ['a type in a list', header('').replace("'|u1'", "[('a', '|u1')]")],
  ])('a header with %s is refused, and shown', (_, text) => {
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
    expect(read(npy(` ${text}\n`, [1]))).toBe(
      `parseNpy: x: expected a header with an order, a shape and a real or bool type, received ${shown}.`,
    )
  })

  test('bytes are in the order that the header says, = and | in that of the machine', () => {
    const values = (descr: string): unknown => [...parseNpy(npy(header('2,', descr), [1, 0, 2, 0])).data]
    expect([values('<u2'), values('>u2'), values('=u2'), values('|u2')]).toEqual([
      [1, 2],
      [256, 512],
      [1, 2],
      [1, 2],
    ])
  })

  test('what is written starts at a multiple of 64 bytes, whatever the length of the shape', () => {
    for (let axes = 0; axes < 30; axes++) {
      const array = { dtype: 'uint8', shape: new Array(axes).fill(1), data: Uint8Array.of(9) } as const
      const file = formatNpy(array)
      const start = 10 + file[8]! + 256 * file[9]!
      expect([start % 64, file.length, file[start - 1]]).toEqual([0, start + 1, 10])
      // The shortest such header: the dictionary and a line break, and fewer than 64 blanks.
      const dictionary = new TextDecoder().decode(file.subarray(10, start)).trimEnd()
      expect(start - (10 + dictionary.length + 1)).toBeLessThan(64)
      expect(parseNpy(file)).toEqual(array)
    }
  })

  test('texts: code points beyond Unicode, and their byte order', () => {
    const text = (descr: string, content: readonly number[]): unknown => parseNpyText(npy(header('1,', descr), content))?.data
    expect(text('<U1', [0xff, 0xff, 0x10, 0])).toEqual(['\u{10ffff}'])
    expect(text('<U1', [0, 0, 0x11, 0])).toEqual(['\ufffd'])
    expect([text('=U1', [65, 0, 0, 0]), text('|U1', [65, 0, 0, 0]), text('>U1', [0, 0, 0, 65])]).toEqual([['A'], ['A'], ['A']])
    expect([text('|S3', [0, 65, 0]), text('|S2', [0, 0])]).toEqual([['\0A'], ['']])
    expect(parseNpyText(npy(header('1,', '|S1', 'True'), [65]))?.data).toEqual(['A'])
    expect([text('|u1', [1]), text('|V3', [1, 2, 3]), text('<US', [1])]).toEqual([undefined, undefined, undefined])
    expect(refusal(() => parseNpyText(npy(header('1,', '|S0'))))).toBe(
      'parseNpyText: the array: expected texts of at least one character, received |S0.',
    )
  })
})

describe('toTensorValue', () => {
  const half = (...bits: number[]): NumpyArray => ({ dtype: 'float16', shape: [bits.length], data: Uint16Array.from(bits) })
  test('half precision, all kinds of numbers', () => {
    expect([
      ...toTensorValue(half(0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c01, 0xbc00, 0x7bff, 0x7c00, 0xfc00, 0x7e00), 'float32').data,
    ]).toEqual([
      ...[0, -0, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, 1 + 2 ** -10, -1, 65504],
      ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
    ])
  })

  test('the least and the greatest integer of each type, and the next ones', () => {
    const wide = (...numbers: bigint[]): NumpyArray => ({ dtype: 'int64', shape: [numbers.length], data: BigInt64Array.from(numbers) })
    expect([...toTensorValue(wide(-(2n ** 31n), 2n ** 31n - 1n), 'int32').data]).toEqual([-(2 ** 31), 2 ** 31 - 1])
    expect([...toTensorValue(wide(-(2n ** 63n), 2n ** 63n - 1n), 'int64').data]).toEqual([-(2n ** 63n), 2n ** 63n - 1n])
    for (const [number, dtype] of [
      [2 ** 31, 'int32'],
      [-(2 ** 31) - 1, 'int32'],
      [2 ** 63, 'int64'],
      [-(2 ** 63) * 1.001, 'int64'],
    ] as const)
      expect(() => toTensorValue({ dtype: 'float64', shape: [], data: Float64Array.of(number) }, dtype)).toThrow(
        new RangeError(`toTensorValue: the array: expected numbers of ${dtype}, received ${number} at element 0 of [].`),
      )
    expect(() => toTensorValue(wide(-1n), 'bool', 'mask')).toThrow(
      'toTensorValue: mask: expected numbers of bool, received -1 at element 0 of [1].',
    )
  })
})
