import { DomainError } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { type Polynomial, polynomial, type Term } from './polynomial.ts'

/** The largest number of monomials in one orbit. */
const ORBIT_LIMIT = 1_000_000

/** The orbit of a monomial under a group, where h takes variable i to variable h(i). */
export function monomialOrbit(group: PermutationGroup, exponents: readonly number[]): number[][] {
  const first = [...exponents]
  const found = new Map([[first.join(), first]])
  for (const monomial of found.values()) {
    for (const { images } of group.generators) {
      const moved = new Array<number>(monomial.length)
      monomial.forEach((exponent, i) => {
        moved[images[i]!] = exponent
      })
      found.set(moved.join(), moved)
    }
    if (found.size > ORBIT_LIMIT) throw new DomainError('reynolds', `orbits of at most ${ORBIT_LIMIT} monomials`, 'a larger one')
  }
  return [...found.values()]
}

/**
 * The Reynolds operator of a group that permutes the variables: the mean (1/|H|) sum_h f(h x).
 *
 * Law: the result is invariant, and an invariant polynomial is its own mean. Computed from the orbit of each monomial, without enumerating the group.
 *
 * @throws DomainError if the number of variables differs from the degree of the group, or if an orbit has more than 1,000,000 monomials.
 */
export function reynolds(group: PermutationGroup, { variables, terms }: Polynomial): Polynomial {
  if (variables !== group.degree)
    throw new DomainError('reynolds', `a polynomial in ${group.degree} variables, one per point`, `one in ${variables}`)
  const mean = terms.flatMap(({ coefficient, exponents }): Term[] => {
    const orbit = monomialOrbit(group, exponents)
    return orbit.map((monomial) => ({ coefficient: coefficient / orbit.length, exponents: monomial }))
  })
  return polynomial(variables, mean)
}
