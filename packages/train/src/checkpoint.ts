import type { DataType, TensorValue } from '@equivar/tensor'

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

const names: Readonly<Record<DataType, string>> = { float32: 'F32', float16: 'F16', int32: 'I32', int64: 'I64', bool: 'BOOL' }
const layouts = { F32: Float32Array, F16: Uint16Array, I32: Int32Array, I64: BigInt64Array, BOOL: Uint8Array } as const

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/**
 * Encodes a checkpoint in the safetensors format: the length of a JSON header as 64 bits, the header, the values.
 *
 * @see https://github.com/huggingface/safetensors, "Format". Written here because no maintained package for JavaScript writes it.
 */
export function encodeSafetensors({ values, metadata }: Checkpoint): Uint8Array {
  const header: Record<string, Entry | Readonly<Record<string, string>>> = { __metadata__: metadata }
  let end = 0
  const parts = Object.entries(values).map(([name, { dtype, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    header[name] = { dtype: names[dtype], shape, data_offsets: [end, end + bytes.length] }
    const start = end
    end += bytes.length
    return { start, bytes }
  })
  const text = new TextEncoder().encode(JSON.stringify(header))
  // The values start at a multiple of 8 bytes; the format pads the header with spaces.
  const padded = Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(8 + padded + end).fill(0x20, 8, 8 + padded)
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true)
  file.set(text, 8)
  for (const { start, bytes } of parts) file.set(bytes, 8 + padded + start)
  return file
}

function parseHeader(bytes: Uint8Array): (Record<string, Entry> & { __metadata__?: Record<string, string> }) | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof header === 'object' && header !== null && !Array.isArray(header) ? (header as ReturnType<typeof parseHeader>) : undefined
  } catch {
    return undefined
  }
}

const isCounts = (value: unknown): boolean => Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)

function isEntry(entry: unknown): entry is Entry {
  if (typeof entry !== 'object' || entry === null) return false
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Entry>
  return typeof dtype === 'string' && isCounts(shape) && isCounts(offsets) && offsets?.length === 2
}

/**
 * Decodes a safetensors file.
 *
 * @param where - the file's name, for messages.
 * @throws CheckpointError if the file is truncated or not in the safetensors format.
 */
export function decodeSafetensors(file: Uint8Array, where: string): Checkpoint {
  const refuse = (expected: string, received: string): never => {
    throw new CheckpointError(`${where}: expected ${expected}, received ${received}. The file is damaged or no safetensors file.`)
  }
  if (file.length < 8) return refuse('a header of 8 bytes', `${file.length} bytes`)
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  if (8 + length > file.length) return refuse(`a header of ${length} bytes`, `a file of ${file.length}`)
  const header = parseHeader(file.subarray(8, 8 + length))
  if (header === undefined) return refuse('a header in JSON', 'something else')
  const { __metadata__: metadata = {}, ...entries } = header
  const values: Record<string, TensorValue> = {}
  let last = 0
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    if (!isEntry(entry)) return refuse(`type, shape and offsets of "${name}"`, JSON.stringify(entry))
    const dtype = (Object.keys(names) as DataType[]).find((type) => names[type] === entry.dtype)
    if (dtype === undefined) return refuse(`a known type of "${name}"`, entry.dtype)
    const layout = layouts[entry.dtype as keyof typeof layouts]
    const count = entry.shape.reduce((n, d) => n * d, 1)
    const [start, end] = entry.data_offsets
    if (end - start !== count * layout.BYTES_PER_ELEMENT)
      return refuse(`${count * layout.BYTES_PER_ELEMENT} bytes for "${name}"`, `${end - start}`)
    if (8 + length + end > file.length)
      return refuse(`numbers of "${name}" up to byte ${8 + length + end}`, `a file of ${file.length} bytes`)
    last = Math.max(last, end)
    // A copy: typed arrays must start at a multiple of their element size, and a Buffer is a view of shared memory.
    const bytes = new Uint8Array(file.subarray(8 + length + start, 8 + length + end))
    values[name] = { dtype, shape: entry.shape, data: new layout(bytes.buffer, 0, count) }
  }
  if (8 + length + last !== file.length) return refuse(`a file of ${8 + length + last} bytes`, `${file.length}`)
  return { values, metadata }
}
