import type { IncomingMessage } from 'node:http'
import { Cancelled } from '../errors.ts'
import type { Admission } from './admission.ts'

/** Bytes that are allocated for the first part of a body. */
const FIRST = 2 ** 16

/** A body that grows as its parts arrive. Its memory is at most twice the bytes that came, however small the parts and whatever length was announced. */
class GrowingBody {
  readonly #announced: number
  #buffer: Buffer<ArrayBuffer> = Buffer.alloc(0)
  #length = 0

  constructor(announced: number) {
    this.#announced = announced
  }

  push(part: Uint8Array): void {
    const needed = this.#length + part.length
    if (needed > this.#buffer.length) {
      const doubled = Math.max(FIRST, 2 * this.#buffer.length, needed)
      const larger = Buffer.allocUnsafeSlow(this.#announced >= needed ? Math.min(doubled, this.#announced) : doubled)
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    this.#buffer.set(part, this.#length)
    this.#length = needed
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length)
  }
}

/**
 * Reads the body of a request.
 *
 * @returns its bytes, in a buffer of their own.
 * @throws RequestFailure 413 if it is too long, 429 or 408 if there is no memory for it; Cancelled if the caller disconnects.
 */
export function readBody(request: IncomingMessage, admission: Admission): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const body = new GrowingBody(Number(request.headers['content-length'] ?? 0))
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
      resolve(body.bytes)
    }
    const onClose = (): void => end(new Cancelled())
    admission.begin(request, end)
    request.on('data', onData).once('end', onEnd).once('close', onClose).on('error', onClose)
  })
}
