import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { CsvError, parse } from 'csv-parse'
import { UsageError } from '../errors.ts'

/** A row of a table. */
export interface Row {
  /** The line of the file, counted from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

/** A table with names of columns in its first line. */
export interface Table {
  /** The name of the file, for messages. */
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** The place of a row, for messages. */
export const placeOf = ({ file }: Table, { line }: Row): string => `${file}, line ${line}`

function demandColumns(file: string, columns: readonly string[]): void {
  const wrong = columns.findIndex((name, i) => name === '' || columns.indexOf(name) !== i)
  if (wrong === -1) return
  const received = columns[wrong] === '' ? `none for column ${wrong + 1}` : `${JSON.stringify(columns[wrong])} twice`
  throw new UsageError(`${file}, line 1: expected a name for each column, all different, received ${received}`)
}

/** What separates the names of columns: a semicolon or a tab if there is one and no comma outside of quotes, else a comma. */
function delimiterOf(bytes: Buffer): ',' | ';' | '\t' {
  const end = bytes.indexOf('\n')
  const head = bytes.toString('utf8', 0, end === -1 ? bytes.length : end).replaceAll(/"[^"]*"/g, '')
  return ([',', ';', '\t'] as const).find((each) => head.includes(each)) ?? ','
}

/**
 * Reads a table from comma-separated values (RFC 4180), from tab-separated ones if the file's name ends in `.tsv`, or as its first line is
 * separated: by semicolons or tabs. Blanks around cells and empty lines are
 * left out.
 *
 * @throws UsageError that names the line, if a row does not have a cell for each column or a quote is out of place.
 */
export async function readTable(path: string): Promise<Table> {
  const file = basename(path)
  const bytes = await readFile(path)
  const delimiter = extname(path).toLowerCase() === '.tsv' ? '\t' : delimiterOf(bytes)
  const options = { bom: true, delimiter, info: true, relax_column_count: true, skip_empty_lines: true, trim: true }
  const records = parse(bytes, options) as AsyncIterable<{ record: string[]; info: { lines: number } }>
  let columns: string[] | undefined
  const rows: Row[] = []
  try {
    for await (const { record, info } of records) {
      if (columns === undefined) {
        columns = record
        demandColumns(file, columns)
      } else if (record.length === columns.length) rows.push({ line: info.lines, cells: record })
      else
        throw new UsageError(
          `${file}, line ${info.lines}: expected ${columns.length} cells, one for each column, received ${record.length}`,
        )
    }
  } catch (error) {
    if (error instanceof CsvError)
      throw new UsageError(
        `${file}: expected ${({ ',': 'comma', ';': 'semicolon', '\t': 'tab' } as const)[delimiter]}-separated values, received others (${error.message})`,
      )
    throw error
  }
  if (columns === undefined) throw new UsageError(`${file}: expected names of columns in the first line, received an empty file`)
  if (rows.length === 0) throw new UsageError(`${file}: expected rows after the names of columns, received none`)
  return { file, columns, rows }
}

/** The place of a column. @param option - the option that names it, for the message. @throws UsageError if there is none of that name. */
export function columnAt({ file, columns }: Table, name: string, option: string): number {
  const at = columns.indexOf(name)
  if (at !== -1) return at
  throw new UsageError(`${option}: expected one of the columns ${columns.join(', ')} of ${file}, received ${JSON.stringify(name)}`)
}
