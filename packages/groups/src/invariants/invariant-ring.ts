import { DomainError } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { randomInteger, seededRandom } from '../random.ts'
import { PrimeField } from '../representation/prime-field.ts'
import { molienSeries } from './molien.ts'
import { type Polynomial, polynomial } from './polynomial.ts'
import { monomialOrbit } from './reynolds.ts'
import { exponentVectors } from './symmetric-polynomials.ts'

/** Generators of all invariant polynomials of a group that permutes the variables. */
export interface InvariantRing {
  /** Orbit sums of monomials, from lower to higher degree; every invariant is a polynomial in them. */
  readonly generators: readonly Polynomial[]
  /** The degree up to which generators were looked for; none is needed beyond. */
  readonly bound: number
}

/** The most dimensions of the invariants of one degree. */
const DIMENSION_LIMIT = 1500

/** The largest prime below 2^26. */
const PRIME = 67_108_859

/** One exponent vector for each orbit of monomials of a degree, with the orbit. */
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

/** Random points modulo a prime, at which polynomials are told apart; and the powers of their coordinates. */
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

  /** The values of a sum of monomials at all points. */
  values(monomials: readonly (readonly number[])[]): number[] {
    return this.#powers.map((powers) =>
      monomials.reduce(
        (sum, exponents) => (sum + exponents.reduce((product, exponent, i) => (product * powers[i]![exponent]!) % PRIME, 1)) % PRIME,
        0,
      ),
    )
  }
}

/** A growing space of vectors modulo a prime, by reduced rows. */
class Span {
  readonly #rows: { readonly pivot: number; readonly row: readonly number[] }[] = []
  readonly #field: PrimeField

  constructor(field: PrimeField) {
    this.#field = field
  }

  get dimension(): number {
    return this.#rows.length
  }

  /** Adds a vector; false if it was in the space. */
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

/** The degree beyond which no generator is needed: Noether's |H| or Goebel's max(n, n (n - 1) / 2), the smaller. */
function degreeBound(group: PermutationGroup): number {
  const n = group.degree
  const goebel = Math.max(n, (n * (n - 1)) / 2)
  const order = group.order()
  return order < BigInt(goebel) ? Number(order) : goebel
}

/**
 * Generators of the ring of polynomials that a group of permutations of the variables leaves invariant, over the rational numbers.
 *
 * Degree by degree, up to a bound that is a theorem: orbit sums of monomials that are not polynomials in the generators of lower degree. These are decided by
 * linear algebra at random points modulo a prime. An accident there (of probability below 10^-4) can add a generator that is not needed; it never leaves one out.
 *
 * @throws DomainError if a degree within the bound has more than 1,500 independent invariants; nothing is computed before.
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
      `at most ${DIMENSION_LIMIT} independent invariants of a degree up to ${bound}`,
      `${largest}`,
      'There are too many monomials of that degree: take fewer points.',
    )
  }
  const points = new SamplePoints(group.degree, largest + 8, bound)
  const values: number[][][] = [[points.values([new Array<number>(group.degree).fill(0)])]]
  const found: { readonly degree: number; readonly values: readonly number[]; readonly orbit: readonly (readonly number[])[] }[] = []
  for (let degree = 1; degree <= bound; degree++) {
    const orbits = orbitSums(group, degree)
    values.push(orbits.map((orbit) => points.values(orbit)))
    const span = new Span(points.field)
    for (const generator of found) {
      for (const lower of values[degree - generator.degree]!) {
        if (span.dimension === dimensions[degree]) break
        span.add(lower.map((value, k) => (value * generator.values[k]!) % PRIME))
      }
    }
    orbits.forEach((orbit, k) => {
      if (span.dimension < dimensions[degree]! && span.add(values[degree]![k]!)) found.push({ degree, values: values[degree]![k]!, orbit })
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
