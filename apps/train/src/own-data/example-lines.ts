import { createReadStream } from 'node:fs'
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
const NEWLINE = 10
/** The mark of UTF-8 that some editors write at the start of a file. */
const MARK = '\ufeff'

/** The lines of a file that are not empty, many at a time, in constant memory. @throws UsageError if a line is longer than 256 MiB. */
export async function* exampleLines(path: string): AsyncGenerator<ExampleLine[]> {
  let from = 0
  for await (const { first, bytes } of lineChunks(createReadStream(path), { file: path, ...CHUNK })) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const lines: ExampleLine[] = []
    for (let at = 0, line = first; at < buffer.length; line++) {
      const end = buffer.indexOf(NEWLINE, at)
      const text = buffer.toString('utf8', at, end === -1 ? buffer.length : end)
      const plain = from + at === 0 && text.startsWith(MARK) ? text.slice(1) : text
      if (plain.trim() !== '') lines.push({ line, text: plain, start: from + at })
      at = end === -1 ? buffer.length : end + 1
    }
    from += buffer.length
    yield lines
  }
}
