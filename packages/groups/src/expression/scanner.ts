import { NotationError } from '../permutation/cycle-notation.ts'

/** The function named in error messages. */
const WHERE = 'parseGroup'

/** Reads tokens from a text one after the other and skips the blanks between them. */
export class Scanner {
  readonly text: string
  position: number = 0
  /** The number of images of the generators that were read. */
  images: number = 0

  constructor(text: string) {
    this.text = text
    this.skipBlanks()
  }

  get atEnd(): boolean {
    return this.position >= this.text.length
  }

  /** Advances to the next non-blank character. */
  skipBlanks(): void {
    while (/\s/.test(this.text[this.position] ?? '')) this.position++
  }

  /** The match of a sticky pattern at the current position, or undefined; does not advance. */
  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position
    return pattern.exec(this.text)?.[0]
  }

  /** The match of a sticky pattern at the current position, or undefined; advances past it and the blanks after it. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found === undefined) return undefined
    this.position += found.length
    this.skipBlanks()
    return found
  }

  /** Like `take`, but throws a NotationError that names `expected` if the pattern does not match. */
  require(pattern: RegExp, expected: string): string {
    return this.take(pattern) ?? this.refuse(expected)
  }

  /** Reads an integer of at most seven digits. */
  integer(expected: string): number {
    const start = this.position
    const digits = this.require(/\d+/y, expected)
    if (digits.length > 7) this.refuse('a number below 10,000,000', start)
    return Number(digits)
  }

  refuse(expected: string, position: number = this.position, remedy?: string): never {
    throw new NotationError(WHERE, this.text, position, expected, remedy)
  }
}
