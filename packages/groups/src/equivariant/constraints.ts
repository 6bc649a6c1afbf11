import { addAlongAxis, type SparseMatrix, sparseTranspose } from '../matrix/sparse.ts'
import type { Factor } from './factor.ts'

/**
 * The linear equations that say that a tensor is invariant: d rho(A) w = 0 for the basis of the Lie algebra, and rho(h) w - w = 0 for the generators, on a tensor
 * product. The matrices of the product are never formed: each factor acts along its own axis.
 */
export class Constraints {
  /** The number of entries of the tensor. */
  readonly size: number
  /** The rounding error of the equations for a tensor of norm 1, about. */
  readonly noise: number
  /** One function for each equation and its transpose. They write to `y`, which is 0 before. */
  readonly #equations: readonly { readonly forward: Apply; readonly transposed: Apply }[]

  constructor(factors: readonly Factor[]) {
    const sizes = factors.map(({ dimension }) => dimension)
    const rights = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((product, n) => product * n, 1))
    const [first] = factors
    const gains = [
      ...(first?.algebra ?? []).map((_, k) => factors.reduce((sum, { algebra }) => sum + gain(algebra[k]!), 0)),
      ...(first?.generators ?? []).map(
        (_, k) => factors.length * factors.reduce((product, { generators }) => product * gain(generators[k]!), 1),
      ),
    ]
    this.noise = Number.EPSILON * Math.hypot(...gains)
    this.size = sizes.reduce((product, n) => product * n, 1)
    const alongAxes = (matrices: readonly SparseMatrix[], apply: typeof addAll): { forward: Apply; transposed: Apply } => {
      const turned = matrices.map(sparseTranspose)
      return { forward: (x, y) => apply(matrices, rights, x, y), transposed: (x, y) => apply(turned, rights, x, y) }
    }
    this.#equations = [
      ...(first?.algebra ?? []).map((_, k) =>
        alongAxes(
          factors.map(({ algebra }) => algebra[k]!),
          addAll,
        ),
      ),
      ...(first?.generators ?? []).map((_, k) =>
        alongAxes(
          factors.map(({ generators }) => generators[k]!),
          moveAll,
        ),
      ),
    ]
  }

  /** How many tensors the equations of one tensor are. */
  get count(): number {
    return this.#equations.length
  }

  /** What is left of all equations, one after the other: 0 for an invariant tensor. */
  forward(x: Float64Array): Float64Array {
    const result = new Float64Array(this.count * this.size)
    this.#equations.forEach(({ forward }, k) => {
      forward(x, result.subarray(k * this.size, (k + 1) * this.size))
    })
    return result
  }

  /** The transpose of `forward`. */
  transposed(r: Float64Array): Float64Array {
    const result = new Float64Array(this.size)
    const part = new Float64Array(this.size)
    this.#equations.forEach(({ transposed }, k) => {
      part.fill(0)
      transposed(r.subarray(k * this.size, (k + 1) * this.size), part)
      for (let at = 0; at < part.length; at++) result[at]! += part[at]!
    })
    return result
  }
}

/** By how much a matrix lengthens vectors, in the quadratic mean: 1 for orthogonal matrices. */
const gain = ({ values, size }: SparseMatrix): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / size)

type Apply = (x: Float64Array, y: Float64Array) => void

/** y += the sum over the axes of the product along that axis. */
function addAll(matrices: readonly SparseMatrix[], rights: readonly number[], x: Float64Array, y: Float64Array): void {
  matrices.forEach((matrix, axis) => {
    addAlongAxis(matrix, x, y, rights[axis]!)
  })
}

/** y = the product along all axes, minus x. */
function moveAll(matrices: readonly SparseMatrix[], rights: readonly number[], x: Float64Array, y: Float64Array): void {
  let moved = x
  matrices.forEach((matrix, axis) => {
    const next = new Float64Array(x.length)
    addAlongAxis(matrix, moved, next, rights[axis]!)
    moved = next
  })
  for (let at = 0; at < x.length; at++) y[at] = moved[at]! - x[at]!
}
