import { DomainError } from '../errors.ts'
import type { SharingScheme } from '../sharing/scheme.ts'
import { type Colour, isBright, labelColour } from './palette.ts'

/** How a matrix is drawn in a terminal. */
export interface TerminalOptions {
  /** Colours by escape sequences, 24 bits each; plain characters otherwise. True if left out. */
  readonly colour?: boolean
  /** The number of characters in a line; a larger matrix shows every second point, or every third, and says so. 200 if left out. */
  readonly width?: number
}

const CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

const RESET = '\u001b[0m'

const foreground = ([red, green, blue]: Colour): string => `\u001b[38;2;${red};${green};${blue}m`
const background = ([red, green, blue]: Colour): string => `\u001b[48;2;${red};${green};${blue}m`

/** Every label as a number on its colour. */
function cells({ rows, columns, count, labels }: SharingScheme, digits: number, colour: boolean): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const line = Array.from({ length: columns }, (_cell, column) => {
      const label = labels[row * columns + column]!
      const text = ` ${String(label).padStart(digits)} `
      const shade = labelColour(label, count)
      return colour ? `${background(shade)}${foreground(isBright(shade) ? [0, 0, 0] : [255, 255, 255])}${text}` : text
    }).join('')
    return colour ? line + RESET : line
  })
}

/** Two rows in one line, by the upper half block: its own colour above, the background's below. */
function halfBlocks({ columns, count, labels }: SharingScheme, rows: readonly number[], shown: readonly number[]): string[] {
  const lines: string[] = []
  for (let k = 0; k < rows.length; k += 2) {
    let line = ''
    let last = ''
    for (const column of shown) {
      const upper = foreground(labelColour(labels[rows[k]! * columns + column]!, count))
      const lower = k + 1 < rows.length ? background(labelColour(labels[rows[k + 1]! * columns + column]!, count)) : '\u001b[49m'
      const colours = upper + lower
      line += `${colours === last ? '' : colours}▀`
      last = colours
    }
    lines.push(line + RESET)
  }
  return lines
}

function characters({ columns, labels }: SharingScheme, rows: readonly number[], shown: readonly number[]): string[] {
  return rows.map((row) => shown.map((column) => CHARACTERS[labels[row * columns + column]! % CHARACTERS.length]!).join(''))
}

const everyNth = (count: number, step: number): number[] => Array.from({ length: Math.ceil(count / step) }, (_, k) => k * step)

/**
 * The picture of a sharing matrix for a terminal, one colour a parameter, one line a row of characters.
 *
 * Small matrices show the number of each parameter on its colour; larger ones a half block an entry.
 *
 * @returns lines that end in a line feed; a last one says what is left out, where something is.
 * @example
 * process.stdout.write(sharingText(sharingScheme(points, points), { width: process.stdout.columns }))
 */
export function sharingText(scheme: SharingScheme, options: TerminalOptions = {}): string {
  const { colour = true, width = 200 } = options
  if (!(width >= 1)) throw new DomainError('sharingText', 'a width of at least 1', String(width))
  const digits = String(Math.max(0, scheme.count - 1)).length
  if (scheme.rows <= 24 && scheme.columns * (digits + 2) <= Math.min(width, 100))
    return cells(scheme, digits, colour)
      .map((line) => `${line}\n`)
      .join('')
  const step = Math.ceil(scheme.columns / width)
  const rows = everyNth(scheme.rows, step)
  const shown = everyNth(scheme.columns, step)
  const lines = colour ? halfBlocks(scheme, rows, shown) : characters(scheme, rows, shown)
  if (step > 1) lines.push(`one of ${step} points shown in each direction, ${scheme.rows} x ${scheme.columns} in all`)
  return lines.map((line) => `${line}\n`).join('')
}
