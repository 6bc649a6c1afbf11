import { mul, neg, nodeOf, reshape, type Tensor, transpose } from '@equivar/tensor'

/**
 * From so many rows on, one walk over them costs more than the small products in its place. Rows of 64 numbers, one thread: a walk takes 25 microseconds
 * for 1,000 rows, what replaces three of them 20.
 */
const LEAST_ROWS = 512

/** Whether x is a matrix of many rows, or of a number of rows that is not known. */
export function hasManyRows(x: Tensor): boolean {
  const [rows = 0, columns] = x.shape
  return x.rank === 2 && x.dtype === 'float32' && typeof columns === 'number' && (typeof rows !== 'number' || rows >= LEAST_ROWS)
}

/** Whether the other is a matrix, and x a single row that broadcasts along its rows. */
export function isRowOf(x: Tensor, matrix: Tensor): boolean {
  return matrix.rank === 2 && x.rank >= 1 && x.rank <= 2 && x.size(-1) === matrix.size(-1) && x.shape.slice(0, -1).every((d) => d === 1)
}

/** A row as [1, columns]. */
export const asRow = (x: Tensor): Tensor => (x.rank === 2 ? x : reshape(x, [1, x.size(-1)]))

/** A matrix and a row that are the two operands, in either order. */
export function matrixAndRow([a, b]: readonly [Tensor, Tensor]): { readonly matrix: Tensor; readonly row: Tensor } | undefined {
  if (hasManyRows(a) && isRowOf(b, a)) return { matrix: a, row: b }
  return hasManyRows(b) && isRowOf(a, b) ? { matrix: b, row: a } : undefined
}

/** A sum or a difference as a matrix and the row that is added to each of its rows. */
export function rowTerm(x: Tensor): { readonly matrix: Tensor; readonly row: Tensor } | undefined {
  const [sum, difference] = [nodeOf(x, 'Add'), nodeOf(x, 'Sub')]
  if (sum !== undefined) return matrixAndRow(sum.inputs)
  if (difference === undefined) return undefined
  const [matrix, row] = difference.inputs
  return hasManyRows(matrix) && isRowOf(row, matrix) ? { matrix, row: neg(row) } : undefined
}

/** weight [k, j] with its rows scaled by factors [k], written so that a transpose of the weight stays the last step, which products take in. */
export function scaledRows(weight: Tensor, factors: Tensor): Tensor {
  const turned = nodeOf(weight, 'Transpose')
  if (turned !== undefined) return transpose(mul(turned.inputs[0], asRow(factors)), turned.attributes.permutation)
  return mul(weight, reshape(factors, [factors.size(-1), 1]))
}
