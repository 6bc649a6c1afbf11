import { add, concat, gather, type Tensor } from '@equivar/tensor'
import { type Labels, MOST_DENSE } from './dense.ts'
import { combine, type Evaluation, indices, MOVE, rowsOf } from './evaluation.ts'
import { sortedBy } from './orbit-sums.ts'

/** The labels of a submatrix, renumbered from 0 in the order in which they are met. `count` is NaN if the submatrix is too large to look at all pairs. */
export interface Part extends Labels {
  /** The label of the full matrix for each label that has a number. */
  readonly whole: readonly number[]
  /** The pair of each of these at which it was met. */
  readonly pairs: readonly (readonly [row: number, column: number])[]
  /** Gives a number to every label. */
  numberAll(): void
}

/** The largest number of pairs for which a table of labels is searched for structure. */
export const MOST_TABULATED: number = 2 ** 22

/** The submatrix of some rows and columns. If it is too large to tabulate, labels are numbered when they are first queried. */
export function part(
  labelOf: Labels['label'],
  row: (r: number) => number,
  column: (c: number) => number,
  rows: number,
  columns: number,
): Part {
  const numbers = new Map<number, number>()
  const whole: number[] = []
  const pairs: (readonly [number, number])[] = []
  const label = (r: number, c: number): number => {
    const found = labelOf(row(r), column(c))
    if (found < 0) return -1
    const known = numbers.get(found)
    if (known !== undefined) return known
    numbers.set(found, whole.length)
    pairs.push([r, c])
    return whole.push(found) - 1
  }
  let isComplete = false
  const numberAll = (): void => {
    for (let r = 0; r < rows && !isComplete; r++) for (let c = 0; c < columns; c++) label(r, c)
    isComplete = true
  }
  if (rows * columns <= MOST_TABULATED) numberAll()
  return {
    rows,
    columns,
    label,
    whole,
    pairs,
    numberAll,
    get count(): number {
      if (rows * columns <= MOST_DENSE) numberAll()
      return isComplete ? whole.length : Number.NaN
    },
  }
}

export const single = (label: number): ReadonlyMap<number, number> => new Map([[label, 1]])

/** Applies the evaluation of a submatrix with the weights of the full matrix. */
export function applyPart(evaluation: Evaluation, { whole, numberAll }: Part, x: Tensor, weight: Tensor): Tensor {
  if (evaluation.readsAllLabels) numberAll()
  return evaluation.apply(x, combine(weight, whole.map(single)))
}

/** Splits rows and columns into blocks and evaluates every pair of blocks separately. */
export function blocks(
  rowBlocks: readonly (readonly number[])[],
  columnBlocks: readonly (readonly number[])[],
  compilePart: (labels: Part, rowBlock: number, columnBlock: number) => Evaluation | undefined,
  labels: Labels,
): Evaluation | undefined {
  const [rowOrder, columnOrder] = [sortedBy(rowBlocks), sortedBy(columnBlocks)]
  const parts: { readonly part: Part; readonly evaluation: Evaluation }[][] = []
  for (const [i, rows] of rowBlocks.entries()) {
    const line: { part: Part; evaluation: Evaluation }[] = []
    for (const [j, columns] of columnBlocks.entries()) {
      const submatrix = part(
        labels.label,
        (r) => rows[r] as number,
        (c) => columns[c] as number,
        rows.length,
        columns.length,
      )
      const evaluation = compilePart(submatrix, i, j)
      if (evaluation === undefined) return undefined
      line.push({ part: submatrix, evaluation })
    }
    parts.push(line)
  }
  const starts = columnBlocks.map((_, j) => columnBlocks.slice(0, j).reduce((sum, { length }) => sum + length, 0))
  const names = [...new Set(parts.flat().map(({ evaluation }) => evaluation.name))]
  return {
    name: `blocks (${names.join(', ')})`,
    reason: `${rowBlocks.length} x ${columnBlocks.length} blocks of points that the group does not mix`,
    readsAllLabels: parts.flat().some(({ evaluation }) => evaluation.readsAllLabels),
    cost: (w) =>
      parts
        .flat()
        .reduce(
          (sum, { evaluation, part: { rows } }, i) =>
            sum + evaluation.cost(w) + (i % columnBlocks.length === 0 ? 0 : rows * w.outChannels * MOVE),
          0,
        ),
    apply: (x, weight) => {
      const sorted = columnOrder === undefined ? x : gather(x, indices(columnOrder.order), 1)
      const lines = parts.map((line) =>
        line
          .map(({ part: p, evaluation }, j) => applyPart(evaluation, p, rowsOf(sorted, starts[j] as number, p.columns), weight))
          .reduce((a, b) => add(a, b)),
      )
      const y = lines.length === 1 ? (lines[0] as Tensor) : concat(lines, 1)
      return rowOrder === undefined ? y : gather(y, indices(rowOrder.back), 1)
    },
  }
}
