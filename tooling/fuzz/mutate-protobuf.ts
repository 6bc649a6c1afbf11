import type { Draw } from './draw.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateText } from './mutate-text.ts'

/** A field of a protobuf message: its key, and its number or bytes as they are written. */
interface Field {
  readonly key: number
  /** For fields with a length: what they hold. */
  readonly content?: Uint8Array
  /** For others: their bytes. */
  readonly number?: Uint8Array
}

function varint(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = at, scale = 1; i < bytes.length && i < at + 10; i++, scale *= 128) {
    const byte = bytes[i] ?? 0
    value += (byte & 127) * scale
    if (byte < 128) return { value, end: i + 1 }
  }
  return undefined
}

function varintOf(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}

const fixed: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** The fields of a message, or undefined if the bytes are none. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length; ) {
    const key = varint(bytes, at)
    if (key === undefined || key.value < 8 || key.value > 2 ** 20) return undefined
    const type = key.value % 8
    const length = type === 2 || type === 0 ? varint(bytes, key.end) : undefined
    const end =
      type === 2
        ? (length?.end ?? 0) + (length?.value ?? 0)
        : type === 0
          ? length?.end
          : key.end + (fixed[type] ?? Number.POSITIVE_INFINITY)
    if (end === undefined || end > bytes.length || end <= at) return undefined
    fields.push(
      type === 2
        ? { key: key.value, content: bytes.subarray(length?.end ?? 0, end) }
        : { key: key.value, number: bytes.subarray(key.end, end) },
    )
    at = end
  }
  return fields
}

const written = (fields: readonly Field[]): Uint8Array =>
  Buffer.concat(
    fields.flatMap(({ key, content, number }) => [
      varintOf(BigInt(key)),
      ...(content === undefined ? [number ?? new Uint8Array()] : [varintOf(BigInt(content.length)), content]),
    ]),
  )

const bounds = [0n, 1n, 2n, 3n, 7n, 10n, 64n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n, 2n ** 64n - 7n]

function mutateField(draw: Draw, field: Field, words: readonly string[]): Field {
  const { key, content } = field
  if (content === undefined) return { key, number: key % 8 === 0 ? varintOf(draw.of(bounds)) : crumbs(draw, 8) }
  const inner = content.length > 2 ? fieldsOf(content) : undefined
  if (inner !== undefined && !draw.once(6)) return { key, content: mutateFields(draw, inner, words) }
  if (draw.once(4)) return { key, content: mutateBytes(draw, content, content) }
  return { key, content: Buffer.from(mutateText(draw, Buffer.from(content).toString('latin1'), words), 'latin1') }
}

const crumbs = (draw: Draw, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => draw.of([0, 0x7f, 0x80, 0xf8, 0xff, draw.below(256)]))

function mutateFields(draw: Draw, fields: readonly Field[], words: readonly string[]): Uint8Array {
  if (fields.length === 0) return crumbs(draw, 4)
  const at = draw.below(fields.length)
  const field = fields[at] as Field
  const others = fields.filter((_, i) => i !== at)
  switch (draw.below(10)) {
    case 0:
      return written(others)
    case 1: {
      const size = 8 + (field.content?.length ?? 0)
      const copies = Math.min(draw.once(4) ? draw.length(3000) : 1, Math.floor(40_000 / size))
      return written([...fields, ...Array.from({ length: copies }, () => field)])
    }
    case 2:
      return written([field, ...others])
    case 3:
      return written(fields.map((one, i) => (i === at ? { ...draw.of(fields), key: one.key } : one)))
    default:
      return written(fields.map((one, i) => (i === at ? mutateField(draw, one, words) : one)))
  }
}

/** The message with a fault in one of its fields, at any depth, and all lengths around it right; other bytes as any file. */
export function mutateProtobuf(draw: Draw, bytes: Uint8Array, words: readonly string[]): Uint8Array {
  const fields = fieldsOf(bytes)
  return fields === undefined ? mutateBytes(draw, bytes, bytes) : mutateFields(draw, fields, words)
}
