import { DomainError, requireInteger } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { type RandomSource, randomInteger } from '../random.ts'
import { type MatrixLike, readMatrix, requireInvertible, requireLieAlgebra } from './consistency.ts'
import { exponential, identityMatrix, type Matrix, multiplyMatrices } from './dense.ts'
import { type SparseMatrix, sparseMatrix, sparsePermutation } from './sparse.ts'

/** What a group of matrices is made of. */
export interface MatrixGroupOptions {
  /** Discrete generators. Their inverses are in the group too. */
  readonly generators?: readonly MatrixLike[]
  /** A basis of the Lie algebra: exp(t A) is in the group for each of them and every t. */
  readonly lieAlgebra?: readonly MatrixLike[]
  /** The name in texts; `G` by default. */
  readonly name?: string
  /** Elements whose weighted mean is the mean over the group, see `MatrixGroup.quadrature`. The named compact groups have one. */
  readonly quadrature?: (degree: number) => readonly WeightedElement[] | undefined
  /** A compact group with as many invariants in all tensor powers of V and V*: another real form of the same complex group. */
  readonly compactForm?: () => MatrixGroup
  /** The permutation group whose permutation matrices these are. Generator k is the matrix of its generator k. */
  readonly permutations?: PermutationGroup
}

/** A group element and its weight in a mean over the group. The weights add up to 1. */
export interface WeightedElement {
  readonly element: Matrix
  readonly weight: number
}

/** Options of MatrixGroup.random. */
export interface RandomElementOptions {
  /** The standard deviation of the coefficients in the basis of the Lie algebra; 1 by default. */
  readonly deviation?: number
  /** The largest number of discrete generators that are multiplied; 8 by default. */
  readonly length?: number
}

/**
 * A group of invertible matrices, given by discrete generators and a basis of its Lie algebra.
 *
 * All that the equivariant basis needs: a map commutes with the group if and only if it commutes with the generators and with the Lie algebra.
 *
 * @throws DomainError if a matrix has another shape or is singular, the basis of the Lie algebra is dependent or not closed under brackets, or a generator
 * does not take it to itself by conjugation.
 * @see Finzi, Welling, Wilson 2021, "A practical method for constructing equivariant multilayer perceptrons for arbitrary matrix groups".
 * @example
 * const rotations = new MatrixGroup(2, { lieAlgebra: [[[0, -1], [1, 0]]] })
 * const lattice = new MatrixGroup(2, { generators: [[[0, -1], [1, 0]]], name: 'C4' })
 */
export class MatrixGroup {
  readonly dimension: number
  readonly name: string
  /** The basis of the Lie algebra; empty for a discrete group. */
  readonly lieAlgebra: readonly Matrix[]
  /** The permutation group whose permutation matrices these are, if there is one. */
  readonly permutations: PermutationGroup | undefined
  /**
   * Elements and weights whose weighted sum of a class function, a polynomial of at most that degree in the entries, is its mean over the group.
   * Undefined where no such rule is known.
   */
  readonly quadrature: ((degree: number) => readonly WeightedElement[] | undefined) | undefined
  /** A compact group with as many invariants in all tensor powers of V and V*, if one is known. */
  readonly compactForm: (() => MatrixGroup) | undefined
  readonly #given: readonly Matrix[]
  #inverses: readonly Matrix[] | undefined

  constructor(dimension: number, options: MatrixGroupOptions = {}) {
    this.dimension = requireInteger('MatrixGroup', 'the number of rows', dimension, 1, 2 ** 14)
    this.name = options.name ?? 'G'
    this.permutations = options.permutations
    this.quadrature = options.quadrature
    this.compactForm = options.compactForm
    this.#given = (options.generators ?? []).map((matrix) => readMatrix('MatrixGroup', matrix, dimension))
    this.lieAlgebra = (options.lieAlgebra ?? []).map((matrix) => readMatrix('MatrixGroup', matrix, dimension))
    if (this.permutations !== undefined && (this.#given.length > 0 || this.permutations.degree !== dimension))
      throw new DomainError(
        'MatrixGroup',
        `permutations of ${dimension} points, without generators`,
        `of ${this.permutations.degree} points`,
      )
    requireInvertible('MatrixGroup', this.#given, dimension)
    requireLieAlgebra('MatrixGroup', this.lieAlgebra, this.#given, dimension)
  }

  /** The discrete generators. Permutation matrices are made when asked for. */
  get generators(): readonly Matrix[] {
    return this.permutations === undefined ? this.#given : this.permutations.generators.map(({ images }) => permutationMatrix(images))
  }

  /** The discrete generators by their entries that are not 0. */
  sparseGenerators(): readonly SparseMatrix[] {
    return this.permutations === undefined
      ? this.#given.map((matrix) => sparseMatrix(matrix, this.dimension))
      : this.permutations.generators.map(({ images }) => sparsePermutation(images))
  }

  /**
   * A random element: the exponential of a random element of the Lie algebra, times a random product of the generators and their inverses.
   *
   * Not uniform, except for permutations. Coefficients are normal. In a group that is not compact, entries grow like e^(deviation |A|), for boosts of the
   * Lorentz group like cosh of the rapidity, and those of a tensor power like the power of that: lower `deviation` and `length` to keep values small.
   */
  random(random: RandomSource, { deviation = 1, length = 8 }: RandomElementOptions = {}): Matrix {
    const n = this.dimension
    if (this.permutations !== undefined) return permutationMatrix(this.permutations.random(random).images)
    const combination = new Float64Array(n * n)
    for (const element of this.lieAlgebra) {
      const coefficient = deviation * normal(random)
      element.forEach((x, at) => {
        combination[at]! += coefficient * x
      })
    }
    let result = this.lieAlgebra.length === 0 ? identityMatrix(n) : exponential(combination, n)
    this.#inverses ??= requireInvertible('MatrixGroup', this.#given, n)
    const letters = [...this.#given, ...this.#inverses]
    if (letters.length === 0) return result
    for (let k = randomInteger(random, length + 1); k > 0; k--)
      result = multiplyMatrices(result, letters[randomInteger(random, letters.length)]!, n)
    return result
  }

  toString(): string {
    return this.name
  }
}

/** The matrix P with P e_i = e_images[i]. */
export function permutationMatrix(images: ArrayLike<number>): Matrix {
  const n = images.length
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) matrix[images[i]! * n + i] = 1
  return matrix
}

/** A standard normal number, by the method of Box and Muller. */
export function normal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
