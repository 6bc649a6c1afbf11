/** A fault of a file and its location. */
export interface FormatProblem {
  /** The function that read the file. */
  readonly reader: string
  /** The name of the file as the caller gave it; inside an archive, the archive and the entry. */
  readonly file: string
  /** For a text file, the line, counted from 1. */
  readonly line?: number
  readonly expected: string
  readonly received: string
  /** How to fix it. */
  readonly remedy?: string
}

/** A malformed file. The message names the reader, the file, the line if it is text, what was expected and what was found. */
export class FormatError extends Error {
  readonly file: string
  readonly line: number | undefined
  readonly expected: string
  readonly received: string

  constructor(problem: FormatProblem) {
    const { reader, file, line, expected, received, remedy } = problem
    const where = line === undefined ? file : `${file}, line ${line}`
    super(printable(`${reader}: ${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`))
    this.name = 'FormatError'
    this.file = file
    this.line = line
    this.expected = expected
    this.received = received
  }
}

/** A text without control characters, and without those that change the direction of writing: each becomes its escape. Files name such things at will. */
function printable(text: string): string {
  const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
  return text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text as shown in error messages: quoted, and shortened if it is long. */
export function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return JSON.stringify(shown)
}
