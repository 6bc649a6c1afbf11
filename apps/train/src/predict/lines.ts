import { UsageError } from '../errors.ts'

/** Some complete lines of a file. */
export interface LineChunk {
  /** The number of the first line in the file, counted from 1. */
  readonly first: number
  readonly count: number
  /** Their bytes, in a separate buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Options for chunks of lines. The chunks depend only on the file and these options. */
export interface ChunkOptions {
  readonly file: string
  /** Largest number of lines in a chunk. */
  readonly lines: number
  /** A chunk ends after the line with which it reaches this number of bytes. */
  readonly bytes: number
  /** Largest number of bytes in a line. */
  readonly longest: number
}

const NEWLINE = 10

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Divides a stream of bytes into chunks of complete lines, in constant memory. The last line may have no line break.
 *
 * @throws UsageError if a line is longer than allowed.
 */
export async function* lineChunks(
  source: AsyncIterable<Uint8Array>,
  { file, lines, bytes, longest }: ChunkOptions,
): AsyncGenerator<LineChunk> {
  let parts: Uint8Array[] = []
  let [first, count, size, line] = [1, 0, 0, 0]
  const take = (part: Uint8Array): void => {
    parts.push(part)
    size += part.length
  }
  const finish = (): LineChunk => {
    const chunk = { first, count, bytes: joined(parts) }
    first += count
    parts = []
    count = 0
    size = 0
    return chunk
  }
  for await (const block of source) {
    let from = 0
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, end + 1)) {
      count++
      line = 0
      if (count < lines && size + end + 1 - from < bytes) continue
      take(block.subarray(from, end + 1))
      from = end + 1
      yield finish()
    }
    const rest = block.subarray(from)
    line += block.length - 1 - block.lastIndexOf(NEWLINE)
    if (line > longest)
      throw new UsageError(
        `${file}, line ${first + count}: expected at most ${longest} bytes, received more; is it newline-delimited JSON?`,
      )
    if (rest.length > 0) take(rest)
  }
  if (line > 0) count++
  if (count > 0) yield finish()
}
