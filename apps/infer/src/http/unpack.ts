import type { IncomingMessage } from 'node:http'
import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib'
import { RequestFailure } from '../errors.ts'

/**
 * What unpacks a compressed body. It works in the background, piece by piece, as its reader takes them.
 *
 * @returns undefined if the body is not compressed.
 * @throws RequestFailure (415) if it has another encoding than gzip or deflate (RFC 9110: in the zlib format).
 */
export function unpackerOf({ headers }: IncomingMessage): Gunzip | Inflate | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding === undefined || encoding === 'identity') return undefined
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  throw new RequestFailure(415, `expected a body in the encoding gzip, deflate or none, received "${encoding.slice(0, 40)}".`)
}

/** The failure of a body that cannot be unpacked. */
export const cannotUnpack = (cause: Error): RequestFailure =>
  new RequestFailure(400, `expected a complete body in its Content-Encoding, received one that cannot be unpacked (${cause.message}).`)
