import { elementCount, type TensorValue } from '@equivar/tensor'
import { FormatError, quoted } from './format-error.ts'
import { littleEndian } from './values.ts'

/** The supported data types of .npy files: NumPy's integers, floats and bool. */
export type NumpyType =
  | 'bool'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'

/** The elements of an array. A bool is one byte, 0 or 1; a float16 is its bit pattern. */
export type NumpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array

const arrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<NumpyType, unknown>

/** NumPy's type codes, without the byte order. */
const letters: Readonly<Record<NumpyType, string>> = {
  bool: 'b1',
  uint8: 'u1',
  int8: 'i1',
  uint16: 'u2',
  int16: 'i2',
  uint32: 'u4',
  int32: 'i4',
  uint64: 'u8',
  int64: 'i8',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
}

/** An array of a .npy file. A TensorValue is a NumpyArray. */
export interface NumpyArray {
  readonly dtype: NumpyType
  readonly shape: readonly number[]
  /** Row-major. */
  readonly data: NumpyData
}

const HEADER = 'a header with an order, a shape and a real or bool type'
const MAGIC = '\x93NUMPY'
/** NumPy's own limits: a header of version 1, and the axes of an array. */
const LONGEST_HEADER = 65_535
const MOST_AXES = 64

interface Header {
  readonly type: NumpyType
  readonly swapped: boolean
  readonly columnMajor: boolean
  readonly shape: readonly number[]
  readonly start: number
}

/**
 * Reads a .npy file.
 *
 * @param bytes - a .npy file of version 1, 2 or 3, in any byte order, row-major or column-major.
 * @param file - the name of the file in error messages.
 * @returns the array, row-major, in the byte order of the machine.
 * @throws FormatError if the bytes are not a .npy file, their number does not match the shape, or the type is not a real number or bool (objects, strings,
 * records and complex numbers are not supported).
 * @see numpy.lib.format.
 */
export function parseNpy(bytes: Uint8Array, file: string = 'the array'): NumpyArray {
  const { type, swapped, columnMajor, shape, start } = readHeader(bytes, file)
  const { BYTES_PER_ELEMENT: width } = arrays[type]
  const count = elementCount(shape)
  if (bytes.length - start !== count * width) {
    throw problem(file, `${count * width} bytes of ${type} for the shape [${shape.join(', ')}]`, `${bytes.length - start}`)
  }
  const content = new Uint8Array(bytes.subarray(start)) // a copy: aligned, and also if bytes is a Buffer, whose slice is a view
  if (swapped) swapBytes(content, width)
  const data = new arrays[type](content.buffer, 0, count)
  return { dtype: type, shape, data: columnMajor ? rowMajor(data, shape) : data }
}

function problem(file: string, expected: string, received: string): FormatError {
  return new FormatError({ reader: 'parseNpy', file, expected, received })
}

/** What the header of a .npy file says, whatever the type of its elements. */
export interface NpyLayout {
  /** The order of bytes and NumPy's code of the type, such as `<f4`; undefined for records and other types with several parts. */
  readonly descriptor: string | undefined
  readonly columnMajor: boolean
  readonly shape: readonly number[]
  /** Where the elements start. */
  readonly start: number
  /** The text of the header, for messages. */
  readonly header: string
}

/** @throws FormatError if the bytes are no .npy file. */
export function npyLayout(bytes: Uint8Array, file: string): NpyLayout {
  const magic = String.fromCharCode(...bytes.subarray(0, 6))
  if (magic !== MAGIC || bytes.length < 10) throw problem(file, 'a .npy file, which starts with \\x93NUMPY', quoted(magic))
  const version = bytes[6]!
  if (version < 1 || version > 3) throw problem(file, 'version 1, 2 or 3 of the .npy format', `${version}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = version === 1 ? 10 : 12
  const start = fields + (version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true))
  if (start > bytes.length) throw problem(file, `a header of ${start} bytes`, `a file of ${bytes.length}`)
  if (start - fields > LONGEST_HEADER) throw problem(file, `a header of at most ${LONGEST_HEADER} bytes`, `${start - fields}`)
  const header = new TextDecoder('latin1').decode(bytes.subarray(fields, start))
  const descriptor = /(?<='descr':\s*')[<>|=]\w+(?=')/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)
  if (order === null || shape === null) throw problem(file, HEADER, quoted(header.trim()))
  const sizes = (shape[1]!.match(/\d+/g) ?? []).map(Number)
  if (sizes.length > MOST_AXES) throw problem(file, `at most ${MOST_AXES} axes`, `${sizes.length}`)
  return { descriptor: descriptor?.[0], columnMajor: order[1] === 'True', shape: sizes, start, header }
}

function readHeader(bytes: Uint8Array, file: string): Header {
  const { descriptor, header, ...layout } = npyLayout(bytes, file)
  const type = (Object.keys(letters) as NumpyType[]).find((name) => letters[name] === descriptor?.slice(1))
  if (type === undefined) throw problem(file, HEADER, quoted(header.trim()))
  return { ...layout, type, swapped: descriptor?.[0] === (littleEndian() ? '>' : '<') }
}

function swapBytes(content: Uint8Array, width: number): void {
  for (let i = 0; i < content.length; i += width) content.subarray(i, i + width).reverse()
}

/** Elements in row-major order. @param data - in column-major order. */
function rowMajor(data: NumpyData, shape: readonly number[]): NumpyData {
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)))
  const ordered = data.slice()
  const index = shape.map(() => 0)
  for (let place = 0; place < ordered.length; place++) {
    ordered[place] = data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0
  }
  return ordered
}

/**
 * Writes a .npy file as NumPy does: version 1, little-endian, row-major, with the data aligned to 64 bytes.
 *
 * @returns the bytes of a .npy file.
 * @throws RangeError if the number of elements does not match the shape; TypeError if the typed array does not match `dtype`.
 */
export function formatNpy(array: NumpyArray | TensorValue): Uint8Array {
  const { dtype, shape, data } = array
  if (!(data instanceof arrays[dtype])) {
    throw new TypeError(`formatNpy: expected ${dtype} in a ${arrays[dtype].name}, received a ${data.constructor.name}.`)
  }
  if (data.length !== elementCount(shape)) {
    throw new RangeError(`formatNpy: expected ${elementCount(shape)} numbers for the shape [${shape.join(', ')}], received ${data.length}.`)
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const order = data.BYTES_PER_ELEMENT === 1 ? '|' : '<'
  const text = `{'descr': '${order}${letters[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`
  const start = Math.ceil((10 + text.length + 1) / 64) * 64
  const header = `${text.padEnd(start - 11)}\n`
  const bytes = new Uint8Array(start + data.byteLength)
  for (let i = 0; i < 6; i++) bytes[i] = MAGIC.charCodeAt(i)
  bytes[6] = 1
  new DataView(bytes.buffer).setUint16(8, header.length, true)
  for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i)
  const content = bytes.subarray(start)
  content.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  if (!littleEndian()) swapBytes(content, data.BYTES_PER_ELEMENT)
  return bytes
}
