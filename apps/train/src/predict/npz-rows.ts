import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { parseNpy, toTensorValue } from '@equivar/datasets'
import type { OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount, type TensorValue } from '@equivar/tensor'
import { type Entry, open, type ZipFile } from 'yauzl'
import { UsageError } from '../errors.ts'

/** Rows of several arrays, for the same examples. */
export interface RowChunk {
  /** The index of the first row, counted from 0. */
  readonly first: number
  readonly count: number
  readonly values: Readonly<Record<string, TensorValue>>
}

/** Reads a requested number of bytes from a stream. */
class ByteReader {
  readonly #stream: Readable
  #kept: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#stream = stream
  }

  /** Reads `count` bytes; fewer at the end of the stream. */
  async read(count: number): Promise<Buffer> {
    const parts = [this.#kept]
    let size = this.#kept.length
    while (size < count) {
      const block = this.#stream.read() as Buffer | null
      if (block !== null) {
        parts.push(block)
        size += block.length
      } else if (this.#stream.readableEnded || this.#stream.destroyed) break
      else await Promise.race([once(this.#stream, 'readable'), once(this.#stream, 'end')])
    }
    const whole = Buffer.concat(parts, size)
    this.#kept = whole.subarray(count)
    return whole.subarray(0, count)
  }
}

/** An array of an archive, read row by row. */
interface ArrayReader {
  readonly input: OnnxValue
  readonly rows: number
  read(first: number, count: number): Promise<TensorValue>
}

const widths: Readonly<Record<string, number>> = { '1': 1, '2': 2, '4': 4, '8': 8 }

/** Reads the header of an array. The reader then converts each group of rows as a separate npy file. */
async function arrayReader(stream: Readable, input: OnnxValue, where: string): Promise<ArrayReader> {
  const bytes = new ByteReader(stream)
  const start = await bytes.read(10)
  const long = start[6] !== 1
  const length = long
    ? Buffer.concat([start.subarray(8), await bytes.read(2)]).readUInt32LE(0)
    : start.length < 10
      ? 0
      : start.readUInt16LE(8)
  const header = (await bytes.read(length)).toString('latin1')
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)
  const sizes = (shape?.[1]?.match(/\d+/g) ?? []).map(Number)
  const width = widths[/'descr':\s*'[<>|=]\w(\d)'/.exec(header)?.[1] ?? '']
  const [rows, ...inner] = sizes
  if (shape === null || width === undefined || rows === undefined)
    throw new UsageError(
      `${where}: expected an array of numbers with an axis of examples, received the header ${JSON.stringify(header.slice(0, 80))}`,
    )
  if (/'fortran_order':\s*True/.test(header) && inner.length > 0)
    throw new UsageError(`${where}: expected an array in row-major order, received Fortran order; convert it with numpy.ascontiguousarray`)
  const rowBytes = elementCount(inner) * width
  return {
    input,
    rows,
    read: async (first, count) => {
      const content = await bytes.read(count * rowBytes)
      if (content.length !== count * rowBytes)
        throw new UsageError(`${where}: expected ${rows} rows, received fewer; is the file complete?`)
      const text = header.replace(shape[0], `'shape': (${[count, ...inner].join(', ')},)`)
      const prefix = Buffer.alloc(12)
      prefix.write('\x93NUMPY\x02\x00', 'latin1')
      prefix.writeUInt32LE(text.length, 8)
      const array = parseNpy(Buffer.concat([prefix, Buffer.from(text, 'latin1'), content]), `${where}, rows from ${first}`)
      return toTensorValue(array, input.dtype as Exclude<DataType, 'float16'>, `${where}, rows from ${first}`)
    },
  }
}

/** The entries of an archive, by name. */
async function entriesOf(archive: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  archive.on('entry', (entry: Entry) => {
    entries.set(entry.fileName, entry)
    archive.readEntry()
  })
  archive.readEntry()
  await once(archive, 'end')
  return entries
}

/**
 * The arrays of an .npz file in chunks of rows. All arrays are read in parallel, so memory is that of a chunk.
 *
 * @param inputs - the model's inputs; those in the archive are read.
 * @throws UsageError or FormatError if the file is not an archive, its arrays differ in their number of rows, or an array is incomplete.
 */
export async function* npzRows(path: string, { inputs, rows }: { inputs: readonly OnnxValue[]; rows: number }): AsyncGenerator<RowChunk> {
  let archive: ZipFile
  try {
    archive = await promisify<string, { lazyEntries: boolean; autoClose: boolean }, ZipFile>(open)(path, {
      lazyEntries: true,
      autoClose: false,
    })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== undefined) throw cause
    throw new UsageError(`${path}: expected an .npz file, received something else (${cause instanceof Error ? cause.message : cause})`)
  }
  try {
    const entries = await entriesOf(archive)
    const openStream = promisify<Entry, Readable>((entry, callback) => archive.openReadStream(entry, callback))
    const readers: ArrayReader[] = []
    for (const input of inputs) {
      const entry = entries.get(`${input.name}.npy`)
      if (entry !== undefined) readers.push(await arrayReader(await openStream(entry), input, `${path}, "${input.name}"`))
    }
    const [first] = readers
    if (first === undefined)
      throw new UsageError(
        `${path}: expected arrays named ${inputs.map(({ name }) => name).join(', ')}, found ${[...entries.keys()].join(', ') || 'nothing'}`,
      )
    const odd = readers.find((reader) => reader.rows !== first.rows)
    if (odd !== undefined)
      throw new UsageError(`${path}: expected ${first.rows} rows in "${odd.input.name}", as in "${first.input.name}", received ${odd.rows}`)
    for (let at = 0; at < first.rows; at += rows) {
      const count = Math.min(rows, first.rows - at)
      const values: Record<string, TensorValue> = {}
      for (const reader of readers) values[reader.input.name] = await reader.read(at, count)
      yield { first: at, count, values }
    }
  } finally {
    archive.close()
  }
}
