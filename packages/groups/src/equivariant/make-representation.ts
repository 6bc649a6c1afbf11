import type { Action } from '../action/action.ts'
import { sameGroup } from '../action/constructors.ts'
import { DomainError, requireInteger } from '../errors.ts'
import { exponential, identityMatrix, largestEntry, type Matrix, multiplyMatrices } from '../matrix/dense.ts'
import { type MatrixGroup, permutationMatrix } from '../matrix/matrix-group.ts'
import { permutationOf, sparseMatrix, sparsePermutation } from '../matrix/sparse.ts'
import { Permutation } from '../permutation/permutation.ts'
import { seededRandom } from '../random.ts'
import { Factor, type FactorOptions, naturalFactor } from './factor.ts'
import { Representation, type RepresentationSummand } from './representation.ts'

const LONGEST_TEXT = 10_000

/** One term: a number of copies, then powers of V and V*. */
const TERM = /^(\d+)?\s*((?:V\*?(?:\^\d+)?\s*)*)$/

/**
 * The representation of a group of matrices by itself, or one built from it, in words.
 *
 * `V` is the group itself and `V*` its dual, `V^2 V*` a tensor product, `V^0` the scalars, `3V` three copies, `+` a direct sum.
 *
 * @throws DomainError if the text says something else.
 * @example
 * representation(specialOrthogonal(3), '100V^0 + 30V + V^2').dimension      // 199
 */
export function representation(group: MatrixGroup, text = 'V'): Representation {
  if (text.length > LONGEST_TEXT) throw new DomainError('representation', `a text of at most ${LONGEST_TEXT} characters`, `${text.length}`)
  if (text.trim() === '0') return new Representation(group, [])
  return new Representation(
    group,
    text.split('+').map((term) => readTerm(group, term.trim())),
  )
}

function readTerm(group: MatrixGroup, term: string): RepresentationSummand {
  const [whole, count = '1', product = ''] = TERM.exec(term) ?? []
  if (whole === undefined || product === '')
    throw new DomainError('representation', 'a sum of terms such as 3V, V^2 V* or V^0', JSON.stringify(term))
  const natural = naturalFactor(group)
  const factors = [...product.matchAll(/V(\*?)(?:\^(\d+))?/g)].flatMap(([, star, exponent = '1']) => {
    const length = requireInteger('representation', 'an exponent', Number(exponent), 0, 64)
    return Array<Factor>(length).fill(star === '*' ? natural.dual : natural)
  })
  return { multiplicity: Number(count), factors }
}

/** What a representation by a function is made of. */
export interface GivenRepresentation extends Pick<FactorOptions, 'dimension' | 'matrix'> {
  /** The matrix of an element of the Lie algebra: the derivative of `matrix` at the unit element. May be left out for discrete groups. */
  readonly derivative?: (element: Matrix) => Matrix
  /** The name in texts; `W` by default. */
  readonly name?: string
  /** The degree of `matrix` as a polynomial of the entries of the group element; its dimension by default. Only `characterCount` uses it. */
  readonly degree?: number
}

/**
 * A representation that is given as a function of the matrices of the group, such as the Wigner matrices, a determinant, or a rotation by twice the angle.
 *
 * @throws DomainError if the function is no homomorphism: rho(1) must be 1, rho(g h) = rho(g) rho(h), rho(exp A) = exp(d rho(A)), for generators and random elements.
 * @example
 * const G = specialOrthogonal(2)
 * const twice = givenRepresentation(G, { dimension: 2, matrix: (g) => multiply(g, g), derivative: (a) => a.map((x) => 2 * x) })
 */
export function givenRepresentation(group: MatrixGroup, options: GivenRepresentation): Representation {
  const { dimension, matrix, derivative, name = 'W', degree = dimension } = options
  requireInteger('givenRepresentation', 'the dimension', dimension, 1, 2 ** 14)
  if (derivative === undefined && group.lieAlgebra.length > 0)
    throw new DomainError('givenRepresentation', 'a derivative, as the group has a Lie algebra', 'none')
  const factor = new Factor(group, { name, dimension, degree, matrix, derivative: derivative ?? (() => new Float64Array(dimension ** 2)) })
  requireHomomorphism('givenRepresentation', factor)
  return new Representation(group, [{ multiplicity: 1, factors: [factor] }])
}

const TOLERANCE = 1e-8

/** @throws DomainError if the matrices of a factor do not multiply as the group elements do. */
function requireHomomorphism(where: string, factor: Factor): void {
  const { group, dimension: n } = factor
  const demand = (law: string, a: Matrix, b: Matrix): void => {
    const error = a.length === b.length ? largestEntry(a.map((x, at) => x - b[at]!)) / (1 + largestEntry(b)) : Infinity
    if (error < TOLERANCE) return
    throw new DomainError(where, `a function with ${law}`, error === Infinity ? `matrices of another size` : `a difference of ${error}`)
  }
  const random = seededRandom(1)
  const drawn = [group.random(random, { deviation: 0.3, length: 2 }), group.random(random, { deviation: 0.3, length: 2 })]
  const elements = [...group.generators, ...drawn]
  demand('rho(1) = 1', factor.matrix(identityMatrix(group.dimension)), identityMatrix(n))
  for (const g of elements)
    for (const h of elements) {
      const image = factor.matrix(multiplyMatrices(g, h, group.dimension))
      demand('rho(g h) = rho(g) rho(h)', image, multiplyMatrices(factor.matrix(g), factor.matrix(h), n))
    }
  for (const element of group.lieAlgebra) {
    const small = element.map((x) => 0.3 * x)
    demand('rho(exp A) = exp(d rho(A))', factor.matrix(exponential(small, group.dimension)), exponential(factor.derivative(small), n))
  }
}

/**
 * A representation of a group as one of another group that maps to it, such as a subgroup, or a direct product that maps to a factor.
 *
 * @param given - a representation of the larger group.
 * @param group - the group whose elements `map` turns into elements of the larger one.
 * @param map - a linear map of matrices, used for group elements and for the Lie algebra. Left out for a subgroup: the same matrices.
 * @throws DomainError if the map is no homomorphism.
 * @remarks Restrict all that belongs together in one call, or build sums and products afterwards: factors of two calls count as different representations.
 */
export function restrict(
  given: Representation,
  group: MatrixGroup,
  map: (element: Matrix) => Matrix = (element) => element,
): Representation {
  const known = new Map<Factor, Factor>()
  const pulled = (factor: Factor): Factor => {
    const found = known.get(factor)
    if (found !== undefined) return found
    const result = new Factor(group, {
      name: factor.name,
      dimension: factor.dimension,
      degree: factor.degree,
      matrix: (element) => factor.matrix(map(element)),
      derivative: (element) => factor.derivative(map(element)),
    })
    requireHomomorphism('restrict', result)
    known.set(factor, result)
    known.set(factor.dual, result.dual)
    return result
  }
  const summands = given.summands.map(({ multiplicity, factors }) => ({ multiplicity, factors: factors.map(pulled) }))
  return new Representation(group, summands)
}

/**
 * A representation of one factor of a direct product, as one of `matrixProduct(g, h)`: the other factor does nothing.
 *
 * @param side - which of the two it is a representation of.
 */
export function restrictToFactor(given: Representation, product: MatrixGroup, side: 'first' | 'second'): Representation {
  const [n, size] = [given.group.dimension, product.dimension]
  if (n >= size) throw new DomainError('restrictToFactor', `a product of a group of ${n} rows with another`, `a group of ${size} rows`)
  const start = side === 'first' ? 0 : size - n
  return restrict(given, product, (element) =>
    Float64Array.from({ length: n * n }, (_, at) => element[(start + Math.floor(at / n)) * size + start + (at % n)]!),
  )
}

/**
 * The representation by the permutation matrices of an action.
 *
 * @param group - `permutationMatrices(action.group)`.
 * @throws DomainError if it is another group.
 */
export function permutationRepresentation(group: MatrixGroup, action: Action, name = 'P'): Representation {
  if (group.permutations === undefined || !sameGroup(group.permutations, action.group))
    throw new DomainError('permutationRepresentation', 'an action of the group of the permutation matrices', 'one of another group')
  const n = group.dimension
  const factor = new Factor(group, {
    name,
    dimension: action.degree,
    degree: 1,
    matrix: (element) => {
      const images = permutationOf(sparseMatrix(element, n))
      if (images === undefined) throw new DomainError('permutationRepresentation', 'a permutation matrix', 'another matrix')
      return permutationMatrix(action.image(Permutation.fromImages(images)).images)
    },
    derivative: () => new Float64Array(action.degree ** 2),
    generators: () => action.generators.map(({ images }) => sparsePermutation(images)),
  })
  return new Representation(group, [{ multiplicity: 1, factors: [factor] }])
}
