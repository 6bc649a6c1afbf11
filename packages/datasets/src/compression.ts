import { gunzipSync, unzipSync } from 'fflate'
import { FormatError } from './format-error.ts'

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The CRC-32 checksum, as stored at the end of a gzip file and in the directory of a zip archive. */
function crc32(bytes: Uint8Array): number {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
    return remainder
  })
  let remainder = -1
  for (let i = 0; i < bytes.length; i++) remainder = (remainder >>> 8) ^ table[(remainder ^ bytes[i]!) & 255]!
  return ~remainder >>> 0
}

/** The checksums in the central directory of a zip archive, by file name. */
function checksumsOf(archive: Uint8Array): Map<string, number> {
  const view = viewOf(archive)
  let end = archive.length - 22
  while (view.getUint32(end, true) !== 0x06054b50) end--
  const checksums = new Map<string, number>()
  let at = view.getUint32(end + 16, true)
  while (at + 46 <= archive.length && view.getUint32(at, true) === 0x02014b50) {
    const nameLength = view.getUint16(at + 28, true)
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength))
    checksums.set(name, view.getUint32(at + 16, true))
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return checksums
}

/**
 * Unpacks those files of a zip archive whose names satisfy `wanted`.
 *
 * @returns the contents by name.
 * @throws FormatError if the bytes are not a zip archive, or a file cannot be unpacked or has the wrong checksum.
 */
export function unzip(reader: string, file: string, bytes: Uint8Array, wanted: (name: string) => boolean): Record<string, Uint8Array> {
  const failure = (received: string): FormatError =>
    new FormatError({
      reader,
      file,
      expected: 'a complete zip archive',
      received,
      remedy: 'The file is truncated or damaged: download it again.',
    })
  let entries: Record<string, Uint8Array>
  try {
    entries = unzipSync(bytes, { filter: ({ name }) => wanted(name) })
  } catch (error) {
    throw failure(`${bytes.length} bytes that cannot be unpacked (${reasonOf(error)})`)
  }
  const checksums = checksumsOf(bytes)
  for (const [name, content] of Object.entries(entries)) {
    const checksum = checksums.get(name)
    if (checksum !== undefined && crc32(content) !== checksum) throw failure(`an archive in which ${name} has the wrong checksum`)
  }
  return entries
}

/** Whether the bytes start with the magic number of gzip. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Decompresses gzipped bytes; returns all other bytes unchanged.
 *
 * @throws FormatError if the bytes start like gzip but cannot be unpacked or have the wrong checksum.
 */
export function gunzipped(reader: string, file: string, bytes: Uint8Array): Uint8Array {
  if (!isGzip(bytes)) return bytes
  const failure = (received: string): FormatError =>
    new FormatError({
      reader,
      file,
      expected: 'a complete gzip file',
      received,
      remedy: 'The file is truncated or damaged: download it again.',
    })
  let unpacked: Uint8Array
  try {
    unpacked = gunzipSync(bytes)
  } catch (error) {
    throw failure(`${bytes.length} bytes that cannot be unpacked (${reasonOf(error)})`)
  }
  if (crc32(unpacked) !== viewOf(bytes).getUint32(bytes.length - 8, true)) throw failure('a file with the wrong checksum')
  return unpacked
}
