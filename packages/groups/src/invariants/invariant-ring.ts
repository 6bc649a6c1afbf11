import { DomainError } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { randomInteger, seededRandom } from '../random.ts'
import { PrimeField } from '../representation/prime-field.ts'
import { molienSeries } from './molien.ts'
import { type Polynomial, polynomial } from './polynomial.ts'
import { monomialOrbit } from './reynolds.ts'
import { exponentVectors } from './symmetric-polynomials.ts'

/** Generators of the ring of invariant polynomials of a group that permutes the variables. */
export interface InvariantRing {
  /** Orbit sums of monomials, in order of degree. Every invariant is a polynomial in them. */
  readonly generators: readonly Polynomial[]
  /** The largest degree that was searched. No generator of higher degree is needed. */
  readonly bound: number
}

/** The largest dimension of the space of invariants of one degree. */
const DIMENSION_LIMIT = 1500

/** The largest prime below 2^26. */
const PRIME = 67_108_859

/** The orbits of the monomials of a degree, each a list of exponent vectors. */
function orbitSums(group: PermutationGroup, degree: number): number[][][] {
  const seen = new Set<string>()
  const orbits: number[][][] = []
  for (const exponents of exponentVectors(group.degree, degree)) {
    if (seen.has(exponents.join())) continue
    const orbit = monomialOrbit(group, exponents)
    for (const monomial of orbit) seen.add(monomial.join())
    orbits.push(orbit)
  }
  return orbits
}

/** Random points modulo a prime, with the powers of their coordinates. Polynomials are compared by their values at these points. */
class SamplePoints {
  readonly field: PrimeField = new PrimeField(PRIME)
  readonly #powers: number[][][]

  constructor(variables: number, count: number, degree: number) {
    const random = seededRandom(1)
    this.#powers = Array.from({ length: count }, () =>
      Array.from({ length: variables }, () => {
        const coordinate = 1 + randomInteger(random, PRIME - 1)
        const powers = [1]
        while (powers.length <= degree) powers.push((powers.at(-1)! * coordinate) % PRIME)
        return powers
      }),
    )
  }

  /** The values of a sum of monomials at every point. */
  values(monomials: readonly (readonly number[])[]): number[] {
    return this.#powers.map((powers) =>
      monomials.reduce(
        (sum, exponents) => (sum + exponents.reduce((product, exponent, i) => (product * powers[i]![exponent]!) % PRIME, 1)) % PRIME,
        0,
      ),
    )
  }
}

/** The span of a growing set of vectors modulo a prime, stored as reduced rows. */
class Span {
  readonly #rows: { readonly pivot: number; readonly row: readonly number[] }[] = []
  readonly #field: PrimeField

  constructor(field: PrimeField) {
    this.#field = field
  }

  get dimension(): number {
    return this.#rows.length
  }

  /** Adds a vector. Returns false if it was already in the span. */
  add(vector: readonly number[]): boolean {
    const rest = [...vector]
    for (const { pivot, row } of this.#rows) {
      const factor = rest[pivot]!
      if (factor !== 0) for (let k = pivot; k < rest.length; k++) rest[k] = this.#field.reduce(rest[k]! - factor * row[k]!)
    }
    const pivot = rest.findIndex((entry) => entry !== 0)
    if (pivot < 0) return false
    const scale = this.#field.invert(rest[pivot]!)
    this.#rows.push({ pivot, row: rest.map((entry) => (entry * scale) % this.#field.p) })
    return true
  }
}

/** A degree that suffices for generators: the smaller of Noether's bound |H| and Goebel's bound max(n, n (n - 1) / 2). */
function degreeBound(group: PermutationGroup): number {
  const n = group.degree
  const goebel = Math.max(n, (n * (n - 1)) / 2)
  const order = group.order()
  return order < BigInt(goebel) ? Number(order) : goebel
}

/**
 * Generators of the ring of polynomials, over the rational numbers, that are invariant under a group of permutations of the variables.
 *
 * For each degree up to the bound of Noether or Goebel, the generators are the orbit sums of monomials that are not polynomials in the generators of lower
 * degree. Linear algebra at random points modulo a prime decides which these are. With probability below 10^-4 the result has a redundant generator; no
 * necessary generator is ever missing.
 *
 * @throws DomainError if a degree up to the bound has more than 1,500 independent invariants. This is checked before the search starts.
 * @see Noether 1916; Goebel 1995, "Computing bases for rings of permutation-invariant polynomials".
 * @example
 * invariantRing(symmetric(3)).generators.map(formatPolynomial)      // x0 + x1 + x2, then x0^2 + ..., then x0^3 + ...
 */
export function invariantRing(group: PermutationGroup): InvariantRing {
  const bound = degreeBound(group)
  const dimensions = molienSeries(group, bound)
  const largest = Math.max(...dimensions)
  if (largest > DIMENSION_LIMIT) {
    throw new DomainError(
      'invariantRing',
      `at most ${DIMENSION_LIMIT} independent invariants in each degree up to ${bound}`,
      `${largest}`,
      'Use a group of fewer points.',
    )
  }
  const points = new SamplePoints(group.degree, largest + 8, bound)
  const values = new Map<number, readonly number[][]>()
  const found: { readonly degree: number; readonly values: readonly number[]; readonly orbit: readonly (readonly number[])[] }[] = []
  for (let degree = 1; degree <= bound; degree++) {
    const orbits = orbitSums(group, degree)
    const sums = orbits.map((orbit) => points.values(orbit))
    values.set(degree, sums)
    const span = new Span(points.field)
    for (const generator of found) {
      for (const lower of values.get(degree - generator.degree)!) {
        // Stryker disable next-line all: a span of all invariants does not grow; going on only takes time
        if (span.dimension === dimensions[degree]) break
        span.add(lower.map((value, k) => (value * generator.values[k]!) % PRIME))
      }
    }
    orbits.forEach((orbit, k) => {
      // Stryker disable next-line ConditionalExpression,EqualityOperator: a span of all invariants does not grow
      if (span.dimension < dimensions[degree]! && span.add(sums[k]!)) found.push({ degree, values: sums[k]!, orbit })
    })
  }
  const generators = found.map(({ orbit }) =>
    polynomial(
      group.degree,
      orbit.map((exponents) => ({ coefficient: 1, exponents })),
    ),
  )
  return { generators, bound }
}
