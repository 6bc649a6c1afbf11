import { readFile } from 'node:fs/promises'
import { UsageError } from './errors.ts'
import type { ServeOptions } from './options.ts'

/** A certificate and its key in PEM format. */
export interface Pem {
  readonly cert: string
  readonly key: string
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new UsageError(`${path}: expected the ${what} in PEM format, but could not read it`)
  }
}

/** The certificate and the key that the options name; undefined for plain HTTP. @throws UsageError if a file cannot be read. */
export async function readPem({ tls }: ServeOptions): Promise<Pem | undefined> {
  if (tls === undefined) return undefined
  return { cert: await readText(tls.cert, 'certificate'), key: await readText(tls.key, 'private key') }
}
