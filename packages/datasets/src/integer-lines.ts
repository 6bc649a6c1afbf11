import { FormatError, quoted } from './format-error.ts'

const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const TAB = 9
const COMMA = 44
const MINUS = 45
const ZERO = 48
const NINE = 57

/**
 * Reads a text of integers line by line, without creating a string per line, so that files of a hundred megabytes can be read.
 *
 * @throws FormatError if a line contains anything but 32-bit integers separated by blanks, or by commas and blanks.
 */
export class IntegerLines {
  readonly #reader: string
  readonly #file: string
  readonly #bytes: Uint8Array
  /** The byte that separates integers besides blanks. */
  readonly #separator: number
  #next: number = 0
  #start: number = 0
  /** The integers of the current line, in the first `count` entries. The other entries are left from earlier lines. */
  values: Int32Array = new Int32Array(64)
  /** The number of integers in the current line. */
  count: number = 0
  /** The number of the current line, from 1. */
  line: number = 0

  constructor(reader: string, file: string, bytes: Uint8Array, separator: 'blanks' | 'commas' = 'blanks') {
    this.#reader = reader
    this.#file = file
    this.#bytes = bytes
    this.#separator = separator === 'commas' ? COMMA : SPACE
  }

  /** The number of bytes after the current line. */
  get bytesLeft(): number {
    return Math.max(0, this.#bytes.length - this.#next)
  }

  /** Advances to the next line. Returns false at the end of the text. */
  next(): boolean {
    const bytes = this.#bytes
    if (this.#next >= bytes.length) return false
    this.#start = this.#next
    this.line++
    this.count = 0
    let at = this.#next
    while (at < bytes.length && bytes[at] !== NEWLINE) {
      const byte = bytes[at]!
      if (byte === SPACE || byte === TAB || byte === RETURN || byte === this.#separator) at++
      else at = this.#integer(at)
    }
    this.#next = at + 1
    return true
  }

  /** Advances to the next nonempty line and returns its integers, valid until the next line is read. Throws a FormatError at the end of the text. */
  expectLine(expected: string): Int32Array {
    while (this.next()) if (this.count > 0) return this.values.subarray(0, this.count)
    this.line++
    throw this.error(expected, 'the end of the file')
  }

  /** The text of the current line. */
  text(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.#start)
    return new TextDecoder().decode(this.#bytes.subarray(this.#start, end === -1 ? this.#bytes.length : end)).trimEnd()
  }

  /** A FormatError for the current line. */
  error(expected: string, received: string = quoted(this.text()), line: number = this.line): FormatError {
    const remedy = received === 'the end of the file' ? 'The file is truncated: download it again.' : undefined
    return new FormatError({
      reader: this.#reader,
      file: this.#file,
      line,
      expected,
      received,
      ...(remedy === undefined ? {} : { remedy }),
    })
  }

  #integer(start: number): number {
    const bytes = this.#bytes
    const negative = bytes[start] === MINUS
    let at = negative ? start + 1 : start
    const first = at
    let value = 0
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) value = 10 * value + bytes[at++]! - ZERO
    const end = bytes[at]
    const closed = end === undefined || end === SPACE || end === TAB || end === RETURN || end === NEWLINE || end === this.#separator
    if (at === first || !closed || value > 0x7fffffff)
      throw this.error(`32-bit integers separated by ${this.#separator === COMMA ? 'commas' : 'blanks'}`)
    if (this.count === this.values.length) {
      const larger = new Int32Array(2 * this.count)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.count++] = negative ? -value : value
    return at
  }
}
