import { DomainError } from '../errors.ts'
import { normal } from '../matrix/matrix-group.ts'
import { seededRandom } from '../random.ts'

/** A symmetric positive semidefinite operator on vectors of a size. */
export interface SemidefiniteOperator {
  readonly size: number
  square(x: Float64Array): Float64Array
}

const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0
  for (let at = 0; at < x.length; at++) sum += x[at]! * y[at]!
  return sum
}

const subtract = (x: Float64Array, factor: number, y: Float64Array): void => {
  for (let at = 0; at < x.length; at++) x[at]! -= factor * y[at]!
}

/** The residual at which conjugate gradients stop, relative to the right side. */
const CLOSE = 2e-14
/** The residual of a null vector, relative to the largest stretch that was seen. */
const NULL = 1e-13
/** A random vector of unit variance whose null part outside the vectors found is shorter than this has none: with probability 1 - 1e-7. */
const NOTHING = 1e-7
/** So many random vectors in a row must have no part outside the vectors found. */
const CONFIRMATIONS = 2
const MOST_ROUNDS = 12

/** Removes from x what the operator does not map to 0, by conjugate gradients on L y = L x. Few steps, if the operator has few different eigenvalues. */
function projectOnce(operator: SemidefiniteOperator, x: Float64Array, image: Float64Array): void {
  const rest = image.slice()
  const direction = image.slice()
  let square = dot(rest, rest)
  const goal = square * CLOSE ** 2
  for (let step = 0; step < 2 * x.length + 50 && square > goal; step++) {
    const moved = operator.square(direction)
    const length = square / dot(direction, moved)
    subtract(x, length, direction)
    subtract(rest, length, moved)
    const next = dot(rest, rest)
    const ratio = next / square
    for (let at = 0; at < x.length; at++) direction[at] = rest[at]! + ratio * direction[at]!
    square = next
  }
}

/**
 * An orthonormal basis of the vectors that a symmetric positive semidefinite operator maps to 0: random vectors are projected by conjugate gradients until two in
 * a row have nothing new. No matrix is formed.
 *
 * @param mayHold - throws if so many vectors are too many to hold.
 * @returns [count, size], row-major.
 * @throws DomainError if the iteration does not reach a relative residual of 1e-13.
 * @remarks Cost: an application of the operator for each step; about as many steps as the operator has different eigenvalues, three times, for each vector.
 */
export function nullVectors(where: string, operator: SemidefiniteOperator, mayHold: (count: number) => void): Float64Array[] {
  const { size } = operator
  const random = seededRandom(1)
  const found: Float64Array[] = []
  let stretch = 0
  const project = (x: Float64Array): void => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const image = operator.square(x)
      const ratio = Math.sqrt(dot(image, image) / dot(x, x))
      stretch = Math.max(stretch, round === 0 ? ratio : 0)
      if (!(ratio > NULL * stretch)) return
      projectOnce(operator, x, image)
      if (dot(x, x) < NOTHING ** 2 / 4) return
    }
    throw new DomainError(
      where,
      `an iteration that reaches a residual of ${NULL}`,
      `none in ${MOST_ROUNDS} rounds for ${size} unknowns`,
      'Scale the generators to entries near 1.',
    )
  }
  const orthogonalize = (x: Float64Array): void => {
    for (let pass = 0; pass < 2; pass++) for (const unit of found) subtract(x, dot(unit, x), unit)
  }
  for (let misses = 0; misses < CONFIRMATIONS && found.length < size; ) {
    const x = Float64Array.from({ length: size }, () => normal(random))
    orthogonalize(x)
    project(x)
    orthogonalize(x)
    if (Math.sqrt(dot(x, x)) < NOTHING) {
      misses++
      continue
    }
    misses = 0
    mayHold(found.length + 1)
    const norm = Math.sqrt(dot(x, x))
    found.push(x.map((value) => value / norm))
  }
  return found
}
