import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UsageError } from '../errors.ts'

/** The start of every sixteenth line is kept: half a byte a line, and 16 lines are read for one. */
const EVERY = 16

/** Where the lines of a file are that are not empty, so that any of them can be read again. */
export class LineIndex {
  readonly #path: string
  readonly #starts: number[] = []
  #file: number | undefined
  #length = 0

  constructor(path: string) {
    this.#path = path
  }

  get length(): number {
    return this.#length
  }

  /** Adds the next line. @param start - the byte at which it starts. */
  add(start: number): void {
    if (this.#length % EVERY === 0) this.#starts.push(start)
    this.#length++
  }

  /**
   * The text of a line, counted from 0 among those that are not empty. The file stays open until `close`.
   *
   * @throws UsageError if the file has become shorter.
   */
  read(line: number): string {
    this.#file ??= openSync(this.#path, 'r')
    const block = Math.floor(line / EVERY)
    const start = this.#starts[block] as number
    const end = this.#starts[block + 1] ?? fstatSync(this.#file).size
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start))
    let length = 0
    for (let read = -1; length < bytes.length && read !== 0; length += read)
      read = readSync(this.#file, bytes, length, bytes.length - length, start + length)
    const lines = bytes
      .toString('utf8', 0, length)
      .split('\n')
      .filter((text) => text.trim() !== '')
    const text = lines[line % EVERY]
    if (text !== undefined) return text.replace(/^\ufeff/, '')
    throw new UsageError(`${this.#path}: expected the file as it was when it was first read, received a shorter one`)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
