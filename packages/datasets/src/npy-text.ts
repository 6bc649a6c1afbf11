import { elementCount } from '@equivar/tensor'
import { FormatError } from './format-error.ts'
import { npyLayout } from './npy.ts'

/** An array of texts. */
export interface NumpyTexts {
  readonly dtype: 'text'
  readonly shape: readonly number[]
  /** Row-major. */
  readonly data: readonly string[]
}

/** The texts of fixed length `width` in some bytes, without the zeros that fill them. */
function* textsIn(bytes: Uint8Array, count: number, width: number, decode: (part: Uint8Array) => string): Generator<string> {
  for (let i = 0; i < count; i++) yield decode(bytes.subarray(i * width, (i + 1) * width)).replace(/\0+$/, '')
}

/** Text of four bytes for each code point. */
function fromCodePoints(part: Uint8Array, isLittle: boolean): string {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
  const points = Array.from({ length: part.length / 4 }, (_, i) => view.getUint32(4 * i, isLittle))
  return points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd')).join('')
}

/**
 * Reads a .npy file of texts: NumPy's `<U10` (code points) or `S10` (bytes, read as UTF-8).
 *
 * @param file - the name of the file in error messages.
 * @returns the texts, or undefined if the elements are no texts.
 * @throws FormatError if the bytes are not a .npy file, their number does not match the shape, or an array of several axes is column-major.
 */
export function parseNpyText(bytes: Uint8Array, file: string = 'the array'): NumpyTexts | undefined {
  const { descriptor, shape, start, columnMajor } = npyLayout(bytes, file)
  const [, order, kind, length] = /^(.)([US])(\d+)$/.exec(descriptor ?? '') ?? []
  if (kind === undefined) return undefined
  const [count, width] = [elementCount(shape), Number(length) * (kind === 'U' ? 4 : 1)]
  const problem = (expected: string, received: string): FormatError => new FormatError({ reader: 'parseNpyText', file, expected, received })
  // Any number of empty texts fits into no bytes.
  if (width === 0) throw problem('texts of at least one character', descriptor as string)
  if (columnMajor && shape.length > 1) throw problem('texts in row-major order', 'Fortran order')
  if (bytes.length - start !== count * width)
    throw problem(`${count * width} bytes of text for the shape [${shape.join(', ')}]`, `${bytes.length - start}`)
  const utf8 = new TextDecoder()
  const decode = kind === 'U' ? (part: Uint8Array) => fromCodePoints(part, order !== '>') : (part: Uint8Array) => utf8.decode(part)
  return { dtype: 'text', shape, data: [...textsIn(bytes.subarray(start), count, width, decode)] }
}
