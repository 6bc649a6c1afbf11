import type { IncomingMessage } from 'node:http'
import { Cancelled, RequestFailure } from '../errors.ts'

/** Milliseconds without a byte after which an upload gives way to others if the memory is full. */
const STALLED = 1000

/** A request whose body arrives, or has arrived and is not answered yet. */
interface Upload {
  bytes: number
  /** When its last byte arrived, of performance.now(). */
  last: number
  /** Whether the whole body is there. */
  complete: boolean
  /** Ends the reading of the body. */
  readonly fail: (reason: RequestFailure) => void
}

/**
 * Limits the memory for bodies: the bytes that have arrived of all requests that are not answered yet.
 *
 * Only bytes that came count, so announced ones keep nobody out. If a byte finds no room, the upload that has stalled longest gives way.
 */
export class Admission {
  readonly #limit: number
  readonly #perRequest: number
  readonly #uploads = new Map<IncomingMessage, Upload>()
  #bytes = 0

  constructor({ maxPending, maxBody }: { readonly maxPending: number; readonly maxBody: number }) {
    this.#limit = maxPending
    this.#perRequest = maxBody
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @throws RequestFailure 413 if the announced body is too long. */
  demandLength({ headers }: IncomingMessage): void {
    const length = Number(headers['content-length'] ?? 0)
    if (length > this.#perRequest) throw this.#tooLong(`${length}`)
  }

  /** @throws RequestFailure 413 if a body of so many bytes is too long. */
  demandAtMost(bytes: number): void {
    if (bytes > this.#perRequest) throw this.#tooLong('a longer one')
  }

  /** Begins to count the bytes of a body. @param fail - called if the upload has to give way. */
  begin(request: IncomingMessage, fail: Upload['fail']): void {
    this.#uploads.set(request, { bytes: 0, last: performance.now(), complete: false, fail })
  }

  /**
   * Counts bytes that have arrived.
   *
   * @throws RequestFailure 413 if the body is too long, 429 if the total would exceed the limit; Cancelled if the request is over.
   */
  arrived(request: IncomingMessage, count: number): void {
    const upload = this.#uploads.get(request)
    if (upload === undefined) throw new Cancelled()
    this.demandAtMost(upload.bytes + count)
    upload.last = performance.now()
    while (this.#bytes + count > this.#limit && this.#bytes > upload.bytes) this.#makeRoom(upload.last, count)
    upload.bytes += count
    this.#bytes += count
  }

  complete(request: IncomingMessage): void {
    const upload = this.#uploads.get(request)
    if (upload !== undefined) upload.complete = true
  }

  /** Releases the bytes of a request. */
  release(request: IncomingMessage): void {
    this.#bytes -= this.#uploads.get(request)?.bytes ?? 0
    this.#uploads.delete(request)
  }

  #tooLong(received: string): RequestFailure {
    return new RequestFailure(
      413,
      `expected a body of at most ${this.#perRequest} bytes, received ${received}. Send fewer examples in one request, or raise --max-body.`,
    )
  }

  #makeRoom(now: number, count: number): void {
    let stalled: [IncomingMessage, Upload] | undefined
    for (const entry of this.#uploads) if (!entry[1].complete && entry[1].last < (stalled?.[1].last ?? now - STALLED)) stalled = entry
    if (stalled === undefined) {
      throw new RequestFailure(
        429,
        `expected at most ${this.#limit} bytes of waiting requests, received ${count} more. Send the request again later.`,
        1,
      )
    }
    const [request, { fail }] = stalled
    this.release(request)
    fail(
      new RequestFailure(
        408,
        'expected the rest of the body, but it stalled while other requests needed the memory. Send the request again.',
      ),
    )
  }
}
