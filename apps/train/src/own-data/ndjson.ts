import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import { lineChunks } from '../predict/lines.ts'
import type { Example, Examples } from './example.ts'
import { type ExampleRecord, exampleOf, kindOf } from './record.ts'

/** Lines and bytes that are read at a time. */
const CHUNK = { lines: 1024, bytes: 4 * 2 ** 20, longest: 256 * 2 ** 20 }

/** The parsed line. @throws UsageError if it is not JSON. */
function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new UsageError(
      `${where}: expected a JSON object, received something else (${cause instanceof Error ? cause.message : String(cause)})`,
    )
  }
}

/** Reads examples from newline-delimited JSON, one a line. Empty lines are left out. @throws UsageError that names the line. */
export async function readNdjson(path: string): Promise<Examples> {
  const [file, decoder] = [basename(path), new TextDecoder()]
  const examples: Example[] = []
  let kind: Examples['kind'] | undefined
  for await (const { first, bytes } of lineChunks(createReadStream(path), { file: path, ...CHUNK })) {
    for (const [i, line] of decoder.decode(bytes).split('\n').entries()) {
      if (line.trim() === '') continue
      const where = `${file}, line ${first + i}`
      const record = parsed(line, where)
      examples.push(exampleOf(record, where))
      kind ??= kindOf(record as ExampleRecord, where)
    }
  }
  return { kind: kind ?? 'set', examples }
}
