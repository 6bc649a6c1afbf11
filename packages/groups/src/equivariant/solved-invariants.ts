import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { characterCount } from './character-count.ts'
import { Constraints } from './constraints.ts'
import { type ExactSolutions, exactSolutions } from './exact-solutions.ts'
import type { Factor } from './factor.ts'
import type { Invariants } from './invariants.ts'
import { keepVectors, keptVectors } from './kept-bases.ts'
import { illConditioned, solutionsOf } from './krylov.ts'
import { Representation } from './representation.ts'
import { requireBytes } from './required-bytes.ts'

/** Up to so many unknowns, solutions are found in whole numbers, which takes about 10 ms. */
const ALWAYS_EXACT = 64
/** So are solutions of equations with larger rounding errors: of matrices far from orthogonal. */
const LARGE_NOISE = 1e-12
/** The residual of a vector of norm 1 that passes for a solution, relative to the size of the equations. */
const SOLVED = 1e-12
/** Vectors that are closer to the span of others lose too many digits when they are made orthogonal. */
const CLOSE = 1e-3

/** The invariants in a tensor product of factors as solutions of linear equations: in whole numbers where they are few, else by iteration. */
export function solvedInvariants(where: string, group: MatrixGroup, factors: readonly Factor[], maximumBytes: number): Invariants {
  const constraints = new Constraints(factors)
  const { size } = constraints
  let whole: ExactSolutions | undefined | 'unknown' = 'unknown'
  const exact = (): ExactSolutions | undefined => {
    if (whole === 'unknown') whole = exactSolutions(constraints)
    return whole
  }
  const vectors =
    keptVectors(group, factors, (vector) => isSolution(constraints, vector)) ??
    found(where, group, factors, { constraints, exact, maximumBytes })
  const count = vectors.length / size
  return {
    count,
    size,
    orbits: undefined,
    evidence: () => (exact()?.bound === count ? 'exact' : 'iteration'),
    wholeNumbers: () => {
      const basis = exact()?.vectors
      return basis === undefined ? undefined : joined(basis, size)
    },
    vectors: () => vectors,
  }
}

interface Search {
  readonly constraints: Constraints
  readonly exact: () => ExactSolutions | undefined
  readonly maximumBytes: number
}

/** An orthonormal basis, [count, size]. */
function found(where: string, group: MatrixGroup, factors: readonly Factor[], { constraints, exact, maximumBytes }: Search): Float64Array {
  const { size } = constraints
  const mayHold = (count: number, more = ''): void =>
    requireBytes(where, `${count}${more} maps with ${size} entries`, 8 * count * size, maximumBytes)
  // There are at most as many solutions as unknowns. Only if so many would not fit, they are counted beforehand.
  if (8 * size * size > maximumBytes) mayHold(countedByCharacters(group, factors) ?? 0)
  const whole = size <= ALWAYS_EXACT || constraints.noise > LARGE_NOISE ? exact() : undefined
  const solutions = orthonormal(whole?.vectors ?? [], constraints) ?? solutionsOf(where, constraints, (count) => mayHold(count, ' or more'))
  if (whole !== undefined && whole.bound !== solutions.length)
    throw illConditioned(where, `${solutions.length} solutions, where exact integers say ${whole.bound}`)
  mayHold(solutions.length)
  const vectors = joined(solutions, size)
  keepVectors(group, factors, vectors)
  return vectors
}

/** How many invariants there are, by characters. */
function countedByCharacters(group: MatrixGroup, factors: readonly Factor[]): number | undefined {
  const tensors = new Representation(group, [{ multiplicity: 1, factors }])
  return characterCount(tensors.power(0), tensors)
}

const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))

/** Whether a vector of norm 1 solves the equations as well as the iteration would. */
const isSolution = (constraints: Constraints, vector: Float64Array): boolean => {
  const size = constraints.noise / Number.EPSILON
  return norm(constraints.forward(vector)) <= SOLVED * size && Math.abs(norm(vector) - 1) < SOLVED
}

/** An orthonormal basis of the span, by Gram and Schmidt, twice; undefined without vectors, or if they are too close to each other for it to solve the equations. */
function orthonormal(vectors: readonly Float64Array[], constraints: Constraints): Float64Array[] | undefined {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = vector.slice()
    const length = norm(vector)
    for (let pass = 0; pass < 2; pass++)
      for (const unit of basis) {
        const part = rest.reduce((sum, value, at) => sum + value * unit[at]!, 0)
        for (let at = 0; at < rest.length; at++) rest[at]! -= part * unit[at]!
      }
    const left = norm(rest)
    const unit = rest.map((value) => value / left)
    if (left < CLOSE * length || !isSolution(constraints, unit)) return undefined
    basis.push(unit)
  }
  return basis.length === 0 ? undefined : basis
}

/** Vectors one after the other. */
function joined(vectors: readonly Float64Array[], size: number): Float64Array {
  const result = new Float64Array(vectors.length * size)
  vectors.forEach((vector, k) => {
    result.set(vector, k * size)
  })
  return result
}
