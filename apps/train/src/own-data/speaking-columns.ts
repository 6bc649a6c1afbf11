import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Table } from './table.ts'

/** Names by which tables of others call the same column, the usual one first. */
const names = {
  source: ['source', 'src', 'from'],
  target: ['target', 'dst', 'to'],
  node: ['id', 'node', 'node_id', 'nodeid', 'node-id', 'name'],
  set: ['set', 'set_id', 'setid', 'set-id', 'bag', 'bag_id', 'group', 'group_id'],
} as const

/** The first column with one of the names. */
const columnNamed = ({ columns }: Table, known: readonly string[]): number | undefined => {
  const at = columns.findIndex((name) => known.includes(name.toLowerCase()))
  return at === -1 ? undefined : at
}

/** The columns of a table of edges that name nodes. */
export interface EdgeEnds {
  readonly sourceAt: number
  readonly targetAt: number
}

/** The columns `source` and `target`, or `src` and `dst`, or `from` and `to`. @throws UsageError if there are none. */
export function endsOf(table: Table): EdgeEnds {
  const [sourceAt, targetAt] = [columnNamed(table, names.source), columnNamed(table, names.target)]
  if (sourceAt !== undefined && targetAt !== undefined) return { sourceAt, targetAt }
  throw new UsageError(`${table.file}: expected the columns source and target, received ${table.columns.join(', ')}`)
}

/** The column that names the nodes: called so, with another name in each row, among which are all ends of edges. Undefined if there is none. */
export function idColumn(nodes: Table, edges: Table, { sourceAt, targetAt }: EdgeEnds): number | undefined {
  const at = columnNamed(nodes, names.node)
  if (at === undefined) return undefined
  const ids = new Set(nodes.rows.map(({ cells }) => cells[at] as string))
  const fits =
    ids.size === nodes.rows.length && edges.rows.every(({ cells }) => [sourceAt, targetAt].every((end) => ids.has(cells[end] as string)))
  return fits ? at : undefined
}

/** The name of the column that says which set a row belongs to; undefined if there is none. */
export function setColumn(table: Table): string | undefined {
  const at = columnNamed(table, names.set)
  return at === undefined ? undefined : table.columns[at]
}

/** The table of edges beside a table of nodes: `edges.csv`, or beside `NAME_nodes.csv` `NAME_edges.csv`. Undefined if there is none. */
export function edgesBeside(path: string): string | undefined {
  const name = basename(path)
  const own = name.replace(/nodes?/i, (found) => (found.endsWith('s') ? 'edges' : 'edge'))
  return [own, 'edges.csv', 'edges.tsv']
    .filter((each) => each !== name)
    .map((each) => join(dirname(path), each))
    .find((each) => existsSync(each))
}
