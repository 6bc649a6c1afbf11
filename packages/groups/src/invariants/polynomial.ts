import { DomainError, requireInteger } from '../errors.ts'

/** A coefficient times a product of powers of the variables. */
export interface Term {
  readonly coefficient: number
  /** One exponent per variable. */
  readonly exponents: readonly number[]
}

/** A polynomial in the variables x_0 to x_{variables - 1}. Terms are sorted by decreasing degree, then by exponents in decreasing lexicographic order. */
export interface Polynomial {
  readonly variables: number
  readonly terms: readonly Term[]
}

const degreeOf = (exponents: readonly number[]): number => exponents.reduce((sum, exponent) => sum + exponent, 0)

function inOrder(a: Term, b: Term): number {
  const byDegree = degreeOf(b.exponents) - degreeOf(a.exponents)
  if (byDegree !== 0) return byDegree
  const k = a.exponents.findIndex((exponent, i) => exponent !== b.exponents[i])
  return k < 0 ? 0 : b.exponents[k]! - a.exponents[k]!
}

/**
 * Builds a polynomial from terms. Terms with equal monomials are added; terms whose coefficient becomes 0 are dropped.
 *
 * @throws DomainError if a term does not have one exponent per variable, or an exponent is not a non-negative integer.
 */
export function polynomial(variables: number, terms: readonly Term[]): Polynomial {
  requireInteger('polynomial', 'the number of variables', variables, 0)
  const sums = new Map<string, Term>()
  for (const { coefficient, exponents } of terms) {
    if (exponents.length !== variables || !exponents.every((exponent) => Number.isInteger(exponent) && exponent >= 0)) {
      throw new DomainError('polynomial', `${variables} exponents that are non-negative integers`, `[${exponents.join(', ')}]`)
    }
    const key = exponents.join()
    sums.set(key, { coefficient: coefficient + (sums.get(key)?.coefficient ?? 0), exponents: [...exponents] })
  }
  return { variables, terms: [...sums.values()].filter(({ coefficient }) => coefficient !== 0).sort(inOrder) }
}

/** The value of a polynomial at a point. */
export function evaluatePolynomial({ variables, terms }: Polynomial, point: ArrayLike<number>): number {
  if (point.length !== variables) throw new DomainError('evaluatePolynomial', `a point of ${variables} numbers`, `${point.length}`)
  return terms.reduce(
    (sum, { coefficient, exponents }) => sum + exponents.reduce((product, exponent, i) => product * point[i]! ** exponent, coefficient),
    0,
  )
}

/** The product of two polynomials in the same variables. */
export function multiplyPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  if (a.variables !== b.variables)
    throw new DomainError('multiplyPolynomials', `polynomials in the same variables`, `${a.variables} and ${b.variables} variables`)
  const terms = a.terms.flatMap((x) =>
    b.terms.map((y) => ({
      coefficient: x.coefficient * y.coefficient,
      exponents: x.exponents.map((exponent, i) => exponent + y.exponents[i]!),
    })),
  )
  return polynomial(a.variables, terms)
}

/** A polynomial as text, such as `3 x0^2 x1 + x2`. */
export function formatPolynomial({ terms }: Polynomial): string {
  if (terms.length === 0) return '0'
  const written = terms.map(({ coefficient, exponents }, k) => {
    const powers = exponents.flatMap((exponent, i) => (exponent === 0 ? [] : [exponent === 1 ? `x${i}` : `x${i}^${exponent}`]))
    const size = Math.abs(coefficient)
    const factors = size === 1 && powers.length > 0 ? powers : [String(size), ...powers]
    const sign = k === 0 ? (coefficient < 0 ? '-' : '') : coefficient < 0 ? ' - ' : ' + '
    return sign + factors.join(' ')
  })
  return written.join('')
}
