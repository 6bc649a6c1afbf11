import { DomainError } from '../errors.ts'
import { identityMatrix, invertMatrix, largestEntry, type Matrix, multiplyMatrices, transposeMatrix } from '../matrix/dense.ts'
import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { permutationOf, type SparseMatrix, sparseMatrix } from '../matrix/sparse.ts'

/** What a factor is made of. */
export interface FactorOptions {
  readonly name: string
  readonly dimension: number
  /** The degree of `matrix` as a polynomial of the entries of the group element, for quadratures. */
  readonly degree: number
  /** The matrix of a group element. */
  readonly matrix: (element: Matrix) => Matrix
  /** The matrix of an element of the Lie algebra. */
  readonly derivative: (element: Matrix) => Matrix
  /** The images of the generators, if they are known without matrices. */
  readonly generators?: () => readonly SparseMatrix[]
}

const TOLERANCE = 1e-12

/** A representation that is not taken apart: a factor of tensor products. Two factors are the same representation if they are the same object. */
export class Factor {
  readonly group: MatrixGroup
  readonly name: string
  readonly dimension: number
  /** The degree of the matrices as polynomials of the entries of group elements or their inverses. */
  readonly degree: number
  /** The images of the generators. */
  readonly generators: readonly SparseMatrix[]
  /** The images of the basis of the Lie algebra. */
  readonly algebra: readonly SparseMatrix[]
  /** The permutations of the unit vectors by the generators, if the whole group permutes them. */
  readonly permutations: readonly Uint32Array[] | undefined
  /** Whether all matrices are orthogonal. The dual of such a factor is the factor itself. */
  readonly isOrthogonal: boolean
  readonly #options: FactorOptions
  #dual: Factor | undefined

  constructor(group: MatrixGroup, options: FactorOptions) {
    const { dimension, matrix, derivative, generators } = options
    this.group = group
    this.name = options.name
    this.dimension = dimension
    this.degree = options.degree
    this.#options = options
    this.generators = generators?.() ?? group.generators.map((generator) => sparseMatrix(matrix(generator), dimension))
    this.algebra = group.lieAlgebra.map((element) => sparseMatrix(derivative(element), dimension))
    const images = this.generators.map(permutationOf)
    const isStill = this.algebra.every(({ values }) => values.length === 0)
    this.permutations = isStill && images.every((image) => image !== undefined) ? images : undefined
    this.isOrthogonal = this.permutations !== undefined || (this.generators.every(isOrthogonal) && this.algebra.every(isAntisymmetric))
  }

  /** The matrix of a group element. */
  matrix(element: Matrix): Matrix {
    return this.#options.matrix(element)
  }

  /** The matrix of an element of the Lie algebra. */
  derivative(element: Matrix): Matrix {
    return this.#options.derivative(element)
  }

  /** The factor whose group elements act by the inverse transpose. */
  get dual(): Factor {
    if (this.isOrthogonal) return this
    this.#dual ??= this.#makeDual()
    return this.#dual
  }

  #makeDual(): Factor {
    const n = this.dimension
    const dual = new Factor(this.group, {
      name: `${this.name}*`,
      dimension: n,
      degree: this.degree,
      matrix: (element) => transposeMatrix(invertMatrix(this.matrix(element), n)!, n),
      derivative: (element) => transposeMatrix(this.derivative(element), n).map((x) => -x),
    })
    dual.#dual = this
    return dual
  }
}

/** The matrix whose sparse form is given. */
function denseMatrix({ size, rows, columns, values }: SparseMatrix): Matrix {
  const matrix = new Float64Array(size * size)
  values.forEach((value, at) => {
    matrix[rows[at]! * size + columns[at]!] = value
  })
  return matrix
}

function isOrthogonal(matrix: SparseMatrix): boolean {
  const n = matrix.size
  const dense = denseMatrix(matrix)
  const one = identityMatrix(n)
  return largestEntry(multiplyMatrices(transposeMatrix(dense, n), dense, n).map((x, at) => x - one[at]!)) < TOLERANCE
}

function isAntisymmetric(matrix: SparseMatrix): boolean {
  const dense = denseMatrix(matrix)
  const turned = transposeMatrix(dense, matrix.size)
  return largestEntry(dense.map((x, at) => x + turned[at]!)) <= TOLERANCE * largestEntry(dense)
}

const natural = new WeakMap<MatrixGroup, Factor>()

/** The representation of a group of matrices by itself. */
export function naturalFactor(group: MatrixGroup): Factor {
  const known = natural.get(group)
  if (known !== undefined) return known
  const factor = new Factor(group, {
    name: 'V',
    dimension: group.dimension,
    degree: 1,
    matrix: (element) => element,
    derivative: (element) => element,
    generators: () => group.sparseGenerators(),
  })
  natural.set(group, factor)
  return factor
}

/** @throws DomainError if two representations belong to different groups. */
export function requireOneGroup(where: string, a: MatrixGroup, b: MatrixGroup): void {
  if (a === b) return
  throw new DomainError(
    where,
    'representations of one group',
    `those of ${a} and of another object, ${b}`,
    'Make both from the same MatrixGroup.',
  )
}
