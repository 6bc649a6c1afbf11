import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BasisStore } from '../equivariant/kept-bases.ts'

/** Starts every file: "basis" and a number that has another value in another order of bytes. */
const MARK = Float64Array.of(0xba515, 1)
const DIGEST = 32
const HEADER = MARK.byteLength + DIGEST

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/**
 * Keeps bases as files in a folder, named by the SHA-256 digest of the equations. Several processes may use one folder.
 *
 * A file appears whole: it is written under another name and renamed. One that is cut off, changed, or of a machine with another order of bytes counts as missing,
 * and is replaced.
 *
 * @param folder - made if it does not exist, such as `join(cacheFolder(), 'bases')` with `cacheFolder` of `@equivar/datasets/node`.
 * @throws the error of the file system if the folder cannot be made or a file cannot be written.
 */
export function basisFolder(folder: string): BasisStore {
  mkdirSync(folder, { recursive: true })
  const pathOf = (content: Float64Array): string => join(folder, `${digestOf(bytesOf(content)).toString('hex')}.basis`)
  return {
    read: (content) => {
      const file = contentOfFile(pathOf(content))
      return file === undefined ? undefined : numbersOf(file)
    },
    write: (content, numbers) => {
      const path = pathOf(content)
      const temporary = `${path}.${randomUUID()}.part`
      const payload = bytesOf(numbers)
      writeFileSync(temporary, Buffer.concat([bytesOf(MARK), digestOf(payload), payload]))
      renameSync(temporary, path)
    },
  }
}

/** The bytes of a file, or undefined if it does not exist. */
function contentOfFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The numbers of a file, or undefined if it is not whole. */
function numbersOf(file: Buffer): Float64Array | undefined {
  const payload = Uint8Array.from(file.subarray(HEADER))
  if (payload.byteLength % 8 !== 0 || !file.subarray(0, HEADER).equals(Buffer.concat([bytesOf(MARK), digestOf(payload)]))) return undefined
  return new Float64Array(payload.buffer)
}
