import type { TensorValue } from '@equivar/tensor'

/** Bytes of texts that are gathered before they become one block. */
const BLOCK = 2 ** 16

/** The shortest text that gives the same float32 number. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

/** The places of the largest numbers, in descending order; the first of equal ones first, NaN last. */
function largest(row: Float32Array, count: number): Uint32Array {
  const key = (place: number): number => {
    const value = row[place] as number
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }
  const places = Uint32Array.from({ length: row.length }, (_, place) => place)
  return places.sort((a, b) => (key(a) === key(b) ? a - b : key(b) - key(a))).subarray(0, count)
}

/** An output as classes. */
export interface Classes {
  readonly shape: readonly number[]
  /** In row-major order. */
  readonly texts: Iterable<string>
}

/**
 * The classes of each row of an output: for its largest numbers the texts "value:index", or "value:index:label" where classes have names.
 *
 * @param value - float32 [rows, classes].
 * @param count - how many per row, at most all.
 * @param labels - the names of the classes; empty if they have none.
 * @returns texts of shape [rows, min(count, classes)].
 * @remarks Cost O(rows classes log classes).
 * @see Triton's classification extension.
 */
export function classesOf({ shape, data }: TensorValue, count: number, labels: readonly string[]): Classes {
  const [rows = 0, classes = 0] = shape
  const kept = Math.min(count, classes)
  function* texts(): Generator<string> {
    for (let row = 0; row < rows; row++) {
      const numbers = (data as Float32Array).subarray(row * classes, (row + 1) * classes)
      for (const place of largest(numbers, kept)) {
        const label = labels[place]
        yield `${float32Text(numbers[place] as number)}:${place}${label === undefined ? '' : `:${label}`}`
      }
    }
  }
  return { shape: [rows, kept], texts: texts() }
}

/** Texts as binary data of type BYTES: the length of each in four bytes, little-endian, then its UTF-8. */
export function bytesOfTexts(texts: Iterable<string>): Buffer {
  const blocks: Buffer[] = []
  let parts: Buffer[] = []
  let length = 0
  const gather = (): void => {
    blocks.push(Buffer.concat(parts))
    parts = []
    length = 0
  }
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bytes.length)
    parts.push(size, bytes)
    length += 4 + bytes.length
    if (length > BLOCK) gather()
  }
  gather()
  return Buffer.concat(blocks)
}
