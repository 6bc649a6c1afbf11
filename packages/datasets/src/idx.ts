import { elementCount } from '@equivar/tensor'
import type { ReadOptions } from './allowance.ts'
import { FormatError } from './format-error.ts'
import { gunzipped } from './gzip.ts'

/** The readers of the data types of IDX, by the third byte of the file. */
const types = new Map<number, { width: number; make: (length: number) => IdxData; read: (view: DataView, at: number) => number }>([
  [0x08, { width: 1, make: (length) => new Uint8Array(length), read: (view, at) => view.getUint8(at) }],
  [0x09, { width: 1, make: (length) => new Int8Array(length), read: (view, at) => view.getInt8(at) }],
  [0x0b, { width: 2, make: (length) => new Int16Array(length), read: (view, at) => view.getInt16(at) }],
  [0x0c, { width: 4, make: (length) => new Int32Array(length), read: (view, at) => view.getInt32(at) }],
  [0x0d, { width: 4, make: (length) => new Float32Array(length), read: (view, at) => view.getFloat32(at) }],
  [0x0e, { width: 8, make: (length) => new Float64Array(length), read: (view, at) => view.getFloat64(at) }],
])

/** The numbers of an IDX file, as a typed array. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** An array from an IDX file, row-major. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: IdxData
}

/**
 * Reads an IDX file, the format of MNIST, optionally gzipped.
 *
 * @param bytes - an IDX file, or the same file compressed by gzip.
 * @param file - the name of the file in error messages.
 * @throws FormatError if the bytes are not IDX, their number does not match the shape, or they unpack to more than `maxBytes`.
 * @see LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
 */
export function parseIdx(bytes: Uint8Array, file: string = 'the file', options: ReadOptions = {}): IdxArray {
  const content = gunzipped('parseIdx', file, bytes, options)
  const problem = (expected: string, received: string): FormatError => new FormatError({ reader: 'parseIdx', file, expected, received })
  const type = types.get(content[2] ?? -1)
  const rank = content[3]
  if (content[0] !== 0 || content[1] !== 0 || type === undefined || rank === undefined) {
    throw problem(
      'an IDX file, which starts with 0, 0, a type and the number of axes',
      `${[...content.subarray(0, 4)].join(', ') || 'nothing'}`,
    )
  }
  const start = 4 + 4 * rank
  if (content.length < start) throw problem(`the sizes of ${rank} axes`, `a file of ${content.length} bytes`)
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const count = shape.includes(0) ? 0 : elementCount(shape)
  const expected = start + count * type.width
  if (content.length !== expected) throw problem(`${expected} bytes for the shape [${shape.join(', ')}]`, `${content.length}`)
  const data = type.make(count)
  if (type.width === 1) data.set(content.subarray(start))
  else for (let i = 0; i < count; i++) data[i] = type.read(view, start + i * type.width)
  return { shape, data }
}
