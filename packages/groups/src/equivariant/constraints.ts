import { addAlongAxis, type SparseMatrix, sparseTranspose } from '../matrix/sparse.ts'
import type { Factor } from './factor.ts'

/**
 * The linear equations that say that a tensor is invariant: d rho(A) w = 0 for the basis of the Lie algebra, and rho(h) w - w = 0 for the generators, on a tensor
 * product. The matrices of the product are never formed: each factor acts along its own axis.
 */
export class Constraints {
  /** The number of entries of the tensor. */
  readonly size: number
  /** One function for each equation and its transpose. They write to `y` and may use x. */
  readonly #equations: readonly { readonly forward: Apply; readonly transposed: Apply }[]

  constructor(factors: readonly Factor[]) {
    const sizes = factors.map(({ dimension }) => dimension)
    const rights = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((product, n) => product * n, 1))
    const [first] = factors
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

  /** The number of equations, each for a whole tensor. */
  get count(): number {
    return this.#equations.length
  }

  /** What is left of equation k: 0 for an invariant tensor. */
  residual(k: number, x: Float64Array): Float64Array {
    const y = new Float64Array(this.size)
    this.#equations[k]!.forward(x, y)
    return y
  }

  /** The sum of C^T C x over the equations C: 0 if and only if x is invariant. */
  square(x: Float64Array): Float64Array {
    const result = new Float64Array(this.size)
    const [y, z] = [new Float64Array(this.size), new Float64Array(this.size)]
    for (const { forward, transposed } of this.#equations) {
      y.fill(0)
      z.fill(0)
      forward(x, y)
      transposed(y, z)
      for (let at = 0; at < z.length; at++) result[at]! += z[at]!
    }
    return result
  }
}

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
