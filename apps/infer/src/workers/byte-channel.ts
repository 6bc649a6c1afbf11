import type { Duplex } from 'node:stream'

interface Waiting {
  readonly into: Uint8Array
  readonly done: () => void
  filled: number
}

/**
 * Long arrays between two processes, in the order of the messages that announce them.
 *
 * Bytes are written from where they lie and read in small parts to where they belong, so that no array, however long, occupies either side at one go.
 */
export class ByteChannel {
  readonly #stream: Duplex
  readonly #waiting: Waiting[] = []

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('readable', () => this.#read())
    // The end of the other process is noticed elsewhere.
    stream.on('error', () => {})
  }

  /** Sends bytes. They must not change until they have been sent. */
  send(bytes: Uint8Array): void {
    this.#stream.write(bytes)
  }

  /** Fills an array with the next bytes that the other side sends. Resolves when it is full. */
  receive(into: Uint8Array): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ into, done, filled: 0 })
      this.#read()
    })
  }

  #read(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const missing = first.into.length - first.filled
      const part = this.#stream.read(Math.min(missing, this.#stream.readableLength)) as Buffer | null
      if (part === null) return
      first.into.set(part, first.filled)
      first.filled += part.length
      if (first.filled < first.into.length) continue
      this.#waiting.shift()
      first.done()
    }
  }
}
