import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { messageOf, UsageError } from './errors.ts'
import type { ServeOptions } from './options.ts'

/** A certificate and its key in PEM format. */
export interface Pem {
  readonly cert: string
  readonly key: string
}

async function readText(path: string, what: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new UsageError(`${path}: expected the ${what} in PEM format, but could not read it`)
  }
  // TLS takes an empty text for none at all.
  if (!text.includes('-----BEGIN ')) throw new UsageError(`${path}: expected the ${what} in PEM format, received a file without one`)
  return text
}

/**
 * The certificate and the key that the options name; undefined for plain HTTP.
 *
 * @throws UsageError if a file cannot be read, is not in PEM format, or the two do not belong together.
 */
export async function readPem({ tls }: Pick<ServeOptions, 'tls'>): Promise<Pem | undefined> {
  if (tls === undefined) return undefined
  const pem = { cert: await readText(tls.cert, 'certificate'), key: await readText(tls.key, 'private key') }
  try {
    createSecureContext(pem)
  } catch (error) {
    throw new UsageError(
      `${tls.cert} and ${tls.key}: expected a certificate and its private key in PEM format, received files that cannot be used together (${messageOf(error)})`,
    )
  }
  return pem
}
