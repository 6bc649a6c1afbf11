import { Inflate } from 'fflate'
import { allowance, RAISE_LIMIT, type ReadOptions } from './allowance.ts'
import { crc32 } from './crc32.ts'
import { FormatError, quoted } from './format-error.ts'
import { PIECE, reasonOf } from './gzip.ts'
import { OutputPieces } from './output-pieces.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_LENGTH = 22
const ENTRY_LENGTH = 46
const LOCAL_LENGTH = 30
const LONGEST_COMMENT = 0xffff
/** A size or offset that is stored elsewhere, in the form for archives of 4 GiB and more. */
const ELSEWHERE = 0xffffffff

/** An entry of the directory of an archive. */
interface ZipEntry {
  readonly name: string
  readonly encrypted: boolean
  readonly method: number
  readonly checksum: number
  readonly packed: number
  readonly size: number
  /** Where its local header starts. */
  readonly start: number
}

/** Reads one archive; the errors name it. */
class ZipArchive {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #where: { readonly reader: string; readonly file: string }

  constructor(reader: string, file: string, bytes: Uint8Array) {
    this.#where = { reader, file }
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  failure(received: string): FormatError {
    const remedy = 'The file is truncated or damaged: download it again.'
    return new FormatError({ ...this.#where, expected: 'a complete zip archive', received, remedy })
  }

  /** Where the record at the end of the archive starts. */
  #end(): number {
    const last = this.#bytes.length - END_LENGTH
    for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (this.#view.getUint32(at, true) === END) return at
    throw this.failure(`${this.#bytes.length} bytes that cannot be unpacked (invalid zip data)`)
  }

  /** All entries, in the order of the directory. */
  *entries(): Generator<ZipEntry> {
    const [view, end] = [this.#view, this.#end()]
    const count = view.getUint16(end + 10, true)
    let at = view.getUint32(end + 16, true)
    if (at === ELSEWHERE || count === 0xffff) throw this.failure('an archive in the form for 4 GiB and more, or for 65,535 files and more')
    for (let i = 0; i < count; i++) {
      if (at + ENTRY_LENGTH > end || view.getUint32(at, true) !== ENTRY) throw this.failure(`a directory without entry ${i} of ${count}`)
      const name = at + ENTRY_LENGTH
      const next = name + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
      if (next > end) throw this.failure(`a directory without entry ${i} of ${count}`)
      yield {
        name: new TextDecoder().decode(this.#bytes.subarray(name, name + view.getUint16(at + 28, true))),
        encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
        method: view.getUint16(at + 10, true),
        checksum: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        start: view.getUint32(at + 42, true),
      }
      at = next
    }
  }

  /** The compressed bytes of an entry. */
  #packed({ name, encrypted, packed, size, start }: ZipEntry): Uint8Array {
    const [bytes, view] = [this.#bytes, this.#view]
    if (encrypted) throw this.failure(`an archive in which ${quoted(name)} is encrypted`)
    if ([packed, size, start].includes(ELSEWHERE)) throw this.failure(`an archive in which ${quoted(name)} has 4 GiB or more`)
    const isHeader = start + LOCAL_LENGTH <= bytes.length && view.getUint32(start, true) === LOCAL
    const first = isHeader ? start + LOCAL_LENGTH + view.getUint16(start + 26, true) + view.getUint16(start + 28, true) : bytes.length
    if (!isHeader || first + packed > bytes.length) throw this.failure(`an archive without the ${packed} bytes of ${quoted(name)}`)
    return bytes.subarray(first, first + packed)
  }

  /** The content of an entry. At most 8 MB more than its size are made. */
  content(entry: ZipEntry): Uint8Array {
    const { name, method, size, checksum } = entry
    const packed = this.#packed(entry)
    let content = packed
    if (method === 8) content = this.#inflated(packed, entry)
    else if (method !== 0) throw this.failure(`an archive in which ${quoted(name)} is compressed by method ${method}, not by deflate`)
    if (content.length !== size) throw this.failure(`an archive in which ${quoted(name)} claims ${size} bytes and holds ${content.length}`)
    if (crc32(content) !== checksum) throw this.failure(`an archive in which ${quoted(name)} has the wrong checksum`)
    return content
  }

  #inflated(packed: Uint8Array, { name, size }: ZipEntry): Uint8Array {
    const pieces = new OutputPieces(size, () => this.failure(`an archive in which ${quoted(name)} claims ${size} bytes and holds more`))
    const stream = new Inflate((piece) => pieces.push(piece))
    try {
      for (let at = 0; at < packed.length; at += PIECE) stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length)
    } catch (error) {
      if (error instanceof FormatError) throw error
      throw this.failure(`an archive in which ${quoted(name)} cannot be unpacked (${reasonOf(error)})`)
    }
    return pieces.joined()
  }
}

/**
 * Unpacks those files of a zip archive whose names satisfy `wanted`.
 *
 * Sizes are checked against the allowance before anything is unpacked, and sizes and checksums of all unpacked files after it.
 *
 * @returns the contents by name, in the order of the directory.
 * @throws FormatError if the bytes are not a zip archive, a wanted file occurs twice, cannot be unpacked or has a wrong size or checksum, or the wanted files
 * together have more bytes than the archive's allowance.
 */
export function unzip(
  reader: string,
  file: string,
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
  options: ReadOptions = {},
): Map<string, Uint8Array> {
  const archive = new ZipArchive(reader, file, bytes)
  const entries = new Map<string, ZipEntry>()
  for (const entry of archive.entries()) {
    if (!wanted(entry.name)) continue
    if (entries.has(entry.name)) throw archive.failure(`an archive in which ${quoted(entry.name)} occurs twice`)
    entries.set(entry.name, entry)
  }
  const limit = allowance(bytes.length, options)
  const total = [...entries.values()].reduce((sum, { size }) => sum + size, 0)
  if (total > limit) {
    const expected = `at most ${limit} bytes after unpacking ${bytes.length}`
    throw new FormatError({ reader, file, expected, received: `${total}`, remedy: RAISE_LIMIT })
  }
  return new Map([...entries].map(([name, entry]) => [name, archive.content(entry)]))
}
