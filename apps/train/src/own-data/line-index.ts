import { GrowingIntegers } from './growing-integers.ts'

/** Least bytes of a block, which is read to find one of its lines. */
const BLOCK_BYTES = 4096

/** Numbers of a place. */
export const PLACE = 4

/**
 * Where the lines of a file are that are not empty. Only where blocks of lines begin is kept: about 16 bytes for 4096 of the file.
 *
 * Law: the lines that are not empty from the start of the block of line i on, after `skip` of them, begin with line i.
 */
export class LineIndex {
  /** For each block the byte at which it starts, the number in the file of the line there, and how many lines that are not empty come before it. */
  readonly #starts = new GrowingIntegers()
  readonly #lines = new GrowingIntegers()
  readonly #before = new GrowingIntegers()
  #start = Number.NEGATIVE_INFINITY
  #length = 0

  /** How many lines are not empty. */
  get length(): number {
    return this.#length
  }

  /** Adds the next line that is not empty. @param start - the byte at which it starts. @param line - its number in the file, from 1. */
  add(start: number, line: number): void {
    if (start - this.#start >= BLOCK_BYTES) {
      this.#start = start
      this.#starts.push(start)
      this.#lines.push(line)
      this.#before.push(this.#length)
    }
    this.#length++
  }

  /**
   * Writes the place of a line: the byte at which its block starts, the byte at which it ends (the last ends with the file), the number in the file of the line
   * there, and how many lines that are not empty come before it in the block.
   *
   * @param line - counted from 0 among those that are not empty.
   */
  place(line: number, places: Float64Array, at: number): void {
    const block = this.#before.lastAtMost(line)
    places[at] = this.#starts.at(block) as number
    places[at + 1] = this.#starts.at(block + 1) ?? Number.POSITIVE_INFINITY
    places[at + 2] = this.#lines.at(block) as number
    places[at + 3] = line - (this.#before.at(block) as number)
  }
}
