import type { IncomingMessage } from 'node:http'
import { Cancelled } from '../errors.ts'
import type { Admission } from './admission.ts'

/** Sizes of the first block of a body of unknown length, and of the largest one. */
const [FIRST, LARGEST] = [2 ** 16, 2 ** 20]

/** The parts of a body, copied into blocks. Their memory is at most 1 MiB more than the bytes that came, however small the parts. */
class Blocks {
  readonly #announced: number
  readonly #full: Uint8Array<ArrayBuffer>[] = []
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #used = 0
  #length = 0

  constructor(announced: number) {
    this.#announced = announced
  }

  push(part: Uint8Array): void {
    for (let from = 0; from < part.length; ) {
      if (this.#used === this.#block.length) this.#next(part.length - from)
      const piece = part.subarray(from, from + this.#block.length - this.#used)
      this.#block.set(piece, this.#used)
      this.#used += piece.length
      this.#length += piece.length
      from += piece.length
    }
  }

  get blocks(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#used === 0 ? this.#full : [...this.#full, this.#block.subarray(0, this.#used)]
  }

  /** Starts a block: for the rest of the announced bytes, or for as many as came so far. */
  #next(least: number): void {
    if (this.#used > 0) this.#full.push(this.#block)
    const expected = Math.max(least, this.#announced - this.#length)
    const size = this.#announced > this.#length ? expected : Math.max(FIRST, this.#length)
    this.#block = Buffer.allocUnsafeSlow(Math.min(LARGEST, size))
    this.#used = 0
  }
}

/**
 * Reads the body of a request.
 *
 * @returns its bytes in blocks; those of a short body of known length in one.
 * @throws RequestFailure 413 if it is too long, 429 or 408 if there is no memory for it; Cancelled if the caller disconnects.
 */
export function readBody(request: IncomingMessage, admission: Admission): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const body = new Blocks(Number(request.headers['content-length'] ?? 0))
    const end = (error: unknown): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      // What still arrives is dropped.
      request.resume()
      reject(error)
    }
    const onData = (part: Uint8Array): void => {
      try {
        admission.arrived(request, part.length)
        body.push(part)
      } catch (error) {
        end(error)
      }
    }
    const onEnd = (): void => {
      request.off('close', onClose)
      admission.complete(request)
      resolve(body.blocks)
    }
    const onClose = (): void => end(new Cancelled())
    admission.begin(request, end)
    request.on('data', onData).once('end', onEnd).once('close', onClose).on('error', onClose)
  })
}
