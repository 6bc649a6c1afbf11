import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Examples } from './example.ts'
import { nodeExamples } from './node-table.ts'
import { setExamples } from './set-table.ts'
import type { OwnSource } from './source.ts'
import { edgesBeside, setColumn } from './speaking-columns.ts'
import { readTable, type Table } from './table.ts'

/** What rows are: as the options say, else by a column such as `set`, else by a table of edges beside. @throws UsageError if nothing says it. */
function rowsAre({ edges, setId }: OwnSource, table: Table, path: string): { readonly edges: string } | { readonly setId: string } {
  if (edges !== undefined && setId === undefined) return { edges }
  if (setId !== undefined && edges === undefined) return { setId }
  if (edges === undefined) {
    const [named, beside] = [setColumn(table), edgesBeside(path)]
    if (named !== undefined) return { setId: named }
    if (beside !== undefined) return { edges: beside }
  }
  throw new UsageError(
    `${basename(path)}: expected --set-id COLUMN (rows are elements of sets) or --edges FILE (rows are nodes of one graph), received ${edges === undefined ? 'neither' : 'both'}; the columns are ${table.columns.join(', ')}`,
  )
}

/**
 * Reads a table: with `--set-id`, its rows are elements of sets; with `--edges`, nodes of one graph. Without either, a column called `set` (or `set_id`, ...) or a
 * file `edges.csv` beside says it. Columns that have no other role are channels.
 *
 * @throws UsageError that names the file, the line and the column.
 */
export async function readCsv(path: string, source: OwnSource): Promise<Examples> {
  const table = await readTable(path)
  const rows = rowsAre(source, table, path)
  return 'edges' in rows ? await nodeExamples(table, { ...source, ...rows }) : setExamples(table, { ...source, ...rows })
}
