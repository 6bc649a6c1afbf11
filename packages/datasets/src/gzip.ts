import { Gunzip } from 'fflate'
import { allowance, RAISE_LIMIT, type ReadOptions } from './allowance.ts'
import { crc32 } from './crc32.ts'
import { FormatError } from './format-error.ts'
import { OutputPieces } from './output-pieces.ts'

/** Compressed bytes are unpacked in pieces of this size, each at most 1032 times as large when it is unpacked. */
export const PIECE: number = 1 << 13

/** The start of a gzip member. Where another member begins, the one before has ended. */
const NEXT_MEMBER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0)

/** Whether the bytes start with the magic number of gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Decompresses gzipped bytes, of one member or several; returns all other bytes unchanged.
 *
 * @throws FormatError if the bytes start like gzip but are truncated, damaged or continued by something else, if a size or checksum is wrong, or if they
 * unpack to more than their allowance. The last is found while unpacking: at most 8 MB more are made.
 */
export function gunzipped(reader: string, file: string, bytes: Uint8Array, options: ReadOptions = {}): Uint8Array {
  if (!isGzip(bytes)) return bytes
  const failure = (received: string, expected = 'a complete gzip file', remedy = 'The file is truncated or damaged: download it again.') =>
    new FormatError({ reader, file, expected, received, remedy })
  const limit = allowance(bytes.length, options)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pieces = new OutputPieces(limit, () => failure('more', `at most ${limit} bytes after unpacking ${bytes.length}`, RAISE_LIMIT))
  let [checksum, size, end] = [0, 0, 0]
  const stream = new Gunzip((piece) => {
    pieces.push(piece)
    checksum = crc32(piece, checksum)
    size += piece.length
  })
  stream.onmember = (start) => {
    const claimed = view.getUint32(start - 4, true)
    if (claimed !== size % 2 ** 32) throw failure(`a file that claims ${claimed} bytes and holds ${size}`)
    if (view.getUint32(start - 8, true) !== checksum) throw failure('a file with the wrong checksum')
    checksum = 0
    size = 0
    end = start
  }
  try {
    for (let at = 0; at < bytes.length; at += PIECE) stream.push(bytes.subarray(at, at + PIECE))
    stream.push(NEXT_MEMBER)
  } catch (error) {
    if (error instanceof FormatError) throw error
    throw failure(`${bytes.length} bytes that cannot be unpacked (${reasonOf(error)})`)
  }
  if (end !== bytes.length) throw failure(`${bytes.length} bytes that cannot be unpacked (unexpected EOF)`)
  return pieces.joined()
}

/** Why fflate refused. Its own messages are short; those of the engine say nothing about the file. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? error.message : 'invalid data'
}
