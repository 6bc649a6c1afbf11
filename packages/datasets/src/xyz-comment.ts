const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '{': '}', '[': ']' }

/** Reads the tokens of a comment line from left to right. */
class CommentReader {
  readonly #text: string
  readonly #unclosed: Set<string> = new Set()
  #at: number = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Skips blanks. Returns false at the end. */
  #skip(): boolean {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++
    return this.#at < this.#text.length
  }

  /** Whether `=` is next; skips it. */
  equals(): boolean {
    if (!this.#skip() || this.#text.charAt(this.#at) !== '=') return false
    this.#at++
    return true
  }

  /** The next token, without its quotes; undefined at the end. A token without quotes ends at a blank or at `=`. */
  token(): string | undefined {
    if (!this.#skip()) return undefined
    const open = this.#text.charAt(this.#at)
    const close = Object.hasOwn(CLOSERS, open) ? CLOSERS[open] : undefined
    if (close !== undefined && !this.#unclosed.has(open)) {
      const end = this.#find(close)
      if (end !== -1) {
        const content = this.#text.slice(this.#at + 1, end)
        this.#at = end + 1
        return content.replace(/\\(.)/g, '$1')
      }
      this.#unclosed.add(open) // so that it is looked for once
    }
    const start = this.#at
    while (this.#at < this.#text.length && !/[\s=]/.test(this.#text.charAt(this.#at))) this.#at++
    return this.#text.slice(start, this.#at)
  }

  /** The place of a closing character behind the opening one; a backslash escapes the next character. */
  #find(close: string): number {
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text.charAt(at)
      if (character === '\\') at++
      else if (character === close) return at
    }
    return -1
  }
}

/**
 * The `key=value` pairs of the comment line of an extended XYZ file. Blanks around `=` are allowed; keys and values may be in quotes or brackets. Words that
 * belong to no pair are passed over. Of a key that occurs twice, the last value counts.
 */
export function commentPairs(comment: string): Map<string, string> {
  const reader = new CommentReader(comment)
  const pairs = new Map<string, string>()
  let key = reader.token()
  while (key !== undefined) {
    if (reader.equals()) {
      const value = reader.token()
      if (key !== '' && value !== undefined) pairs.set(key, value)
    }
    key = reader.token()
  }
  return pairs
}
