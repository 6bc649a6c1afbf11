import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasChecksum } from './checksum.ts'
import { RefusedError, request } from './request.ts'
import type { Resource } from './resources.ts'

/** The progress of a download. */
export interface DownloadProgress {
  readonly name: string
  readonly address: string
  /** Bytes on disk, including those of earlier attempts. */
  readonly received: number
  /** The size of the file in bytes; undefined if the server does not report it. */
  readonly total: number | undefined
}

/** Options of download. */
export interface DownloadOptions {
  /** Called after every chunk that arrives. */
  readonly onProgress?: (progress: DownloadProgress) => void
  /** Aborts the download. The received bytes are kept, and the next attempt resumes there. */
  readonly signal?: AbortSignal
  /** The number of retries for each address after a broken connection; 3 by default. */
  readonly retries?: number
  /** Milliseconds to wait before the first retry; doubles with each further one. 500 by default. */
  readonly retryDelay?: number
}

/** A failed download. The message gives the reason for each address. */
export class DownloadError extends Error {
  readonly addresses: readonly string[]

  constructor(message: string, addresses: readonly string[], cause?: unknown) {
    super(message, { cause })
    this.name = 'DownloadError'
    this.addresses = addresses
  }
}

/** The file is larger than it may be. What was received of it is of no use. */
class TooLargeError extends RefusedError {}

/** The most bytes of a resource that does not say its own. */
const MOST_BYTES = 2 ** 30

/**
 * Downloads a file, resumes an interrupted download, and verifies the checksum.
 *
 * Bytes are collected in `target.part`, which is renamed to `target` once its checksum is right. So a file named `target` is always complete. An attempt that
 * was interrupted, also in an earlier process, is resumed with a Range request if the server supports it. If a resumed file has the wrong checksum, it is
 * downloaded once more from the start. Only https is used (http on this machine), also after redirections, and no more than `maxBytes` of the resource. Two processes must not download the same target at the same time.
 *
 * @param resource - the addresses and the checksum.
 * @param target - the path of the file; missing folders are created.
 * @throws DownloadError if no address provides the file; AbortError if the signal aborts; the error of the operating system if the disk is full or not
 * writable.
 */
export async function download(resource: Resource, target: string, options: DownloadOptions = {}): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const reasons: string[] = []
  let last: unknown
  for (const address of resource.addresses) {
    try {
      await downloadFrom(address, resource, target, options)
      return
    } catch (error) {
      options.signal?.throwIfAborted()
      if (isSystemError(error)) throw error
      reasons.push(`${address}: ${reasonOf(error)}`)
      last = error
    }
  }
  throw new DownloadError(`could not download ${resource.name}: ${reasons.join('; ')}`, resource.addresses, last)
}

async function downloadFrom(address: string, resource: Resource, target: string, options: DownloadOptions): Promise<void> {
  const part = `${target}.part`
  let continued = (await sizeOf(part)) > 0
  for (;;) {
    await fetchWhole(address, part, resource, options)
    if (await hasChecksum(part, resource.checksum)) return await rename(part, target)
    await rm(part, { force: true })
    if (!continued) {
      const { algorithm, digest } = resource.checksum
      throw new RefusedError(`expected a file with the ${algorithm} checksum ${digest}, received a different file`)
    }
    continued = false
  }
}

/** Downloads the whole file to `part`, with retries. */
async function fetchWhole(address: string, part: string, resource: Resource, options: DownloadOptions): Promise<void> {
  const { retries = 3, retryDelay = 500 } = options
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchRest(address, part, resource, options)
      return
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof TooLargeError) await rm(part, { force: true })
      if (attempt >= retries || error instanceof RefusedError || isSystemError(error)) throw error
      await setTimeout(retryDelay * 2 ** attempt, undefined, options.signal === undefined ? {} : { signal: options.signal })
    }
  }
}

/** One request for the bytes that are missing from `part`. */
async function fetchRest(address: string, part: string, resource: Resource, { onProgress, signal }: DownloadOptions): Promise<void> {
  const { name, maxBytes = MOST_BYTES } = resource
  const present = await sizeOf(part)
  const response = await request(address, {
    // Without identity, a server may compress, and lengths and ranges would refer to the compressed bytes.
    headers: { 'accept-encoding': 'identity', ...(present > 0 ? { range: `bytes=${present}-` } : {}) },
    ...(signal === undefined ? {} : { signal }),
  })
  if (response.status === 416) {
    await response.body?.cancel()
    return await settleFullPart(part, present, response)
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    const problem = `HTTP ${response.status} ${response.statusText}`.trimEnd()
    throw response.status >= 500 || response.status === 429 ? new Error(problem) : new RefusedError(problem)
  }
  const continues = response.status === 206 && rangeStart(response) === present
  if (response.status === 206 && !continues) throw new RefusedError(`expected the bytes from ${present}, received a different range`)
  const length = response.headers.get('content-length')
  const start = continues ? present : 0
  const total = length === null ? undefined : start + Number(length)
  const excess = (): TooLargeError => new TooLargeError(`expected at most ${maxBytes} bytes, received more`)
  if (total !== undefined && total > maxBytes) {
    await response.body.cancel()
    throw excess()
  }
  const file = await open(part, continues ? 'a' : 'w')
  try {
    let received = start
    for await (const piece of response.body) {
      if (received + piece.byteLength > maxBytes) throw excess()
      await file.writeFile(piece)
      received += piece.byteLength
      onProgress?.({ name, address, received, total })
    }
    await file.sync()
    if (total !== undefined && received !== total) throw new Error(`expected ${total} bytes, received ${received}`)
  } finally {
    await file.close()
  }
}

/** Handles a server that reports no missing bytes: `part` is complete if its length is that of the file; otherwise it belongs to a different file. */
async function settleFullPart(part: string, present: number, response: Response): Promise<void> {
  const total = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (Number(total) === present) return
  await rm(part, { force: true })
  throw new Error('the partial file is longer than the complete file')
}

function rangeStart(response: Response): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return 0
    throw error
  }
}

/** Whether an error comes from the file system. Network errors are wrapped by fetch and have no `syscall`. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** The message of an error, with its cause, because fetch itself only says "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : undefined
  return cause === undefined ? error.message : `${error.message} (${cause.message})`
}
