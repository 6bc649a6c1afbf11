import type { IncomingMessage } from 'node:http'
import { RequestFailure } from '../errors.ts'

/** Limits the memory for bodies: the total size of those that are not answered yet. */
export class Admission {
  readonly #limit: number
  readonly #perRequest: number
  #bytes = 0

  constructor({ maxPending, maxBody }: { readonly maxPending: number; readonly maxBody: number }) {
    this.#limit = maxPending
    this.#perRequest = maxBody
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Reserves the bytes of a request's body. A body of unknown length counts as the longest allowed.
   *
   * @returns a function that releases them.
   * @throws RequestFailure 413 if the body is too long, 429 if the total would exceed the limit.
   */
  admit({ headers }: IncomingMessage): () => void {
    const length = headers['content-length'] === undefined ? this.#perRequest : Number(headers['content-length'])
    if (length > this.#perRequest) {
      throw new RequestFailure(
        413,
        `expected a body of at most ${this.#perRequest} bytes, received ${length}. Send fewer examples in one request, or raise --max-body.`,
      )
    }
    if (this.#bytes > 0 && this.#bytes + length > this.#limit) {
      throw new RequestFailure(
        429,
        `expected at most ${this.#limit} bytes of waiting requests, received ${length} more. Send the request again later.`,
        1,
      )
    }
    this.#bytes += length
    let given = false
    return () => {
      if (!given) this.#bytes -= length
      given = true
    }
  }
}
