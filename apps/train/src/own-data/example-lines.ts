import { createReadStream } from 'node:fs'
import { Interrupted } from '../errors.ts'
import { lineChunks } from '../predict/lines.ts'

/** A line that is not empty. */
export interface ExampleLine {
  /** Its number in the file, counted from 1. */
  readonly line: number
  readonly text: string
  /** The byte at which it starts. */
  readonly start: number
}

/** Lines and bytes that are read at a time. */
const CHUNK = { lines: 1024, bytes: 4 * 2 ** 20, longest: 256 * 2 ** 20 }
const [NEWLINE, SPACE, BEYOND_ASCII] = [10, 32, 128]
/** The mark of UTF-8 that some editors write at the start of a file. */
const MARK = '\ufeff'

/** Where the line that starts at a byte ends: at its line break, or with the bytes. */
export function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(NEWLINE, start)
  return end === -1 ? bytes.length : end
}

/** Whether a line has nothing but white space. */
export function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number
  if (end > start && first > SPACE && first < BEYOND_ASCII) return false
  return bytes.toString('utf8', start, end).trim() === ''
}

/** The text of a line. @param isFirst - whether it is the first of the file. */
export function textOfLine(bytes: Buffer, start: number, end: number, isFirst: boolean): string {
  const text = bytes.toString('utf8', start, end)
  return isFirst && text.startsWith(MARK) ? text.slice(1) : text
}

/**
 * The lines of a file that are not empty, many at a time, in constant memory.
 *
 * @throws UsageError if a line is longer than 256 MiB; Interrupted if `signal` aborts.
 */
export async function* exampleLines(path: string, signal?: AbortSignal): AsyncGenerator<ExampleLine[]> {
  let from = 0
  for await (const { first, bytes } of lineChunks(createReadStream(path), { file: path, ...CHUNK })) {
    if (signal?.aborted === true) throw new Interrupted('stopped before the first step; nothing is written', signal.reason)
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const lines: ExampleLine[] = []
    for (let at = 0, line = first, end = 0; at < buffer.length; at = end + 1, line++) {
      end = lineEnd(buffer, at)
      if (!isEmptyLine(buffer, at, end)) lines.push({ line, text: textOfLine(buffer, at, end, from + at === 0), start: from + at })
    }
    from += buffer.length
    yield lines
  }
}
