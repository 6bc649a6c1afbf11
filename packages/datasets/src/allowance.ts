/** Options of the readers of files that may be compressed or sparse. */
export interface ReadOptions {
  /** The most bytes that a reader makes from a file; by default 64 MiB plus 20 times its size. Raise it for files that you trust. */
  readonly maxBytes?: number
}

const BASE = 2 ** 26
const FACTOR = 20

/**
 * The number of bytes that a reader may make from a file of `size` bytes: 64 MiB + 20 size, unless `maxBytes` says otherwise.
 *
 * So a small file cannot exhaust the memory, whatever it claims. Real files stay far below: the text of COLLAB is 20.3 times its archive.
 */
export function allowance(size: number, { maxBytes }: ReadOptions = {}): number {
  return maxBytes ?? BASE + FACTOR * size
}

/** What to do about a file that would make more bytes than it may. */
export const RAISE_LIMIT = 'If you trust the file, raise the option maxBytes.'
