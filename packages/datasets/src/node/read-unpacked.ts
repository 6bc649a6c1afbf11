import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { allowance, RAISE_LIMIT, type ReadOptions } from '../allowance.ts'
import { FormatError } from '../format-error.ts'
import { isGzip } from '../gzip.ts'
import { OutputPieces } from '../output-pieces.ts'

/** The size of a file, and whether it is gzipped. */
async function facts(path: string): Promise<{ size: number; gzipped: boolean }> {
  const file = await open(path)
  try {
    const start = new Uint8Array(2)
    const { bytesRead } = await file.read(start)
    return { size: (await file.stat()).size, gzipped: bytesRead === 2 && isGzip(start) }
  } finally {
    await file.close()
  }
}

/**
 * Reads a file. A gzipped one is unpacked by zlib while it is read, so its compressed bytes are never in memory as a whole.
 *
 * @param reader - the function that will read the content, for error messages.
 * @throws FormatError if a gzipped file is truncated, damaged or continued by something else, or unpacks to more than its allowance.
 */
export async function readUnpacked(reader: string, path: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const { size, gzipped } = await facts(path)
  if (!gzipped) return await readFile(path)
  const limit = allowance(size, options)
  const problem = (expected: string, received: string, remedy: string): FormatError =>
    new FormatError({ reader, file: path, expected, received, remedy })
  const damaged = (reason: string): FormatError =>
    problem(
      'a complete gzip file',
      `${size} bytes that cannot be unpacked (${reason})`,
      'The file is truncated or damaged: download it again.',
    )
  const pieces = new OutputPieces(limit, () => problem(`at most ${limit} bytes after unpacking ${size}`, 'more', RAISE_LIMIT))
  const collect = new Writable({
    write: (piece: Uint8Array, _, done) => {
      try {
        pieces.push(piece)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  const gunzip = createGunzip()
  try {
    await pipeline(createReadStream(path), gunzip, collect)
  } catch (error) {
    if (error instanceof FormatError || (error instanceof Error && 'syscall' in error)) throw error
    throw damaged(error instanceof Error ? error.message : 'invalid data')
  }
  if (gunzip.bytesWritten !== size) throw damaged(`other bytes follow ${gunzip.bytesWritten} bytes of gzip`)
  return pieces.joined()
}
