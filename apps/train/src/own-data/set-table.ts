import { UsageError } from '../errors.ts'
import type { Example, Examples, Part, Target } from './example.ts'
import type { OwnSource } from './source.ts'
import { columnAt, placeOf, type Row, type Table } from './table.ts'
import { cellNumber, channelsOfColumns } from './table-columns.ts'
import { type Roles, rolesOf } from './table-roles.ts'

/** Demands that all rows of a set have the same cell. Returns it. */
function common(table: Table, rows: readonly Row[], at: number): string {
  const [first] = rows as readonly [Row, ...Row[]]
  const wanted = first.cells[at] as string
  const other = rows.find((row) => row.cells[at] !== wanted)
  if (other === undefined) return wanted
  const [name, received] = [table.columns[at], other.cells[at]].map((text) => JSON.stringify(text))
  throw new UsageError(
    `${placeOf(table, other)}: expected ${JSON.stringify(wanted)} in column ${name}, as in line ${first.line} of the same set, received ${received}`,
  )
}

function targetOf(table: Table, rows: readonly Row[], { label, targets }: Roles): Target {
  const where = placeOf(table, rows[0] as Row)
  if (label !== undefined) {
    const text = common(table, rows, label)
    if (text !== '') return { kind: 'label', label: text }
    throw new UsageError(
      `${where}: expected the class of the set in column ${JSON.stringify(table.columns[label])}, received an empty cell`,
    )
  }
  const y = targets.map((at) => {
    const text = common(table, rows, at)
    const value = cellNumber(text)
    if (!Number.isNaN(value)) return value
    throw new UsageError(
      `${where}: expected a number in column ${JSON.stringify(table.columns[at])}, received ${text === '' ? 'an empty cell' : JSON.stringify(text)}`,
    )
  })
  return { kind: 'y', y }
}

/** The part of a set: all of its rows that say one say the same. */
function partOf(table: Table, rows: readonly Row[], roles: Roles): Part | undefined {
  const part = roles.partOf(rows[0] as Row)
  const other = rows.find((row) => roles.partOf(row) !== part)
  if (other === undefined) return part
  throw new UsageError(
    `${placeOf(table, other)}: expected the part ${part ?? 'of none'}, as in line ${rows[0]?.line} of the same set, received ${roles.partOf(other) ?? 'none'}`,
  )
}

/** Rows as elements of sets. Rows of a set have the same cell in the column `--set-id`; they need not be next to each other. */
export function setExamples(table: Table, source: OwnSource & { readonly setId: string }): Examples {
  const idAt = columnAt(table, source.setId, '--set-id')
  const roles = rolesOf(table, source, [idAt])
  if (roles.channels.length === 0)
    throw new UsageError(`${table.file}: expected a column with a feature of an element, received only ${table.columns.join(', ')}`)
  const channels = channelsOfColumns(table, roles.channels)
  const sets = new Map<string, Row[]>()
  for (const row of table.rows) {
    const id = row.cells[idAt] as string
    const rows = sets.get(id)
    if (rows === undefined) sets.set(id, [row])
    else rows.push(row)
  }
  const examples = [...sets].map(([id, rows]): Example => {
    const part = partOf(table, rows, roles)
    return {
      where: `${placeOf(table, rows[0] as Row)}, set ${JSON.stringify(id)}`,
      name: id,
      x: channels.of(rows),
      target: targetOf(table, rows, roles),
      ...(part === undefined ? {} : { part }),
    }
  })
  return {
    kind: 'set',
    examples,
    channelNames: channels.names,
    columns: channels.names,
    categoryNames: channels.categoryNames,
    notes: [`column ${JSON.stringify(source.setId)} says which set a row belongs to`],
  }
}
