import { DomainError } from '../errors.ts'
import { invertMatrix, largestEntry, type Matrix, multiplyMatrices } from './dense.ts'

/** A matrix as a user gives it: rows, or all entries row by row. */
export type MatrixLike = readonly (readonly number[])[] | ArrayLike<number>

/** The entries of a matrix of n rows. @throws DomainError if it has another shape or an entry is not finite. */
export function readMatrix(where: string, given: MatrixLike, n: number): Matrix {
  const rows = Array.from(given as ArrayLike<number | readonly number[]>)
  const isNested = rows.some((row) => typeof row !== 'number')
  const isSquare = rows.length === n && rows.every((row) => typeof row !== 'number' && row.length === n)
  const flat = Float64Array.from(rows.flat() as number[])
  if (flat.length !== n * n || (isNested && !isSquare)) {
    const shape = isNested ? rows.map((row) => (typeof row === 'number' ? 1 : row.length)).join(', ') : `${rows.length}`
    throw new DomainError(where, `matrices of ${n} x ${n} numbers`, isNested ? `one with rows of ${shape} numbers` : `${shape} numbers`)
  }
  if (!flat.every(Number.isFinite)) throw new DomainError(where, 'finite entries', `${flat.find((x) => !Number.isFinite(x))}`)
  return flat
}

/** An orthonormal basis of the span of some matrices. Adds one at a time and tells how far it was from the span, relative to its own size. */
class Span {
  readonly #basis: Float64Array[] = []

  /** The part of a matrix outside the span, and its norm relative to the matrix. */
  residual(matrix: Matrix): { readonly rest: Float64Array; readonly relative: number } {
    let rest: Float64Array = matrix
    for (let pass = 0; pass < 2; pass++)
      for (const unit of this.#basis) {
        const dot = rest.reduce((sum, x, at) => sum + x * unit[at]!, 0)
        rest = rest.map((x, at) => x - dot * unit[at]!)
      }
    const norm = Math.hypot(...matrix)
    return { rest, relative: norm === 0 ? 0 : Math.hypot(...rest) / norm }
  }

  add(matrix: Matrix): number {
    const { rest, relative } = this.residual(matrix)
    const norm = Math.hypot(...rest)
    if (relative > TOLERANCE) this.#basis.push(rest.map((x) => x / norm))
    return relative
  }
}

const TOLERANCE = 1e-9

/** The inverses of generators. @throws DomainError if one has none. */
export function requireInvertible(where: string, generators: readonly Matrix[], n: number): Matrix[] {
  return generators.map((generator, k) => {
    const inverse = invertMatrix(generator, n)
    if (inverse === undefined) throw new DomainError(where, 'generators with an inverse', `generator ${k}, which is singular`)
    return inverse
  })
}

/**
 * Checks that matrices are a basis of a Lie algebra that the generators respect.
 *
 * @throws DomainError if they are linearly dependent, a bracket [A, B] = A B - B A is outside their span, or h A h^-1 is for a generator h.
 */
export function requireLieAlgebra(where: string, algebra: readonly Matrix[], generators: readonly Matrix[], n: number): void {
  const span = new Span()
  algebra.forEach((element, k) => {
    if (largestEntry(element) === 0 || span.add(element) <= TOLERANCE)
      throw new DomainError(where, 'a linearly independent basis of the Lie algebra', `element ${k}, which depends on those before it`)
  })
  algebra.forEach((a, i) => {
    algebra.slice(i + 1).forEach((b, j) => {
      const [ab, ba] = [multiplyMatrices(a, b, n), multiplyMatrices(b, a, n)]
      const bracket = ab.map((x, at) => x - ba[at]!)
      if (largestEntry(bracket) <= TOLERANCE * largestEntry(a) * largestEntry(b) || span.residual(bracket).relative <= TOLERANCE) return
      const names = `the bracket of elements ${i} and ${i + 1 + j} outside the span`
      throw new DomainError(where, 'a Lie algebra that is closed under brackets', names, 'Add the bracket to the basis.')
    })
  })
  const inverses = requireInvertible(where, generators, n)
  generators.forEach((h, k) => {
    algebra.forEach((a, i) => {
      const conjugate = multiplyMatrices(multiplyMatrices(h, a, n), inverses[k]!, n)
      if (span.residual(conjugate).relative <= TOLERANCE) return
      const what = `generator ${k}, which takes element ${i} out of the span`
      throw new DomainError(where, 'generators that take the Lie algebra to itself by conjugation', what)
    })
  })
}
