import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Checksum } from './resources.ts'

/** Whether a file has the given checksum. The file is read as a stream. */
export async function hasChecksum(path: string, { algorithm, digest }: Checksum): Promise<boolean> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex') === digest.toLowerCase()
}
