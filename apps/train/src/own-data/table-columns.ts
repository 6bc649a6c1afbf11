import { UsageError } from '../errors.ts'
import { type Categories, MOST_CATEGORIES, textCategories } from './categories.ts'
import type { Numbers } from './example.ts'
import { placeOf, type Row, type Table } from './table.ts'

/** Columns of a table as channels: numbers, or codes of texts. */
export interface Channels {
  readonly names: readonly string[]
  /** For each channel of texts: the texts by code. */
  readonly categoryNames: Readonly<Record<number, readonly string[]>>
  /** [rows, channels] of some rows. @throws UsageError that names the line and the column of a cell that is not a number. */
  readonly of: (rows: readonly Row[]) => Numbers
}

/** The number in a cell; NaN if there is none that float32 holds. */
export const cellNumber = (cell: string): number => {
  const value = cell === '' ? Number.NaN : Number(cell)
  return Number.isFinite(Math.fround(value)) ? value : Number.NaN
}

/** The texts of a column; undefined if at least half of its cells that are not empty are numbers: then the others are mistakes. */
function textsOf({ file, columns, rows }: Table, at: number): Categories<string> | undefined {
  const cells = rows.map((row) => row.cells[at] as string)
  const given = cells.filter((cell) => cell !== '')
  if (2 * given.filter((cell) => !Number.isNaN(cellNumber(cell))).length >= given.length) return undefined
  const categories = textCategories(cells)
  if (categories.names.length <= MOST_CATEGORIES) return categories
  throw new UsageError(
    `${file}, column ${JSON.stringify(columns[at])}: expected at most ${MOST_CATEGORIES} different texts, received ${categories.names.length}; leave out a column that only names rows`,
  )
}

/** Columns as channels. A column whose cells are mostly texts is a category, of which an empty cell is a value; in others, every cell is a number. */
export function channelsOfColumns(table: Table, chosen: readonly number[]): Channels {
  const texts = chosen.map((at) => textsOf(table, at))
  const value = (row: Row, i: number): number => {
    const cell = row.cells[chosen[i] as number] as string
    const number = texts[i]?.codes.get(cell) ?? cellNumber(cell)
    if (!Number.isNaN(number)) return number
    const name = JSON.stringify(table.columns[chosen[i] as number])
    throw new UsageError(
      `${placeOf(table, row)}: expected a number in column ${name}, received ${cell === '' ? 'an empty cell' : JSON.stringify(cell)}`,
    )
  }
  return {
    names: chosen.map((at) => table.columns[at] as string),
    categoryNames: Object.fromEntries(texts.flatMap((categories, i) => (categories === undefined ? [] : [[i, categories.names]]))),
    of: (rows) => ({
      shape: [rows.length, chosen.length],
      data: Float32Array.from({ length: rows.length * chosen.length }, (_, at) =>
        value(rows[Math.floor(at / chosen.length)] as Row, at % chosen.length),
      ),
    }),
  }
}
