import { randomUUID } from 'node:crypto'
import { RequestFailure } from '../errors.ts'
import { isSpace } from './number-list.ts'
import { parseJson } from './parse-json.ts'

/** Parsed JSON without its long lists under "data". */
export interface Outline {
  readonly document: unknown
  /** The bytes of each list, from its opening to its closing bracket. They are not checked and may not be valid JSON. */
  readonly lists: readonly Buffer[]
  /** The index of the list that a value of the document stands for; undefined for all other values. */
  listAt(value: unknown): number | undefined
}

/** `JSON.parse` is faster for lists of fewer bytes, which stay in the document. */
const SHORT = 1024

/** Bounds of what `JSON.parse` gets: bytes besides lists of numbers, nesting, and keys. */
export const LIMITS: { readonly bytes: number; readonly depth: number; readonly keys: number } = { bytes: 2 ** 16, depth: 64, keys: 4096 }
/** The deepest nesting of a list: tensors have at most 8 axes. */
const DEEPEST_LIST = 8

const KEY = Buffer.from('"data"')
const [QUOTE, BACKSLASH, COLON, OPEN, CLOSE, OPEN_BRACE, CLOSE_BRACE] = [34, 92, 58, 91, 93, 123, 125]

const exceeds = (expected: string): RequestFailure => new RequestFailure(400, `expected JSON with ${expected}, received more.`)

/** The position of the first byte from `at` on that is not white space. */
function skipSpace(bytes: Buffer, at: number): number {
  let next = at
  while (isSpace(bytes[next])) next++
  return next
}

/** The position after the string that starts at `at`; the length of the bytes if it does not end. */
function endOfString(bytes: Buffer, at: number): number {
  for (let end = at + 1; end < bytes.length; end++) {
    if (bytes[end] === QUOTE) return end + 1
    if (bytes[end] === BACKSLASH) end++
  }
  return bytes.length
}

/** The position after the list that starts at `start`; -1 if it holds anything but numbers, literals and lists. */
function endOfList(bytes: Buffer, start: number): number {
  if (bytes[skipSpace(bytes, start + 1)] !== OPEN) return bytes.indexOf(CLOSE, start) + 1 || -1
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === OPEN && ++depth > DEEPEST_LIST) return -1
    else if (byte === CLOSE && --depth === 0) return at + 1
    else if (byte === QUOTE || byte === COLON || byte === OPEN_BRACE) return -1
  }
  return -1
}

/** Reads the bytes once, cuts the long lists out, and counts the rest. */
class Scan {
  readonly lists: Buffer[] = []
  text = ''
  readonly #bytes: Buffer
  readonly #short: number
  readonly #mark: string
  /** Where the text that is not taken yet begins. */
  #from = 0
  #cut = 0
  #depth = 0
  #keys = 0

  constructor(bytes: Buffer, short: number, mark: string) {
    this.#bytes = bytes
    this.#short = short
    this.#mark = mark
  }

  run(): void {
    const bytes = this.#bytes
    let at = 0
    while (at < bytes.length) {
      if (at - this.#cut > LIMITS.bytes) throw exceeds(`at most ${LIMITS.bytes} bytes besides lists of numbers as "data" of inputs`)
      const byte = bytes[at]
      if (byte === QUOTE) at = this.#afterString(at, endOfString(bytes, at))
      else {
        if (byte === OPEN || byte === OPEN_BRACE) this.#depth++
        else if (byte === CLOSE || byte === CLOSE_BRACE) this.#depth--
        if (this.#depth > LIMITS.depth) throw exceeds(`at most ${LIMITS.depth} levels of nesting`)
        at++
      }
    }
    if (at - this.#cut > LIMITS.bytes) throw exceeds(`at most ${LIMITS.bytes} bytes besides lists of numbers as "data" of inputs`)
    this.text += bytes.toString('utf8', this.#from)
  }

  /** Where to continue after a string: behind it, behind its colon if it is a key, or behind the list that it names. */
  #afterString(start: number, end: number): number {
    const bytes = this.#bytes
    const colon = skipSpace(bytes, end)
    if (bytes[colon] !== COLON) return end
    if (++this.#keys > LIMITS.keys) throw exceeds(`at most ${LIMITS.keys} keys`)
    const value = skipSpace(bytes, colon + 1)
    if (bytes[value] !== OPEN || !KEY.equals(bytes.subarray(start, end))) return colon + 1
    const last = endOfList(bytes, value)
    if (last - value < this.#short) return colon + 1
    this.text += `${bytes.toString('utf8', this.#from, value)}"${this.#mark}${this.lists.length}"`
    this.lists.push(bytes.subarray(value, last))
    this.#from = last
    this.#cut += last - value
    return last
  }
}

/**
 * Parses JSON without its long lists under "data", which make up most of the bytes of a request. In the document, a string that no caller can guess stands
 * for each of them.
 *
 * Law: if every list is JSON by itself, then the bytes are JSON exactly if there is a document, and the document with the lists inserted equals the result
 * of `JSON.parse`. This holds because the end of an array does not depend on what follows.
 *
 * @param short - lists of fewer bytes stay in the document; Infinity for all.
 * @throws RequestFailure (400) if it is not JSON, or the document exceeds `LIMITS`.
 * @remarks Cost O(bytes). `JSON.parse` gets at most `LIMITS.bytes`.
 */
export function outline(bytes: Buffer, short: number = SHORT): Outline {
  const mark = `${randomUUID()} `
  const scan = new Scan(bytes, short, mark)
  scan.run()
  return {
    document: parseJson(scan.text),
    lists: scan.lists,
    listAt: (value) => (typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : undefined),
  }
}
