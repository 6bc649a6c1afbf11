import type { DataType, TensorValue } from '@equivar/tensor'
import { decodeStored, isStoredType, type StoredType, storedBytes } from './stored-types.ts'

/** The contents of a checkpoint. */
export interface Checkpoint {
  readonly values: Readonly<Record<string, TensorValue>>
  readonly metadata: Readonly<Record<string, string>>
}

/** A file that is not a complete checkpoint. */
export class CheckpointError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CheckpointError'
  }
}

const names: Readonly<Record<DataType, StoredType>> = { float32: 'F32', float16: 'F16', int32: 'I32', int64: 'I64', bool: 'BOOL' }
const METADATA = '__metadata__'

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/**
 * Encodes a checkpoint in the safetensors format: the length of a JSON header as 64 bits, the header, the values.
 *
 * @throws CheckpointError if a value is called `__metadata__`.
 * @see https://github.com/huggingface/safetensors, "Format". Written here because no maintained package for JavaScript writes it.
 */
export function encodeSafetensors({ values, metadata }: Checkpoint): Uint8Array {
  if (Object.hasOwn(values, METADATA))
    throw new CheckpointError(`encodeSafetensors: expected names other than ${METADATA}, which the format keeps for metadata.`)
  let end = 0
  const parts = Object.entries(values).map(([name, { dtype, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const start = end
    end += bytes.length
    return { start, bytes, entry: [name, { dtype: names[dtype], shape, data_offsets: [start, end] } satisfies Entry] as const }
  })
  const header = Object.fromEntries<Entry | Checkpoint['metadata']>([[METADATA, metadata], ...parts.map(({ entry }) => entry)])
  const text = new TextEncoder().encode(JSON.stringify(header))
  // The values start at a multiple of 8 bytes; the format pads the header with spaces.
  const padded = Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(8 + padded + end).fill(0x20, 8, 8 + padded)
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true)
  file.set(text, 8)
  for (const { start, bytes } of parts) file.set(bytes, 8 + padded + start)
  return file
}

/** A name of the file for messages: on one line, and not too long. */
const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)

function refuse(where: string, expected: string, received: string): never {
  throw new CheckpointError(`${where}: expected ${expected}, received ${received}. The file is damaged or no safetensors file.`)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)

function isEntry(entry: unknown): entry is Entry {
  if (!isRecord(entry)) return false
  const { dtype, shape, data_offsets: offsets } = entry
  return typeof dtype === 'string' && isCounts(shape) && isCounts(offsets) && offsets.length === 2
}

function parseHeader(bytes: Uint8Array, where: string): { entries: [string, Entry][]; metadata: Record<string, string> } {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return refuse(where, 'a header in JSON', 'something else')
  }
  if (!isRecord(header)) return refuse(where, 'a header in JSON with a name for each value', 'another JSON')
  const { [METADATA]: metadata = {}, ...others } = header
  if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    return refuse(where, `texts by name as ${METADATA}`, 'another JSON')
  const entries = Object.entries(others).map(([name, entry]): [string, Entry] =>
    isEntry(entry) ? [name, entry] : refuse(where, `type, shape and offsets of ${shown(name)}`, 'another JSON'),
  )
  return { entries, metadata: metadata as Record<string, string> }
}

/** The product of sizes, or undefined if it is more than a file could hold. */
function countOf(shape: readonly number[], most: number): number | undefined {
  if (shape.includes(0)) return 0
  let count = 1
  for (const size of shape) {
    count *= size
    if (count > most) return undefined
  }
  return count
}

/** @throws CheckpointError unless the values lie one after the other from the start of the data to its end, as the format demands. */
function demandNoGaps(entries: readonly (readonly [string, Entry])[], available: number, where: string): void {
  const sorted = [...entries].sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1])
  let last = 0
  for (const [name, { data_offsets }] of sorted) {
    const [start, end] = data_offsets
    if (start !== last || end < start)
      refuse(where, `${shown(name)} to start at ${last}, where what is before it ends`, `${start} to ${end}`)
    last = end
  }
  if (last !== available) refuse(where, `${last} bytes of numbers, as the header says`, `${available}`)
}

function decodeEntry([name, { dtype, shape, data_offsets }]: readonly [string, Entry], data: Uint8Array, where: string): TensorValue {
  if (!isStoredType(dtype))
    throw new CheckpointError(
      `${where}: expected ${shown(name)} of type ${Object.keys(storedBytes).join(', ')}, received type ${shown(dtype)}. Convert it to one of these.`,
    )
  const [start, end] = data_offsets
  const count = countOf(shape, data.length)
  if (count === undefined || count * storedBytes[dtype] !== end - start)
    return refuse(where, `the bytes of ${shown(name)}, ${dtype} [${shape.slice(0, 16).join(', ')}]`, `${end - start} bytes`)
  const decoded = decodeStored(dtype, data.subarray(start, end))
  if (decoded === undefined)
    throw new CheckpointError(
      `${where}: expected numbers of ${shown(name)}, type ${dtype}, that fit float32 or int64, received larger ones.`,
    )
  return { ...decoded, shape }
}

/**
 * Decodes a safetensors file.
 *
 * Types that Equivar lacks are read as the nearest one that holds them: BF16 as float32, U8, I8, U16 and I16 as int32, U32 and U64 as int64; F64 is
 * rounded to float32.
 *
 * @param where - the file's name, for messages.
 * @throws CheckpointError if the file is truncated or not in the safetensors format, values overlap or leave gaps, or a type cannot be read.
 * @remarks Memory: at most four times the file.
 */
export function decodeSafetensors(file: Uint8Array, where: string): Checkpoint {
  if (file.length < 8) return refuse(where, 'a header of 8 bytes', `${file.length} bytes`)
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  if (8 + length > file.length) return refuse(where, `a header of ${length} bytes`, `a file of ${file.length}`)
  const { entries, metadata } = parseHeader(file.subarray(8, 8 + length), where)
  const data = file.subarray(8 + length)
  demandNoGaps(entries, data.length, where)
  return { values: Object.fromEntries(entries.map((entry) => [entry[0], decodeEntry(entry, data, where)])), metadata }
}
