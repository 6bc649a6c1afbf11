import { UsageError } from '../errors.ts'
import type { Part } from './example.ts'
import { partNamed } from './record.ts'
import type { OwnSource } from './source.ts'
import { columnAt, placeOf, type Row, type Table } from './table.ts'

/** Which columns of a table are no channels. */
export interface Roles {
  /** The column of the class. */
  readonly label?: number
  /** The columns of the numbers to predict; none for classes. */
  readonly targets: readonly number[]
  /** The columns that are channels: all others. */
  readonly channels: readonly number[]
  /** The part that a row says it belongs to, if it says one. */
  readonly partOf: (row: Row) => Part | undefined
}

/** The roles of columns where nothing has to be known of what is to be predicted: channels are those of the model. */
function rolesToPredict(table: Table, { columns }: OwnSource): Roles {
  if (columns === undefined) throw new UsageError(`${table.file}: expected a model that was trained on a table, received one that was not`)
  const channels = columns.map((name) => {
    const at = table.columns.indexOf(name)
    if (at !== -1) return at
    throw new UsageError(
      `${table.file}: expected the column ${JSON.stringify(name)}, which the model was trained on, received ${table.columns.join(', ')}`,
    )
  })
  return { targets: [], channels, partOf: () => undefined }
}

/**
 * Which columns are what is to be predicted, by `--label` or `--target`, else by the names `label`, `class` and `y`, and which are channels.
 *
 * @param taken - columns that have another role.
 * @throws UsageError if there is nothing to predict, both options are given, or a column is missing.
 */
export function rolesOf(table: Table, source: OwnSource, taken: readonly number[]): Roles {
  if (source.unlabelled === true) return rolesToPredict(table, source)
  const { label, target, splitColumn } = source
  if (label !== undefined && target !== undefined) throw new UsageError('--label: expected either --label or --target, received both')
  const without = label === undefined && target === undefined
  const className = label ?? (without ? ['label', 'class'].find((name) => table.columns.includes(name)) : undefined)
  const numberNames = target?.split(',') ?? (without && className === undefined && table.columns.includes('y') ? ['y'] : [])
  if (className === undefined && numberNames.length === 0)
    throw new UsageError(
      `${table.file}: expected --label COLUMN or --target COLUMN for what is to be predicted, received neither; the columns are ${table.columns.join(', ')}`,
    )
  const classAt = className === undefined ? undefined : columnAt(table, className, '--label')
  const targets = numberNames.map((name) => columnAt(table, name.trim(), '--target'))
  const splitAt = splitColumn === undefined ? undefined : columnAt(table, splitColumn, '--split-column')
  const others = [classAt, splitAt, ...targets, ...taken]
  return {
    ...(classAt === undefined ? {} : { label: classAt }),
    targets,
    channels: table.columns.map((_, at) => at).filter((at) => !others.includes(at)),
    partOf: (row) => {
      const text = splitAt === undefined ? '' : (row.cells[splitAt] as string)
      return text === '' ? undefined : partNamed(text, placeOf(table, row), splitColumn as string)
    },
  }
}
