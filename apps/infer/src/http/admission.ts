import type { IncomingMessage } from 'node:http'
import { RequestFailure } from '../errors.ts'

/** Bounds the memory that bodies take: how many bytes may be waiting for their answers at once. */
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
   * Takes the request's bytes in; those of unknown length count as the longest.
   *
   * @returns what gives them back.
   * @throws RequestFailure 413 for a body that is too long, 429 where too much waits.
   */
  admit({ headers }: IncomingMessage): () => void {
    const length = headers['content-length'] === undefined ? this.#perRequest : Number(headers['content-length'])
    if (length > this.#perRequest) {
      throw new RequestFailure(
        413,
        `expected a body of at most ${this.#perRequest} bytes, received ${length}. Send fewer examples at once, or raise --max-body.`,
      )
    }
    if (this.#bytes > 0 && this.#bytes + length > this.#limit) {
      throw new RequestFailure(
        429,
        `expected at most ${this.#limit} bytes of requests that wait, received ${length} more. Send it again later.`,
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
