import { DomainError, requireInteger } from '../errors.ts'
import type { Matrix } from '../matrix/dense.ts'
import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { type Factor, requireOneGroup } from './factor.ts'

/** So many copies of a tensor product of factors; without factors, scalars. */
export interface RepresentationSummand {
  readonly multiplicity: number
  readonly factors: readonly Factor[]
}

/** The largest dimension of a representation. */
const LARGEST_DIMENSION = 2 ** 31

const dimensionOf = (factors: readonly Factor[]): number => factors.reduce((product, { dimension }) => product * dimension, 1)

/** Whether two tensor products have the same factors in the same order. */
const sameFactors = (a: readonly Factor[], b: readonly Factor[]): boolean =>
  a.length === b.length && a.every((factor, k) => factor === b[k])

/** The Kronecker product of square matrices, the first one slowest. */
function kronecker(matrices: readonly Matrix[], sizes: readonly number[]): Matrix {
  let result: Matrix = Float64Array.of(1)
  let n = 1
  matrices.forEach((matrix, k) => {
    const m = sizes[k]!
    const next = new Float64Array((n * m) ** 2)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let a = 0; a < m; a++)
          for (let b = 0; b < m; b++) next[(i * m + a) * n * m + j * m + b] = result[i * n + j]! * matrix[a * m + b]!
    result = next
    n *= m
  })
  return result
}

/**
 * A representation of a group of matrices: a direct sum of copies of tensor products.
 *
 * Law: matrix(g h) = matrix(g) matrix(h). Vectors hold the summands one after the other, the copies of a summand one after the other, and the components of a
 * tensor product in the order of Kronecker: the first factor slowest.
 *
 * @throws DomainError if a factor belongs to another group, a multiplicity is not an integer of at least 0, or the dimension is over 2^31.
 * @example
 * const V = representation(lorentz())
 * V.times(V.dual).plus(V.copies(3)).toString()      // V V* + 3V
 */
export class Representation {
  readonly group: MatrixGroup
  readonly summands: readonly RepresentationSummand[]

  constructor(group: MatrixGroup, summands: readonly RepresentationSummand[]) {
    const merged: RepresentationSummand[] = []
    for (const { multiplicity, factors } of summands) {
      requireInteger('Representation', 'a multiplicity', multiplicity, 0, LARGEST_DIMENSION)
      for (const factor of factors) requireOneGroup('Representation', group, factor.group)
      const last = merged.at(-1)
      if (last !== undefined && sameFactors(last.factors, factors))
        merged[merged.length - 1] = { multiplicity: last.multiplicity + multiplicity, factors }
      else if (multiplicity > 0) merged.push({ multiplicity, factors })
    }
    this.group = group
    this.summands = merged
    if (!(this.dimension <= LARGEST_DIMENSION))
      throw new DomainError('Representation', `a dimension of at most ${LARGEST_DIMENSION}`, `${this.dimension}`)
  }

  /** The number of components of a vector. */
  get dimension(): number {
    return this.summands.reduce((sum, { multiplicity, factors }) => sum + multiplicity * dimensionOf(factors), 0)
  }

  /** The dimensions of one copy of each summand. */
  get dimensions(): readonly number[] {
    return this.summands.map(({ factors }) => dimensionOf(factors))
  }

  /** The dual: group elements act by the inverse transpose. Orthogonal factors are their own duals. */
  get dual(): Representation {
    return this.#with(this.summands.map(({ multiplicity, factors }) => ({ multiplicity, factors: factors.map(({ dual }) => dual) })))
  }

  /** The direct sum, in that order. Neighbours of one kind become copies of one summand. */
  plus(...others: readonly Representation[]): Representation {
    for (const other of others) requireOneGroup('Representation.plus', this.group, other.group)
    return this.#with([this, ...others].flatMap(({ summands }) => summands))
  }

  /** So many copies of the whole. */
  copies(count: number): Representation {
    requireInteger('Representation.copies', 'the number of copies', count, 0, LARGEST_DIMENSION)
    const [only, ...more] = this.summands
    if (only !== undefined && more.length === 0) return this.#with([{ ...only, multiplicity: only.multiplicity * count }])
    requireInteger('Representation.copies', 'the number of summands', count * this.summands.length, 0, 2 ** 20)
    return this.#with(Array.from({ length: count }, () => this.summands).flat())
  }

  /**
   * The tensor product, summand by summand: those with the first summand of this representation first. Of m and m' copies, the copies of the second are numbered
   * fastest, and every product of two copies is in the order of Kronecker.
   */
  times(other: Representation): Representation {
    requireOneGroup('Representation.times', this.group, other.group)
    const pairs = this.summands.flatMap((a) =>
      other.summands.map((b) => ({ multiplicity: a.multiplicity * b.multiplicity, factors: [...a.factors, ...b.factors] })),
    )
    return this.#with(pairs)
  }

  /** T(p, q): the tensor product of p copies with q copies of the dual. T(0, 0) are the scalars. */
  power(p: number, q = 0): Representation {
    for (const exponent of [p, q]) requireInteger('Representation.power', 'an exponent', exponent, 0, 64)
    let result = this.#with([{ multiplicity: 1, factors: [] }])
    for (let k = 0; k < p; k++) result = result.times(this)
    const { dual } = this
    for (let k = 0; k < q; k++) result = result.times(dual)
    return result
  }

  /** The matrix of a group element, [dimension, dimension]. */
  matrix(element: Matrix): Matrix {
    const n = this.dimension
    const result = new Float64Array(n * n)
    let start = 0
    for (const { multiplicity, factors } of this.summands) {
      const m = dimensionOf(factors)
      const block = kronecker(
        factors.map((factor) => factor.matrix(element)),
        factors.map(({ dimension }) => dimension),
      )
      for (let copy = 0; copy < multiplicity; copy++, start += m)
        for (let i = 0; i < m; i++) result.set(block.subarray(i * m, (i + 1) * m), (start + i) * n + start)
    }
    return result
  }

  /** Whether all matrices are orthogonal, so that norms are invariant. */
  get isOrthogonal(): boolean {
    return this.summands.every(({ factors }) => factors.every(({ isOrthogonal }) => isOrthogonal))
  }

  /** Whether the group permutes the components, so that a function of each component commutes with it. */
  get isPermutation(): boolean {
    return this.summands.every(({ factors }) => factors.every(({ permutations }) => permutations !== undefined))
  }

  /** Whether the summands are the same, in the same order. */
  equals(other: Representation): boolean {
    const { summands } = other
    return (
      this.group === other.group &&
      this.summands.length === summands.length &&
      this.summands.every((a, k) => a.multiplicity === summands[k]!.multiplicity && sameFactors(a.factors, summands[k]!.factors))
    )
  }

  /** In the notation that `representation` reads, with the names of factors: `2V^0 + V^2 V*`. */
  toString(): string {
    if (this.summands.length === 0) return '0'
    return this.summands.map(({ multiplicity, factors }) => `${multiplicity === 1 ? '' : multiplicity}${factorsText(factors)}`).join(' + ')
  }

  #with(summands: readonly RepresentationSummand[]): Representation {
    return new Representation(this.group, summands)
  }
}

function factorsText(factors: readonly Factor[]): string {
  if (factors.length === 0) return 'V^0'
  const runs: { name: string; length: number }[] = []
  for (const { name } of factors) {
    const last = runs.at(-1)
    if (last?.name === name) last.length++
    else runs.push({ name, length: 1 })
  }
  return runs.map(({ name, length }) => (length === 1 ? name : `${name}^${length}`)).join(' ')
}
