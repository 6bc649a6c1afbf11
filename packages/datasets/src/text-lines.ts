import { FormatError, quoted } from './format-error.ts'

const NEWLINE = 10
const BLANKS: ReadonlySet<number> = new Set([9, NEWLINE, 13, 32])

/** Reads a text line by line, without a string of the whole, so that a header's count can be compared with the bytes that are left. */
export class TextLines {
  readonly #reader: string
  readonly #file: string
  readonly #bytes: Uint8Array
  readonly #decoder: { decode(bytes: Uint8Array): string } = new TextDecoder()
  #next: number = 0
  /** The text of the current line, without its end and without blanks around it; undefined before the first line and after the last. */
  text: string | undefined
  /** The number of the current line, from 1. */
  line: number = 0

  constructor(reader: string, file: string, bytes: Uint8Array) {
    this.#reader = reader
    this.#file = file
    this.#bytes = bytes
  }

  /** The number of bytes after the current line. */
  get bytesLeft(): number {
    return Math.max(0, this.#bytes.length - this.#next)
  }

  /** Whether only blanks are left. */
  isAtEnd(): boolean {
    for (let at = this.#next; at < this.#bytes.length; at++) if (!BLANKS.has(this.#bytes[at]!)) return false
    return true
  }

  /** Passes over blank lines, far faster than line by line. */
  skipBlankLines(): void {
    for (let at = this.#next; BLANKS.has(this.#bytes[at]!); at++) {
      if (this.#bytes[at] !== NEWLINE) continue
      this.#next = at + 1
      this.line++
    }
  }

  /** Advances to the next line and returns it; undefined at the end of the text. */
  next(): string | undefined {
    this.line++
    const [text, after] = this.#lineAt(this.#next)
    this.text = text
    this.#next = after
    return text
  }

  /** The next lines, at most `count`, without advancing. */
  peek(count: number): string[] {
    const lines: string[] = []
    let at = this.#next
    while (lines.length < count) {
      const [text, after] = this.#lineAt(at)
      if (text === undefined) break
      lines.push(text)
      at = after
    }
    return lines
  }

  #lineAt(start: number): [text: string | undefined, after: number] {
    if (start >= this.#bytes.length) return [undefined, start]
    const newline = this.#bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? this.#bytes.length : newline
    return [this.#decoder.decode(this.#bytes.subarray(start, end)).trim(), end + 1]
  }

  /** A FormatError for the current line. */
  error(expected: string, received: string = this.text === undefined ? 'the end of the file' : quoted(this.text)): FormatError {
    return new FormatError({ reader: this.#reader, file: this.#file, line: this.line, expected, received })
  }
}
