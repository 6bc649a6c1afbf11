import type { Draw } from './draw.ts'
import { MOST_BYTES } from './mutate-bytes.ts'

const numbers = [
  '0', '-1', '1', '2', '3', '7', '255', '65536', '2147483647', '2147483648', '4294967296', '9007199254740991', '9007199254740993', '1e15', '1e308', '-1e308',
  '1e400', '1e-400', '0.5', '-0', '.5', '-40.', '+1', '1.9951*^-6', '0x10', '00', '99999999999999999999', '',
] // biome-ignore format: a list reads better in few lines

const names = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  ' ',
  '\u001b[31m',
  '\u0000',
  'é',
  '\ud800',
  '#',
  'null',
  'true',
  '[]',
  '{}',
]

const brackets = [
  ['[', ']'],
  ['(', ')'],
  ['{', '}'],
  ['{"a":', '}'],
  ['floor((', ')/2)'],
  ['"', '"'],
] as const

/** A part of the text that the pattern matches, drawn at random. */
function match(draw: Draw, text: string, pattern: RegExp): { start: number; end: number } | undefined {
  const from = draw.below(text.length + 1)
  const found = pattern.exec(text.slice(from)) ?? pattern.exec(text)
  if (found === null) return undefined
  const start = text.slice(from).startsWith(found[0], found.index) ? from + found.index : found.index
  return { start, end: start + found[0].length }
}

const replaced = (text: string, { start, end }: { start: number; end: number }, by: string): string =>
  text.slice(0, start) + by + text.slice(end)

function nested(draw: Draw, text: string): string {
  const token = match(draw, text, /[\w.+-]+|"[^"]*"|[[({][^[({]*?[\])}]/) ?? { start: 0, end: text.length }
  const [open, close] = draw.of(brackets)
  const depth = draw.once(6) ? draw.length(8000) : draw.length(4)
  const fits = Math.min(depth, Math.floor(MOST_BYTES / (open.length + close.length)))
  return replaced(text, token, open.repeat(fits) + text.slice(token.start, token.end) + (draw.once(8) ? '' : close.repeat(fits)))
}

function line(draw: Draw, text: string): string {
  const lines = text.split('\n')
  const at = draw.below(lines.length)
  const copies = draw.once(3) ? 0 : draw.once(6) ? draw.length(3000) : 2
  lines.splice(at, 1, ...Array.from({ length: copies }, () => lines[draw.once(5) ? draw.below(lines.length) : at] ?? ''))
  return lines.join(draw.once(20) ? '\r\n' : '\n')
}

function token(draw: Draw, text: string, words: readonly string[]): string {
  const place = match(draw, text, /\w+/) ?? { start: 0, end: 0 }
  return replaced(text, place, draw.of(draw.once(3) ? names : words.length > 0 ? words : names))
}

function many(draw: Draw, text: string): string {
  const place = match(draw, text, /[\w.+-]+[^\w]*/) ?? { start: 0, end: 0 }
  const part = text.slice(place.start, place.end)
  const copies = Math.min(draw.once(6) ? draw.length(8000) : draw.length(6), Math.floor(MOST_BYTES / Math.max(1, part.length)))
  return replaced(text, place, part.repeat(copies + 1))
}

/**
 * The text with a fault that texts have: numbers at bounds, names of Object's prototype, brackets nested, words and lines that are missing or repeated.
 *
 * @param words - what the format's own texts consist of.
 */
export function mutateText(draw: Draw, text: string, words: readonly string[]): string {
  switch (draw.below(6)) {
    case 0:
    case 1: {
      const number = match(draw, text, /[-+]?\d+(\.\d*)?(e[-+]?\d+)?/i)
      return number === undefined
        ? token(draw, text, words)
        : replaced(text, number, draw.once(4) ? `${draw.below(1000)}` : draw.of(numbers))
    }
    case 2:
      return nested(draw, text)
    case 3:
      return line(draw, text)
    case 4:
      return token(draw, text, words)
    default:
      return many(draw, text)
  }
}
