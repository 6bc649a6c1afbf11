/** Collects unpacked bytes, up to a limit. */
export class OutputPieces {
  readonly #limit: number
  readonly #excess: () => Error
  readonly #pieces: Uint8Array[] = []
  /** The number of bytes so far. */
  length: number = 0

  /** @param excess - the error that `push` throws above `limit` bytes. */
  constructor(limit: number, excess: () => Error) {
    this.#limit = limit
    this.#excess = excess
  }

  push(piece: Uint8Array): void {
    this.length += piece.length
    if (this.length > this.#limit) throw this.#excess()
    this.#pieces.push(piece)
  }

  /** All bytes, in one array. */
  joined(): Uint8Array {
    const whole = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.#pieces.splice(0)) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }
}
