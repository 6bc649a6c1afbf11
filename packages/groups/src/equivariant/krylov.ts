import { DomainError } from '../errors.ts'
import { normal } from '../matrix/matrix-group.ts'
import { seededRandom } from '../random.ts'

/** Linear equations C x = 0, by their products with vectors. */
export interface LinearEquations {
  /** The number of unknowns. */
  readonly size: number
  /** The rounding error of C x for a vector of norm 1, about. */
  readonly noise: number
  /** C x. */
  forward(x: Float64Array): Float64Array
  /** C^T r. */
  transposed(r: Float64Array): Float64Array
}

const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0
  for (let at = 0; at < x.length; at++) sum += x[at]! * y[at]!
  return sum
}

const norm = (x: Float64Array): number => Math.sqrt(dot(x, x))

/** x += factor y. */
const addTo = (x: Float64Array, factor: number, y: Float64Array): void => {
  for (let at = 0; at < x.length; at++) x[at]! += factor * y[at]!
}

/** The gradient at which conjugate gradients stop, relative to the first one. */
const CLOSE = 1e-13
/** The residual of a solution of norm 1, relative to that of a random vector. */
const SOLVED = 1e-13
/** A random vector of unit variance whose part outside the solutions found is shorter than this has none: with probability 1 - 1e-7. */
const NOTHING = 1e-7
/** So many random vectors in a row must have no part outside the solutions found. */
const CONFIRMATIONS = 2
/** The smallest residual of vectors that are no solutions, relative to that of a random vector. */
const GAP = 1e-8
const MOST_ROUNDS = 20

/**
 * The part of x that C does not map to 0, by conjugate gradients on the least squares of C y = C x. Few steps, if C^T C has few different eigenvalues.
 *
 * @see Bjorck 1996, "Numerical methods for least squares problems", algorithm 7.4.1 (CGLS): its error grows with the condition of C, not with the square.
 */
function unsolvedPart(equations: LinearEquations, x: Float64Array, residual: Float64Array): Float64Array {
  const y = new Float64Array(x.length)
  const rest = residual.slice()
  const direction = equations.transposed(rest)
  let square = dot(direction, direction)
  const goal = square * CLOSE ** 2
  const longest = norm(x) * (1 + 1e-6)
  for (let step = 0; step < 2 * x.length + 50 && square > goal; step++) {
    const image = equations.forward(direction)
    const length = square / dot(image, image)
    if (!Number.isFinite(length)) break
    addTo(y, length, direction)
    // It is a projection, and grows from 0: a longer one is rounding errors.
    if (norm(y) > longest) {
      addTo(y, -length, direction)
      break
    }
    addTo(rest, -length, image)
    const gradient = equations.transposed(rest)
    const next = dot(gradient, gradient)
    const ratio = next / square
    for (let at = 0; at < direction.length; at++) direction[at] = gradient[at]! + ratio * direction[at]!
    square = next
  }
  return y
}

/** Projects vectors on the solutions, and remembers how far random vectors were from them. */
class Projection {
  readonly #where: string
  readonly #equations: LinearEquations
  #stretch = 0

  constructor(where: string, equations: LinearEquations) {
    this.#where = where
    this.#equations = equations
  }

  /** Removes from x what C does not map to 0. @throws DomainError if rounding errors do not allow it. */
  apply(x: Float64Array): void {
    const { size, noise } = this.#equations
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const residual = this.#equations.forward(x)
      const [length, ratio] = [norm(x), norm(residual) / norm(x)]
      if (round === 0) this.#stretch = Math.max(this.#stretch, ratio)
      if (length < NOTHING / 2 || ratio <= Math.max(SOLVED * this.#stretch, 4 * noise)) return
      const part = unsolvedPart(this.#equations, x, residual)
      this.#requireGap(part, length)
      addTo(x, -1, part)
    }
    throw illConditioned(this.#where, `none in ${MOST_ROUNDS} rounds for ${size} unknowns`)
  }

  /** @throws DomainError if vectors that are no solutions nearly are. Others may then be so near that they pass for solutions. */
  #requireGap(part: Float64Array, length: number): void {
    const size = norm(part)
    const stretch = norm(this.#equations.forward(part)) / size
    if (size > NOTHING * length && stretch < GAP * this.#stretch)
      throw illConditioned(this.#where, `vectors with a relative residual of ${stretch / this.#stretch} that are no solutions`)
  }
}

/** The error of equations whose solutions float64 cannot tell from other vectors. */
export const illConditioned = (where: string, received: string): DomainError =>
  new DomainError(
    where,
    'equations whose solutions the iteration finds to a relative residual of 1e-13',
    received,
    'Choose a basis in which the generators are closer to orthogonal matrices, and scale the Lie algebra to entries near 1.',
  )

/**
 * An orthonormal basis of the solutions of linear equations: random vectors are projected by conjugate gradients until two in a row have nothing new. No matrix
 * is formed.
 *
 * @param mayHold - throws if so many vectors are too many to hold.
 * @throws DomainError if the iteration does not reach a relative residual of 1e-13.
 * @remarks Cost: for each solution about as many products with C and its transpose as C^T C has different eigenvalues. Solutions are lost among vectors with
 * |C x| < 1e-13 |C| |x|.
 */
export function solutionsOf(where: string, equations: LinearEquations, mayHold: (count: number) => void): Float64Array[] {
  const { size } = equations
  const random = seededRandom(1)
  const projection = new Projection(where, equations)
  const found: Float64Array[] = []
  /** The part of x among the solutions outside those found, of norm 1; undefined if there is none. */
  const fresh = (x: Float64Array): Float64Array | undefined => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      projection.apply(x)
      for (const unit of found) addTo(x, -dot(unit, x), unit)
      const length = norm(x)
      if (length < NOTHING) return undefined
      for (let at = 0; at < size; at++) x[at]! /= length
      // What was projected twice and has kept its length is a solution, and no rounding error that was scaled up. It is orthogonalized twice, too.
      if (round > 0 && length > 0.9) return x
    }
    throw illConditioned(where, `vectors that are no clear solutions among ${size} unknowns`)
  }
  for (let misses = 0; misses < CONFIRMATIONS && found.length < size; ) {
    const x = fresh(Float64Array.from({ length: size }, () => normal(random)))
    misses = x === undefined ? misses + 1 : 0
    if (x === undefined) continue
    mayHold(found.length + 1)
    found.push(x)
  }
  return found
}
