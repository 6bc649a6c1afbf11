import { DomainError } from '../errors.ts'
import type { SharingScheme } from '../sharing/scheme.ts'
import { type Colour, isBright, labelColour } from './palette.ts'

/** Options of sharingText. */
export interface TerminalOptions {
  /** True (the default) to use 24-bit colour escape sequences; false for plain characters. */
  readonly colour?: boolean
  /** The number of characters in a line; 200 by default. A wider matrix shows only every second point, or every third, and so on, and says so. */
  readonly width?: number
}

const CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

const RESET = '\u001b[0m'

const foreground = ([red, green, blue]: Colour): string => `\u001b[38;2;${red};${green};${blue}m`
const background = ([red, green, blue]: Colour): string => `\u001b[48;2;${red};${green};${blue}m`

/** Writes every label as a number on the colour of its parameter. */
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

/** Draws two rows in one line with the upper-half-block character: the foreground colour is the upper row, the background colour the lower row. */
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
 * Draws a sharing matrix for a terminal, one colour per parameter.
 *
 * Small matrices show the label of each parameter on its colour. Larger ones use half a character cell per entry.
 *
 * @returns lines that end in a line feed. If the matrix does not fit the width, the last line says which points are shown.
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
  if (step > 1) lines.push(`one in ${step} points is shown in each direction; the matrix is ${scheme.rows} x ${scheme.columns}`)
  return lines.map((line) => `${line}\n`).join('')
}
