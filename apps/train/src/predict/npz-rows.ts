import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { OnnxValue } from '@equivar/export-onnx'
import { elementCount, type TensorValue } from '@equivar/tensor'
import { type Entry, open, type ZipFile } from 'yauzl'
import { UsageError } from '../errors.ts'
import { type NpyEntry, openEntry } from './npy-entry.ts'

/** Rows of several arrays, for the same examples. */
export interface RowChunk {
  /** The index of the first row, counted from 0. */
  readonly first: number
  readonly count: number
  readonly values: Readonly<Record<string, TensorValue>>
}

/** Most numbers that are unpacked at a time. */
const MOST_NUMBERS = 2 ** 27

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

/** @throws UsageError if the file is not an archive. */
async function openArchive(path: string): Promise<{ archive: ZipFile; entries: Map<string, Entry> }> {
  let archive: ZipFile | undefined
  try {
    archive = await promisify<string, { lazyEntries: boolean; autoClose: boolean }, ZipFile>(open)(path, {
      lazyEntries: true,
      autoClose: false,
    })
    return { archive, entries: await entriesOf(archive) }
  } catch (cause) {
    archive?.close()
    if ((cause as NodeJS.ErrnoException).code !== undefined) throw cause
    throw new UsageError(`${path}: expected an .npz file, received something else (${cause instanceof Error ? cause.message : cause})`)
  }
}

/** Opens the arrays of an archive that are inputs, and closes it afterwards. @throws UsageError if it is not an archive. */
async function* npyEntries(path: string, inputs: readonly OnnxValue[]): AsyncGenerator<readonly NpyEntry[]> {
  const { archive, entries } = await openArchive(path)
  try {
    const openStream = promisify<Entry, Readable>((entry, callback) => archive.openReadStream(entry, callback))
    const arrays: NpyEntry[] = []
    for (const input of inputs) {
      const entry = entries.get(`${input.name}.npy`)
      if (entry === undefined) continue
      const unpacked = { stream: await openStream(entry), size: entry.uncompressedSize, crc32: entry.crc32 }
      arrays.push(await openEntry(unpacked, input, `${path}, "${input.name}"`))
    }
    if (arrays.length === 0)
      throw new UsageError(
        `${path}: expected arrays named ${inputs.map(({ name }) => name).join(', ')}, found ${[...entries.keys()].join(', ') || 'nothing'}`,
      )
    yield arrays
  } finally {
    archive.close()
  }
}

/**
 * The arrays of an .npz file in chunks of rows. All arrays are read in parallel, so memory is that of a chunk.
 *
 * @param inputs - the model's inputs; those in the archive are read.
 * @throws UsageError or FormatError if the file is not an archive, its arrays do not fit the inputs or differ in their number of rows, or one is incomplete.
 */
export async function* npzRows(path: string, { inputs, rows }: { inputs: readonly OnnxValue[]; rows: number }): AsyncGenerator<RowChunk> {
  for await (const entries of npyEntries(path, inputs)) {
    const [first] = entries as [NpyEntry, ...NpyEntry[]]
    const total = first.shape[0] ?? 0
    for (const { input, shape, columnMajor } of entries) {
      const where = `${path}, "${input.name}"`
      if (shape.length === 0) throw new UsageError(`${where}: expected an axis of examples, received one number`)
      if (shape[0] !== total)
        throw new UsageError(`${path}: expected ${total} rows in "${input.name}", as in "${first.input.name}", received ${shape[0]}`)
      if (columnMajor)
        throw new UsageError(
          `${where}: expected an array in row-major order, received Fortran order; convert it with numpy.ascontiguousarray`,
        )
      if (elementCount(shape.slice(1)) > MOST_NUMBERS)
        throw new UsageError(`${where}: expected at most ${MOST_NUMBERS} numbers in a row, received [${shape.join(', ')}]`)
    }
    const widest = Math.max(1, ...entries.map(({ shape }) => elementCount(shape.slice(1))))
    const most = Math.max(1, Math.min(rows, Math.floor(MOST_NUMBERS / widest)))
    for (let at = 0; at < total; at += most) {
      const count = Math.min(most, total - at)
      const values: Record<string, TensorValue> = {}
      for (const entry of entries) values[entry.input.name] = await entry.read(at, count)
      yield { first: at, count, values }
    }
  }
}

/**
 * The whole arrays of an .npz file.
 *
 * @throws UsageError or FormatError as `npzRows`, and if they hold more than 2^27 numbers, before anything but their headers is unpacked.
 */
export async function npzArrays(path: string, inputs: readonly OnnxValue[]): Promise<Record<string, TensorValue>> {
  const values: Record<string, TensorValue> = {}
  for await (const entries of npyEntries(path, inputs)) {
    const numbers = entries.reduce((sum, { shape }) => sum + elementCount(shape), 0)
    if (numbers > MOST_NUMBERS)
      throw new UsageError(
        `${path}: expected at most ${MOST_NUMBERS} numbers in one run, received ${numbers}; use --out to predict row by row`,
      )
    for (const entry of entries) values[entry.input.name] = await entry.read(0, undefined)
  }
  return values
}
