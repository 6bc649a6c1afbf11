import type { Matrix } from '../matrix/dense.ts'
import { meanPoints } from '../matrix/finite-elements.ts'
import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { naturalFactor, requireOneGroup } from './factor.ts'
import { Representation } from './representation.ts'

/** The trace of each summand's matrix, summed. */
function character(given: Representation, element: Matrix): number {
  return given.summands.reduce((sum, { multiplicity, factors }) => {
    const product = factors.reduce((traces, factor) => {
      const matrix = factor.matrix(element)
      let trace = 0
      for (let at = 0; at < matrix.length; at += factor.dimension + 1) trace += matrix[at]!
      return traces * trace
    }, multiplicity)
    return sum + product
  }, 0)
}

/** The degree of the character as a polynomial of the entries of group elements and of their inverses. */
const degreeOf = ({ summands }: Representation): number =>
  summands.reduce(
    (most, { factors }) =>
      Math.max(
        most,
        factors.reduce((sum, { degree }) => sum + degree, 0),
      ),
    0,
  )

/** The representation of another group with the same words; undefined if it is made of more than V and V*. */
function inWordsOf(given: Representation, group: MatrixGroup): Representation | undefined {
  const [v, other] = [naturalFactor(given.group), naturalFactor(group)]
  const summands = given.summands.map(({ multiplicity, factors }) => ({
    multiplicity,
    factors: factors.flatMap((factor) => (factor === v ? [other] : factor === v.dual ? [other.dual] : [])),
  }))
  return summands.every(({ factors }, k) => factors.length === given.summands[k]!.factors.length)
    ? new Representation(group, summands)
    : undefined
}

/**
 * The number of independent equivariant maps, by the mean of the product of the characters: of all elements of a finite group, or of a quadrature of a compact
 * one, which may be the compact form of the group (SO(4) for the Lorentz group). It does not use the equations of `equivariantBasis`.
 *
 * @returns undefined if the group has neither a quadrature nor at most 5000 elements nor a compact form that the representations fit, or the mean is not a whole
 * number to 1e-6.
 */
export function characterCount(input: Representation, output: Representation): number | undefined {
  requireOneGroup('characterCount', input.group, output.group)
  const compact = input.group.compactForm?.()
  if (compact !== undefined) {
    const [from, to] = [inWordsOf(input, compact), inWordsOf(output, compact)]
    return from === undefined || to === undefined ? undefined : characterCount(from, to)
  }
  const points = meanPoints(input.group, degreeOf(input) + degreeOf(output))
  if (points === undefined) return undefined
  const { dual } = input
  const mean = points.reduce((sum, { element, weight }) => sum + weight * character(output, element) * character(dual, element), 0)
  const count = Math.round(mean) + 0
  return Math.abs(mean - count) < 1e-6 * Math.max(1, count) ? count : undefined
}
