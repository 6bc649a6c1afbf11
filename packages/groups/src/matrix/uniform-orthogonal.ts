/** A matrix, row by row. */
type Rows = readonly (readonly number[])[]

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0)

/** Orthonormal rows: Gram-Schmidt, twice, on normal numbers. */
function orthonormalRows(n: number, normal: () => number): number[][] {
  const rows: number[][] = []
  while (rows.length < n) {
    const drawn = Array.from({ length: n }, normal)
    for (let pass = 0; pass < 2; pass++)
      for (const row of rows) {
        const along = dot(row, drawn)
        for (let i = 0; i < n; i++) drawn[i] = (drawn[i] as number) - along * (row[i] as number)
      }
    const length = Math.sqrt(dot(drawn, drawn))
    // Stryker disable next-line ConditionalExpression,EqualityOperator: a draw that depends on the rows before has probability 0.
    if (length > 1e-6) rows.push(drawn.map((v) => v / length))
  }
  return rows
}

/** The determinant of an orthogonal matrix, by elimination with pivots. */
function determinant(matrix: Rows): number {
  const rows = matrix.map((row) => [...row])
  let result = 1
  for (let k = 0; k < rows.length; k++) {
    const below = rows.slice(k).map((row) => Math.abs(row[k] as number))
    const pivot = k + below.indexOf(Math.max(...below))
    if (pivot !== k) {
      ;[rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]]
      result = -result
    }
    const top = rows[k] as number[]
    result *= top[k] as number
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] as number) / (top[k] as number)
      for (let j = k; j < row.length; j++) row[j] = (row[j] as number) - factor * (top[j] as number)
    }
  }
  return result
}

/**
 * A uniformly random element of O(n), or of SO(n), row by row.
 *
 * @param normal - gives independent standard normal numbers.
 * @param options - `proper`: a rotation, of determinant 1.
 * @remarks Orthogonal to 1e-14; cost O(n^3).
 * @see Stewart 1980, "The efficient generation of random orthogonal matrices".
 */
export function uniformOrthogonal(n: number, normal: () => number, { proper = false }: { readonly proper?: boolean } = {}): Rows {
  const drawn = orthonormalRows(n, normal)
  return proper && determinant(drawn) < 0 ? drawn.map((row, i) => (i === 0 ? row.map((v) => -v) : row)) : drawn
}
