import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import { isEmptyLine, lineEnd, textOfLine } from './example-lines.ts'

/** Reads lines of a file again, by the places of a LineIndex. The file stays open until `close`. */
export class LineReader {
  readonly #path: string
  #file: number | undefined
  #size = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** @throws UsageError if the file has become shorter. */
  read([start, end, first, skip]: readonly [number, number, number, number]): { readonly text: string; readonly where: string } {
    const block = this.#block(start, end)
    for (let at = 0, line = first, left = skip, stop = 0; at < block.length; at = stop + 1, line++) {
      stop = lineEnd(block, at)
      if (isEmptyLine(block, at, stop) || left-- > 0) continue
      return { text: textOfLine(block, at, stop, start + at === 0), where: `${basename(this.#path)}, line ${line}` }
    }
    throw new UsageError(`${this.#path}: expected the file as it was when it was first read, received a shorter one`)
  }

  #block(start: number, end: number): Buffer {
    if (this.#file === undefined) {
      this.#file = openSync(this.#path, 'r')
      this.#size = fstatSync(this.#file).size
    }
    const size = Math.max(0, Math.min(end, this.#size) - start)
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafe(size)
    let length = 0
    for (let read = -1; length < size && read !== 0; length += read)
      read = readSync(this.#file, this.#bytes, length, size - length, start + length)
    return this.#bytes.subarray(0, length)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
