import { isSpace } from './number-list.ts'

/** Parsed JSON without its long lists under "data". In the document, each of these is replaced by its index in `lists`. */
export interface Outline {
  readonly document: unknown
  /** The bytes of each list, from a bracket to the next closing one. They are not checked and may not be valid JSON. */
  readonly lists: readonly Buffer[]
}

/** `JSON.parse` is faster for lists of fewer bytes. */
const SHORT = 1024

const KEY = '"data"'
const [OPEN, CLOSE, COLON] = [91, 93, 58]

/** The position of the first byte from `at` on that is not white space. */
function skipSpace(bytes: Buffer, at: number): number {
  let next = at
  while (isSpace(bytes[next])) next++
  return next
}

/**
 * Parses JSON without its long lists under "data", which make up most of its bytes.
 *
 * Law: if every list is a JSON array by itself, then the bytes are JSON, and `document` with the lists inserted equals the result of `JSON.parse`. This
 * holds because the end of an array does not depend on what follows, and because `"data"` before a colon is always a key if there is no backslash.
 *
 * @param short - lists of fewer bytes stay in the document.
 * @returns undefined if the law would not hold; then use `JSON.parse`.
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
    // The space separates the index from digits after the list, which are not JSON and must stay an error.
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
