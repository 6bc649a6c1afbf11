import { DomainError } from '../errors.ts'

/** A syntax error in cycle notation: its position, and what was expected there. */
export interface CycleFault {
  readonly position: number
  readonly expected: string
}

/** The cycles read from a text, the position after the last one, and the position of every point, for error messages. */
export interface CycleReading {
  readonly cycles: number[][]
  readonly positions: number[][]
  readonly end: number
  readonly fault?: CycleFault
}

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character)

function skipBlanks(text: string, position: number): number {
  let at = position
  while (isBlank(text[at])) at++
  return at
}

/** Reads points, separated by blanks or commas, up to the closing parenthesis of the cycle. */
function readPoints(text: string, start: number, points: number[], positions: number[]): { end: number; fault?: CycleFault } {
  let at = skipBlanks(text, start)
  while (text[at] !== ')') {
    const digits = /^\d+/.exec(text.slice(at, at + 12))?.[0]
    if (digits === undefined)
      return { end: at, fault: { position: at, expected: points.length === 0 ? 'a point or )' : 'a point, a comma or )' } }
    points.push(Number(digits))
    positions.push(at)
    at = skipBlanks(text, at + digits.length)
    if (text[at] === ',') {
      at = skipBlanks(text, at + 1)
      if (text[at] === ')') return { end: at, fault: { position: at, expected: 'a point' } }
    }
  }
  return { end: at + 1 }
}

/**
 * Reads the longest prefix that is a product of cycles, such as `(0 1 2)(3 4)`.
 *
 * Points are returned as written. The caller decides whether they start at 0 or 1, and whether points may repeat.
 *
 * @param start - the position of the first parenthesis.
 */
export function readCycles(text: string, start: number): CycleReading {
  const cycles: number[][] = []
  const positions: number[][] = []
  let end = start
  for (let at = skipBlanks(text, start); text[at] === '('; at = skipBlanks(text, end)) {
    const points: number[] = []
    const where: number[] = []
    const read = readPoints(text, at + 1, points, where)
    end = read.end
    cycles.push(points)
    positions.push(where)
    if (read.fault !== undefined) return { cycles, positions, end, fault: read.fault }
  }
  return { cycles, positions, end }
}

/** A text that cannot be parsed. The message names the character; `excerpt` shows it with a caret below. */
export class NotationError extends DomainError {
  readonly text: string
  /** The index of the first character that cannot be read. */
  readonly position: number

  constructor(where: string, text: string, position: number, expected: string, remedy?: string) {
    const word = /^(\d+|[A-Za-z]+|.)/su.exec(text.slice(position, position + 40))?.[0]
    const found = word === undefined ? 'the end of the text' : JSON.stringify(word)
    super(where, expected, `${found} at character ${position + 1}`, remedy)
    this.name = 'NotationError'
    this.text = text
    this.position = position
  }

  /** Two lines: the text, and a caret under the character. */
  get excerpt(): string {
    return `${this.text}\n${' '.repeat(this.position)}^`
  }
}
