import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Examples } from './example.ts'
import { nodeExamples } from './node-table.ts'
import { setExamples } from './set-table.ts'
import type { OwnSource } from './source.ts'
import { readTable } from './table.ts'

/**
 * Reads a table: with `--set-id`, its rows are elements of sets; with `--edges`, nodes of one graph. Columns that have no other role are channels.
 *
 * @throws UsageError that names the file, the line and the column.
 */
export async function readCsv(path: string, source: OwnSource): Promise<Examples> {
  const { edges, setId } = source
  if ((edges === undefined) === (setId === undefined))
    throw new UsageError(
      `${basename(path)}: expected --set-id COLUMN (rows are elements of sets) or --edges FILE (rows are nodes of one graph), received ${edges === undefined ? 'neither' : 'both'}`,
    )
  const table = await readTable(path)
  return setId === undefined ? await nodeExamples(table, { ...source, edges: edges as string }) : setExamples(table, { ...source, setId })
}
