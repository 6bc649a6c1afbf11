import type { Matrix } from './dense.ts'

/** A square matrix by its entries that are not 0. */
export interface SparseMatrix {
  readonly size: number
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly values: Float64Array
}

/** The entries of a matrix that are not 0. */
export function sparseMatrix(matrix: Matrix, size: number): SparseMatrix {
  const places = Array.from(matrix.keys()).filter((at) => matrix[at] !== 0)
  return {
    size,
    rows: Int32Array.from(places, (at) => Math.floor(at / size)),
    columns: Int32Array.from(places, (at) => at % size),
    values: Float64Array.from(places, (at) => matrix[at]!),
  }
}

/** The matrix P with P e_i = e_images[i]. */
export function sparsePermutation(images: ArrayLike<number>): SparseMatrix {
  const size = images.length
  return {
    size,
    rows: Int32Array.from(images),
    columns: Int32Array.from({ length: size }, (_, i) => i),
    values: new Float64Array(size).fill(1),
  }
}

/** The transpose. It shares the numbers. */
export function sparseTranspose({ size, rows, columns, values }: SparseMatrix): SparseMatrix {
  return { size, rows: columns, columns: rows, values }
}

/** The images of the points if the matrix permutes the unit vectors, else undefined. */
export function permutationOf({ size, rows, columns, values }: SparseMatrix): Uint32Array | undefined {
  if (values.length !== size || values.some((value) => value !== 1)) return undefined
  const images = new Uint32Array(size).fill(size)
  columns.forEach((column, at) => {
    images[column] = rows[at]!
  })
  return new Set(images).size === size && !images.includes(size) ? images : undefined
}

/**
 * Adds the product of a matrix and x along one axis to y: y[l, i, r] += sum over j of m[i, j] x[l, j, r].
 *
 * @param x - [left, size, right], row-major.
 * @param y - of the same shape.
 */
export function addAlongAxis(m: SparseMatrix, x: Float64Array, y: Float64Array, right: number): void {
  const step = m.size * right
  for (let at = 0; at < m.values.length; at++) {
    const value = m.values[at]!
    const to = m.rows[at]! * right
    const from = m.columns[at]! * right
    for (let start = 0; start < x.length; start += step) for (let r = 0; r < right; r++) y[start + to + r]! += value * x[start + from + r]!
  }
}
