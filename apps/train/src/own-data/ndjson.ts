import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Example, Examples } from './example.ts'
import { exampleLines } from './example-lines.ts'
import { type ExampleRecord, exampleOf, kindOf } from './record.ts'
import type { Reader } from './source.ts'

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

/** An example from its line. @throws UsageError that names the place. */
export const exampleOfLine = (text: string, where: string): Example => exampleOf(parsed(text, where), where)

/** The kind of examples that a line stands for. @throws UsageError that names the place. */
export const kindOfLine = (text: string, where: string): Examples['kind'] => kindOf(parsed(text, where) as ExampleRecord, where)

/** Reads examples from newline-delimited JSON, one a line. Empty lines are left out. @throws UsageError that names the line; Interrupted if the signal aborts. */
export const readNdjson: Reader = async (path, _, signal) => {
  const file = basename(path)
  const examples: Example[] = []
  let kind: Examples['kind'] | undefined
  for await (const lines of exampleLines(path, signal))
    for (const { line, text } of lines) {
      const where = `${file}, line ${line}`
      examples.push(exampleOfLine(text, where))
      kind ??= kindOfLine(text, where)
    }
  return { kind: kind ?? 'set', examples }
}
