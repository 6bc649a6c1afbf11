/** What was wrong with a file, and where. */
export interface FormatProblem {
  /** The function that read it. */
  readonly reader: string
  /** The file's name, as the caller gave it; inside an archive, archive and entry. */
  readonly file: string
  /** The line, counted from 1, in a text file. */
  readonly line?: number
  readonly expected: string
  readonly received: string
  /** How to mend it. */
  readonly remedy?: string
}

/** A file that is not what its name says: the message has the file, the line if it is text, what was expected and what was there. */
export class FormatError extends Error {
  readonly file: string
  readonly line: number | undefined
  readonly expected: string
  readonly received: string

  constructor(problem: FormatProblem) {
    const { reader, file, line, expected, received, remedy } = problem
    const where = line === undefined ? file : `${file}, line ${line}`
    super(`${reader}: ${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`)
    this.name = 'FormatError'
    this.file = file
    this.line = line
    this.expected = expected
    this.received = received
  }
}

/** A text as an error shows it: quoted, and cut where it gets long. */
export function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return JSON.stringify(shown)
}
