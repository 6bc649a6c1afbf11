import { isSpace } from './number-list.ts'

/** JSON that was parsed but for long lists under "data", each of which is a number there: its place in `lists`. */
export interface Outline {
  readonly document: unknown
  /** Bytes from a bracket to the next that closes: not looked at yet, and no JSON perhaps. */
  readonly lists: readonly Buffer[]
}

/** `JSON.parse` has shorter lists sooner. */
const SHORT = 1024

const KEY = '"data"'
const [OPEN, CLOSE, COLON] = [91, 93, 58]

/** The position of the first byte from `at` on that is no white space. */
function skipSpace(bytes: Buffer, at: number): number {
  let next = at
  while (isSpace(bytes[next])) next++
  return next
}

/**
 * Parses JSON and leaves out what most of its bytes are: long lists under "data".
 *
 * Law: if every list, read by itself, is a JSON array, then the bytes are JSON, and `document` with the lists in place is what `JSON.parse` gives. For an
 * array ends where it says, whatever comes after; and without a backslash, `"data"` before a colon is a key and nothing else.
 *
 * @param short - lists of fewer bytes stay in the document.
 * @returns undefined where that cannot be said; `JSON.parse` can.
 */
export function outline(bytes: Buffer, short: number = SHORT): Outline | undefined {
  if (bytes.length < short) return undefined
  const lists: Buffer[] = []
  let text = ''
  let from = 0
  for (let key = bytes.indexOf(KEY); key >= 0; key = bytes.indexOf(KEY, Math.max(from, key + KEY.length))) {
    const colon = skipSpace(bytes, key + KEY.length)
    if (bytes[colon] !== COLON) continue
    const start = skipSpace(bytes, colon + 1)
    const end = bytes.indexOf(CLOSE, start)
    if (bytes[start] !== OPEN || end < 0) return undefined
    if (end + 1 - start < short) continue
    // The space keeps digits that follow a list, which is no JSON, from becoming part of its number.
    text += `${bytes.toString('utf8', from, start)}${lists.length} `
    lists.push(bytes.subarray(start, end + 1))
    from = end + 1
  }
  text += bytes.toString('utf8', from)
  if (text.includes('\\')) return undefined
  try {
    return { document: JSON.parse(text) as unknown, lists }
  } catch {
    return undefined
  }
}
