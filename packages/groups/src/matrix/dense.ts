/** A square matrix, row-major. */
export type Matrix = Float64Array

/** The unit matrix of n rows. */
export function identityMatrix(n: number): Matrix {
  return Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))
}

/** The product of two matrices of n rows. */
export function multiplyMatrices(a: Matrix, b: Matrix, n: number): Matrix {
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!
      if (factor === 0) continue
      for (let j = 0; j < n; j++) result[i * n + j]! += factor * b[k * n + j]!
    }
  return result
}

/** The transpose of a matrix of n rows. */
export function transposeMatrix(a: Matrix, n: number): Matrix {
  return a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]!)
}

/** The largest magnitude of an entry; 0 without entries. */
export function largestEntry(a: ArrayLike<number>): number {
  let largest = 0
  for (let at = 0; at < a.length; at++) largest = Math.max(largest, Math.abs(a[at]!))
  return largest
}

/** The inverse by elimination with the largest pivots, or undefined if a pivot is 0 beside the entries of the matrix. */
export function invertMatrix(matrix: Matrix, n: number): Matrix | undefined {
  const a = matrix.slice()
  const inverse = identityMatrix(n)
  const scale = largestEntry(a)
  const swapRows = (m: Matrix, i: number, j: number): void => {
    for (let k = 0; k < n; k++) [m[i * n + k], m[j * n + k]] = [m[j * n + k]!, m[i * n + k]!]
  }
  const addRow = (m: Matrix, to: number, from: number, factor: number): void => {
    for (let k = 0; k < n; k++) m[to * n + k]! += factor * m[from * n + k]!
  }
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let i = column + 1; i < n; i++) if (Math.abs(a[i * n + column]!) > Math.abs(a[pivot * n + column]!)) pivot = i
    const value = a[pivot * n + column]!
    if (!(Math.abs(value) > 1e-13 * scale)) return undefined
    for (const m of [a, inverse]) {
      swapRows(m, column, pivot)
      for (let k = 0; k < n; k++) m[column * n + k]! /= value
    }
    for (let i = 0; i < n; i++) {
      const factor = -a[i * n + column]!
      if (i === column || factor === 0) continue
      addRow(a, i, column, factor)
      addRow(inverse, i, column, factor)
    }
  }
  return inverse
}

/**
 * The exponential of a matrix of n rows, by its Taylor series after halving, and squaring.
 *
 * @remarks Accuracy 1e-15 e^|a|: relative to the entries of the result for matrices that are not far from antisymmetric or symmetric.
 */
export function exponential(a: Matrix, n: number): Matrix {
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(1e-300, largestEntry(a) * n))) + 2)
  const small = a.map((x) => x / 2 ** halvings)
  let result = identityMatrix(n)
  let term = result
  for (let k = 1; k <= 16; k++) {
    term = multiplyMatrices(term, small, n).map((x) => x / k)
    const power = term
    result = result.map((x, at) => x + power[at]!)
  }
  for (let k = 0; k < halvings; k++) result = multiplyMatrices(result, result, n)
  return result
}
