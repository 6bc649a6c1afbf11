/** Control characters other than tab and newline, and marks that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not reach a terminal
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text that cannot command a terminal: control characters appear as `\u001b`. Names and texts from files pass here before they are printed.
 *
 * It is also what JSON means by these characters, so a line of JSON stays the same value.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, escaped)
}

/** A value for an error message, in at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'no number' : 'an infinite number'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return printable(JSON.stringify(value)).slice(0, 60)
}
