import { once } from 'node:events'
import type { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { parseNpy, toTensorValue } from '@equivar/datasets'
import type { OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount, type TensorValue } from '@equivar/tensor'
import { UsageError } from '../errors.ts'

/** Bytes of the longest header that is read. NumPy's have about a hundred. */
const LONGEST_HEADER = 2 ** 16

/** The unpacked bytes of an entry, and what the archive says of them. */
export interface Unpacked {
  readonly stream: Readable
  readonly size: number
  readonly crc32: number
}

/** Reads a requested number of bytes from an entry, and checks its checksum at the end. */
class ByteReader {
  readonly #entry: Unpacked
  readonly #where: string
  #kept: Buffer = Buffer.alloc(0)
  #error: Error | undefined
  #checksum = 0
  #received = 0

  constructor(entry: Unpacked, where: string) {
    this.#entry = entry
    this.#where = where
    entry.stream.on('error', (error) => {
      this.#error = error
    })
  }

  /** Reads `count` bytes; fewer at the end of the stream. @throws UsageError if they cannot be unpacked or have a wrong checksum. */
  async read(count: number): Promise<Buffer> {
    const { stream } = this.#entry
    const parts = [this.#kept]
    let size = this.#kept.length
    while (size < count) {
      if (this.#error !== undefined) throw this.#damaged(this.#error.message)
      const block = stream.read() as Buffer | null
      if (block !== null) {
        this.#check(block)
        parts.push(block)
        size += block.length
      } else if (stream.readableEnded || stream.destroyed) break
      else await Promise.race([once(stream, 'readable'), once(stream, 'end')]).catch(() => {})
    }
    const whole = Buffer.concat(parts, size)
    this.#kept = whole.subarray(count)
    return whole.subarray(0, count)
  }

  #check(block: Buffer): void {
    // Node has it from version 20.15 on.
    this.#checksum = zlib.crc32?.(block, this.#checksum) ?? this.#entry.crc32
    this.#received += block.length
    if (this.#received === this.#entry.size && this.#checksum !== this.#entry.crc32) throw this.#damaged('a wrong checksum')
  }

  #damaged(reason: string): UsageError {
    return new UsageError(`${this.#where}: expected a complete .npz file, received one that cannot be unpacked (${reason})`)
  }
}

/** An array of an archive, of which only the header has been read. */
export interface NpyEntry {
  readonly input: OnnxValue
  readonly shape: readonly number[]
  /** Whether its first axis varies fastest, so that its rows are not in one piece. */
  readonly columnMajor: boolean
  /** The next rows, from `first` on; or, for undefined, the whole array. */
  read(first: number, count: number | undefined): Promise<TensorValue>
}

const widths: Readonly<Record<string, number>> = { '1': 1, '2': 2, '4': 4, '8': 8 }

/** The text of a header, and the number of its bytes with what comes before it. */
async function headerOf(bytes: ByteReader, where: string): Promise<{ text: string; end: number }> {
  const start = await bytes.read(10)
  const isLong = start[6] !== 1
  const more = isLong ? await bytes.read(2) : Buffer.alloc(0)
  const field = Buffer.concat([start.subarray(8), more])
  const length = field.length < (isLong ? 4 : 2) ? 0 : isLong ? field.readUInt32LE(0) : field.readUInt16LE(0)
  if (length > LONGEST_HEADER) throw new UsageError(`${where}: expected a header of at most ${LONGEST_HEADER} bytes, received ${length}`)
  return { text: (await bytes.read(length)).toString('latin1'), end: start.length + more.length + length }
}

/** @throws UsageError if an array of this shape cannot be an input. */
function demandShape({ name, shape: expected }: OnnxValue, shape: readonly number[], where: string): void {
  const fits =
    shape.length === expected.length && shape.every((size, axis) => typeof expected[axis] !== 'number' || expected[axis] === size)
  if (!fits) throw new UsageError(`${where}: expected "${name}" of shape [${expected.join(', ')}], received [${shape.join(', ')}]`)
}

/**
 * Reads the header of an array and checks its shape, before anything else of it is unpacked.
 *
 * @throws UsageError if the header is not one of numbers, the shape does not fit the input, or the size does not fit the shape.
 */
export async function openEntry(entry: Unpacked, input: OnnxValue, where: string): Promise<NpyEntry> {
  const { size } = entry
  const bytes = new ByteReader(entry, where)
  const { text: header, end } = await headerOf(bytes, where)
  const found = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)
  const shape = (found?.[1]?.match(/\d+/g) ?? []).map(Number)
  const width = widths[/'descr':\s*'[<>|=]\w(\d)'/.exec(header)?.[1] ?? '']
  if (found === null || width === undefined)
    throw new UsageError(`${where}: expected an array of numbers, received the header ${JSON.stringify(header.slice(0, 80))}`)
  demandShape(input, shape, where)
  const expected = end + elementCount(shape) * width
  if (expected !== size)
    throw new UsageError(
      `${where}: expected ${expected} bytes for the shape [${shape.join(', ')}], received ${size}; is the file complete?`,
    )
  const rowBytes = elementCount(shape.slice(1)) * width
  return {
    input,
    shape,
    columnMajor: /'fortran_order':\s*True/.test(header) && shape.length > 1,
    read: async (first, count) => {
      const length = count === undefined ? elementCount(shape) * width : count * rowBytes
      const content = await bytes.read(length)
      if (content.length !== length) throw new UsageError(`${where}: expected ${length} bytes, received fewer; is the file complete?`)
      const sizes = count === undefined ? shape : [count, ...shape.slice(1)]
      const text = header.replace(found[0], `'shape': (${sizes.map((each) => `${each},`).join(' ')})`)
      const prefix = Buffer.alloc(12)
      prefix.write('\x93NUMPY\x02\x00', 'latin1')
      prefix.writeUInt32LE(text.length, 8)
      const part = count === undefined ? where : `${where}, rows from ${first}`
      const array = parseNpy(Buffer.concat([prefix, Buffer.from(text, 'latin1'), content]), part)
      return toTensorValue(array, input.dtype as Exclude<DataType, 'float16'>, part)
    },
  }
}
