import type { IncomingMessage } from 'node:http'
import { Cancelled } from '../errors.ts'
import type { Admission } from './admission.ts'
import { cannotUnpack, unpackerOf } from './unpack.ts'

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
 * Reads the body of a request, and unpacks it if it is compressed. What it unpacks to counts as bytes that arrived.
 *
 * @returns its bytes in blocks; those of a short body of known length in one.
 * @throws RequestFailure 413 if it or what it unpacks to is too long, 429 or 408 if there is no memory for it, 415 or 400 if it cannot be unpacked; Cancelled if
 * the caller disconnects.
 */
export function readBody(request: IncomingMessage, admission: Admission): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const unpacker = unpackerOf(request)
    const source = unpacker ?? request
    const body = new Blocks(unpacker === undefined ? Number(request.headers['content-length'] ?? 0) : 0)
    let packed = 0
    const end = (error: unknown): void => {
      source.off('data', onData).off('end', onEnd)
      request.off('data', onPacked).off('close', onClose)
      if (unpacker !== undefined) request.unpipe(unpacker)
      unpacker?.destroy()
      // What still arrives is dropped.
      request.resume()
      reject(error)
    }
    const attempt = (step: () => void): void => {
      try {
        step()
      } catch (error) {
        end(error)
      }
    }
    const onData = (part: Uint8Array): void =>
      attempt(() => {
        admission.arrived(request, part.length)
        body.push(part)
      })
    const onPacked = (part: Uint8Array): void =>
      attempt(() => {
        packed += part.length
        admission.demandAtMost(packed)
      })
    const onEnd = (): void => {
      request.off('data', onPacked).off('close', onClose)
      admission.complete(request)
      resolve(body.blocks)
    }
    // A request that has arrived may close while the rest of its body is unpacked.
    const onClose = (): void => {
      if (!request.readableEnded) end(new Cancelled())
    }
    admission.begin(request, end)
    source.on('data', onData).once('end', onEnd)
    request.once('close', onClose).on('error', onClose)
    if (unpacker !== undefined) request.on('data', onPacked).pipe(unpacker.on('error', (cause) => end(cannotUnpack(cause))))
  })
}
