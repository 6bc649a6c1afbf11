import { seededRandom } from '../random.ts'
import { PrimeField } from '../representation/prime-field.ts'
import type { Constraints } from './constraints.ts'

/** The largest prime below 2^26. */
const PRIME = 67_108_859
/** The most unknowns: elimination costs their cube. */
const MOST_UNKNOWNS = 256
/** Entries are multiples of 1 / 4. */
const DENOMINATOR = 4
/** The largest magnitude of an entry of a solution: sums of 256 products with coefficients below 2^24 are exact in float64. */
const LARGEST_ENTRY = 2 ** 18

/** What elimination in whole numbers says about solutions. */
export interface ExactSolutions {
  /** There are no more independent ones. */
  readonly bound: number
  /** Independent solutions in whole numbers, as many as the bound; undefined if their entries are too large to be found. */
  readonly vectors: readonly Float64Array[] | undefined
}

/**
 * The solutions of equations with rational coefficients, in whole numbers; undefined if coefficients are not multiples of 1/4 or there are more than 256 unknowns.
 *
 * Law: there are at most `bound` independent solutions, and `vectors` are that many, so they span all. Neither depends on rounding or on the prime: a rank modulo a
 * prime is at most that of the rational matrix, random sums of equations imply no more than the equations, and each vector is put into all equations.
 *
 * @remarks Cost: the cube of the number of unknowns. Vectors are the solutions modulo a prime near 2^26, read as fractions with numerators and denominators below 5,793.
 */
export function exactSolutions(constraints: Constraints): ExactSolutions | undefined {
  const { size } = constraints
  if (size > MOST_UNKNOWNS) return undefined
  const field = new PrimeField(PRIME)
  const sums = sumsOfEquations(constraints, field)
  if (sums === undefined) return undefined
  const kernel = field.kernel(sums)
  const vectors: Float64Array[] = []
  for (const residues of kernel) {
    const vector = wholeVector(residues, field)
    if (vector === undefined || constraints.forward(vector).some((value) => value !== 0)) break
    vectors.push(vector)
  }
  return { bound: kernel.length, vectors: vectors.length === kernel.length ? vectors : undefined }
}

/** A few more random sums of all equations than there are unknowns, modulo the prime; undefined if a coefficient is no multiple of 1/4. */
function sumsOfEquations(constraints: Constraints, field: PrimeField): number[][] | undefined {
  const { size } = constraints
  const random = seededRandom(2)
  const sums = Array.from({ length: size + 4 }, () => new Array<number>(size).fill(0))
  const factors = Array.from({ length: constraints.count * size }, () => sums.map(() => Math.floor(random() * PRIME)))
  for (let unknown = 0; unknown < size; unknown++) {
    const unit = new Float64Array(size)
    unit[unknown] = 1
    const column = constraints.forward(unit)
    for (let row = 0; row < column.length; row++) {
      const value = DENOMINATOR * column[row]!
      if (!Number.isInteger(value) || Math.abs(value) >= PRIME) return undefined
      if (value === 0) continue
      const entry = field.reduce(value)
      const scales = factors[row]!
      for (let k = 0; k < sums.length; k++) sums[k]![unknown] = (sums[k]![unknown]! + ((entry * scales[k]!) % PRIME)) % PRIME
    }
  }
  return sums
}

/** The vector of least whole numbers that is proportional to residues; undefined if one is no small fraction. */
function wholeVector(residues: readonly number[], field: PrimeField): Float64Array | undefined {
  let common = 1
  for (const residue of residues) {
    const denominator = denominatorOf((residue * common) % PRIME)
    if (denominator === undefined) return undefined
    common *= denominator
    if (common > LARGEST_ENTRY) return undefined
  }
  const vector = Float64Array.from(residues, (residue) => {
    const value = field.reduce(residue * common)
    return value > PRIME / 2 ? value - PRIME : value
  })
  return vector.every((value) => Math.abs(value) <= LARGEST_ENTRY) ? vector : undefined
}

/** The denominator of the only fraction with numerator and denominator below sqrt(p / 2) that is equal to a residue; undefined if there is none. */
function denominatorOf(residue: number): number | undefined {
  const most = Math.floor(Math.sqrt(PRIME / 2))
  let [previous, rest] = [PRIME, residue]
  let [before, factor] = [0, 1]
  while (rest > most) {
    const quotient = Math.floor(previous / rest)
    ;[previous, rest] = [rest, previous - quotient * rest]
    ;[before, factor] = [factor, before - quotient * factor]
  }
  return Math.abs(factor) <= most ? Math.abs(factor) : undefined
}
