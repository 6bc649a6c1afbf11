import { subsetsInOrder } from '../action/subsets.ts'
import { requireInteger } from '../errors.ts'
import { type Polynomial, polynomial, type Term } from './polynomial.ts'

const exponentsAt = (variables: number, places: readonly number[], exponent: number): number[] =>
  Array.from({ length: variables }, (_, i) => (places.includes(i) ? exponent : 0))

/** The power sum x_0^k + x_1^k + ... The power sums of degree 1 to n generate all symmetric polynomials in n variables. */
export function powerSum(variables: number, degree: number): Polynomial {
  requireInteger('powerSum', 'the degree', degree, 0)
  return polynomial(
    variables,
    Array.from({ length: variables }, (_, i) => ({ coefficient: 1, exponents: exponentsAt(variables, [i], degree) })),
  )
}

/** The elementary symmetric polynomial: the sum of all products of `degree` distinct variables. */
export function elementarySymmetric(variables: number, degree: number): Polynomial {
  requireInteger('elementarySymmetric', 'the degree', degree, 0)
  const terms: Term[] = []
  if (degree <= variables)
    for (const places of subsetsInOrder(variables, degree)) terms.push({ coefficient: 1, exponents: exponentsAt(variables, places, 1) })
  return polynomial(variables, terms)
}

/** All lists of `length` non-negative integers with the given sum, in decreasing lexicographic order. */
export function exponentVectors(length: number, sum: number): number[][] {
  if (length === 0) return sum === 0 ? [[]] : []
  if (length === 1) return [[sum]]
  return Array.from({ length: sum + 1 }, (_, k) => sum - k).flatMap((first) =>
    exponentVectors(length - 1, sum - first).map((rest) => [first, ...rest]),
  )
}

/**
 * The polarized power sums of n points of dimension d: sum_i product_j x_ij^(a_j), for every exponent vector a of degree 1 to `maximumDegree`.
 *
 * With `maximumDegree` n they generate all polynomials that do not depend on the order of the n points. Variable i d + j is coordinate j of point i.
 *
 * @param maximumDegree - n by default.
 * @see Weyl 1946, "The classical groups", chapter II.3.
 */
export function polarizedPowerSums(points: number, dimension: number, maximumDegree: number = points): Polynomial[] {
  requireInteger('polarizedPowerSums', 'the number of points', points, 0)
  requireInteger('polarizedPowerSums', 'the dimension', dimension, 0)
  const variables = points * dimension
  return Array.from({ length: maximumDegree }, (_, k) => k + 1).flatMap((degree) =>
    exponentVectors(dimension, degree).map((exponents) =>
      polynomial(
        variables,
        Array.from({ length: points }, (_, i) => {
          const all = new Array<number>(variables).fill(0)
          exponents.forEach((exponent, j) => {
            all[i * dimension + j] = exponent
          })
          return { coefficient: 1, exponents: all }
        }),
      ),
    ),
  )
}
