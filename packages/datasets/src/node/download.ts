import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasChecksum } from './checksum.ts'
import type { Resource } from './resources.ts'

/** How far a download is. */
export interface DownloadProgress {
  readonly name: string
  readonly address: string
  /** Bytes on the disk, those of an earlier attempt included. */
  readonly received: number
  /** Bytes of the whole file; undefined if the server does not say. */
  readonly total: number | undefined
}

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Called after every piece that arrives. */
  readonly onProgress?: (progress: DownloadProgress) => void
  /** Stops the download; what has arrived stays for the next time. */
  readonly signal?: AbortSignal
  /** How often a broken connection is taken up again at each address; 3 if left out. */
  readonly retries?: number
  /** Milliseconds to wait before the first retry, doubled before each further one; 500 if left out. */
  readonly retryDelay?: number
}

/** A download that did not succeed, with what each address said. */
export class DownloadError extends Error {
  readonly addresses: readonly string[]

  constructor(message: string, addresses: readonly string[], cause?: unknown) {
    super(message, { cause })
    this.name = 'DownloadError'
    this.addresses = addresses
  }
}

/** The server answered, but not with the file; asking again would not help. */
class RefusedError extends Error {}

/**
 * Downloads a file, goes on where an earlier attempt stopped, and checks that it is the right one.
 *
 * Bytes are collected in `target.part` and renamed to `target` when their checksum is right, so a file of that name is always whole. An
 * attempt that was broken off, here or in an earlier process, is continued by a Range request if the server can; a continued file whose
 * checksum is wrong is fetched once more from its start. Two processes must not download the same target at the same time.
 *
 * @param resource - the addresses and the checksum.
 * @param target - where the file will be; its folder is made.
 * @throws DownloadError if no address gives the file; AbortError when stopped by the signal; the system's error if the disk is full or cannot be
 * written.
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
      throw new RefusedError(`expected a file with the ${algorithm} checksum ${digest}, received another one`)
    }
    continued = false
  }
}

/** Collects the whole file in `part`, with as many retries as the options allow. */
async function fetchWhole(address: string, part: string, resource: Resource, options: DownloadOptions): Promise<void> {
  const { retries = 3, retryDelay = 500 } = options
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchRest(address, part, resource, options)
      return
    } catch (error) {
      options.signal?.throwIfAborted()
      if (attempt >= retries || error instanceof RefusedError || isSystemError(error)) throw error
      await setTimeout(retryDelay * 2 ** attempt, undefined, options.signal === undefined ? {} : { signal: options.signal })
    }
  }
}

/** One request for what is missing from `part`. */
async function fetchRest(address: string, part: string, { name }: Resource, { onProgress, signal }: DownloadOptions): Promise<void> {
  const present = await sizeOf(part)
  const response = await fetch(address, {
    // Without identity a server may compress, and then its lengths and ranges would be of something else.
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
  if (response.status === 206 && !continues) throw new RefusedError(`expected the bytes from ${present} on, received another range`)
  const length = response.headers.get('content-length')
  const start = continues ? present : 0
  const total = length === null ? undefined : start + Number(length)
  const file = await open(part, continues ? 'a' : 'w')
  try {
    let received = start
    for await (const piece of response.body) {
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

/** No byte is missing according to the server: `part` is whole if it has the whole file's length, else it is of another file. */
async function settleFullPart(part: string, present: number, response: Response): Promise<void> {
  const total = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (Number(total) === present) return
  await rm(part, { force: true })
  throw new Error('the part that was there is longer than the file')
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

/** Whether the file system is at fault; errors of the network have no path and come wrapped by fetch. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** What a network error says, with what is behind fetch's "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : undefined
  return cause === undefined ? error.message : `${error.message} (${cause.message})`
}
