import { isSpace } from './number-list.ts'

const [OPEN, CLOSE, COMMA, SPACE, ZERO, ONE] = [91, 93, 44, 32, 48, 49]

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

const isEnd = (byte: number | undefined): boolean =>
  byte === undefined || byte === COMMA || byte === CLOSE || byte === OPEN || isSpace(byte)

/** Writes true as 1 and false as 0. */
function writeLiteral(bytes: Buffer, start: number, end: number): void {
  const text = bytes.subarray(start, end)
  const digit = text.equals(TRUE) ? ONE : text.equals(FALSE) ? ZERO : undefined
  if (digit === undefined) return
  text.fill(SPACE)
  text[0] = digit
}

/** What may come next in a list: a value or its end, only a value, or a comma or the end. */
type Next = 'first' | 'value' | 'comma'

/**
 * Rewrites nested lists as one flat list of the same length: inner brackets become spaces, `true` and `false` become 1 and 0.
 *
 * Law: if it returns bytes, then `JSON.parse` of them is `JSON.parse(list).flat(Infinity)` with numbers for booleans, provided that one of the two is JSON.
 *
 * @param list - from its opening to its closing bracket.
 * @param shape - the number of entries at each level.
 * @returns a copy; or the position at which the nesting differs from the shape.
 */
export function flatList(list: Buffer, shape: readonly number[]): Buffer | number {
  const flat = Buffer.from(list)
  const entries: number[] = [0]
  let depth = 0
  let next: Next = 'value'
  for (let at = 0; at < flat.length; at++) {
    const byte = flat[at] as number
    if (isSpace(byte)) continue
    if (depth === 0 && at > 0) return at
    if (byte === COMMA) {
      if (next !== 'comma') return at
      next = 'value'
    } else if (byte === CLOSE) {
      if (next === 'value' || entries[depth] !== shape[depth - 1]) return at
      depth--
      entries[depth] = (entries[depth] as number) + 1
      next = 'comma'
      if (depth > 0) flat[at] = SPACE
    } else if (next === 'comma') return at
    else if (byte === OPEN) {
      if (depth === shape.length) return at
      entries[++depth] = 0
      next = 'first'
      if (depth > 1) flat[at] = SPACE
    } else {
      if (depth !== shape.length) return at
      const start = at
      while (!isEnd(flat[at + 1])) at++
      writeLiteral(flat, start, at + 1)
      entries[depth] = (entries[depth] as number) + 1
      next = 'comma'
    }
  }
  return depth === 0 ? flat : flat.length
}
