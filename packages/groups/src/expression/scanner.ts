import { NotationError } from '../permutation/cycle-notation.ts'

/** The function that errors name. */
const WHERE = 'parseGroup'

/** A text and a place in it: reads words, numbers and signs, blanks between them skipped. */
export class Scanner {
  readonly text: string
  position: number = 0

  constructor(text: string) {
    this.text = text
    this.skipBlanks()
  }

  get atEnd(): boolean {
    return this.position >= this.text.length
  }

  /** Moves on to the next character that is not blank. */
  skipBlanks(): void {
    while (/\s/.test(this.text[this.position] ?? '')) this.position++
  }

  /** Whether the text goes on with a pattern, which must be sticky. */
  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position
    return pattern.exec(this.text)?.[0]
  }

  /** Reads a pattern, which must be sticky, and the blanks after it. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern)
    if (found === undefined) return undefined
    this.position += found.length
    this.skipBlanks()
    return found
  }

  /** Reads a pattern, or says that it was expected. */
  require(pattern: RegExp, expected: string): string {
    return this.take(pattern) ?? this.refuse(expected)
  }

  /** An integer of at most seven digits. */
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
