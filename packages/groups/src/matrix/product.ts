import { identityMatrix, type Matrix } from './dense.ts'
import { meanPoints } from './finite-elements.ts'
import { MatrixGroup, type WeightedElement } from './matrix-group.ts'

/** The block-diagonal matrix of a and b. */
function blocksOf(a: Matrix, n: number, b: Matrix, m: number): Matrix {
  const result = new Float64Array((n + m) ** 2)
  for (let i = 0; i < n; i++) result.set(a.subarray(i * n, (i + 1) * n), i * (n + m))
  for (let i = 0; i < m; i++) result.set(b.subarray(i * m, (i + 1) * m), (n + i) * (n + m) + n)
  return result
}

/**
 * The direct product of two groups of matrices: block-diagonal matrices, those of g first.
 *
 * `restrictToFactor` makes representations of the product from those of a factor.
 */
export function matrixProduct(g: MatrixGroup, h: MatrixGroup): MatrixGroup {
  const [n, m] = [g.dimension, h.dimension]
  const [one, other] = [identityMatrix(n), identityMatrix(m)]
  const quadrature = (degree: number): WeightedElement[] | undefined => {
    const [first, second] = [meanPoints(g, degree), meanPoints(h, degree)]
    if (first === undefined || second === undefined) return undefined
    return first.flatMap((a) => second.map((b) => ({ element: blocksOf(a.element, n, b.element, m), weight: a.weight * b.weight })))
  }
  return new MatrixGroup(n + m, {
    generators: [...g.generators.map((a) => blocksOf(a, n, other, m)), ...h.generators.map((b) => blocksOf(one, n, b, m))],
    lieAlgebra: [
      ...g.lieAlgebra.map((a) => blocksOf(a, n, new Float64Array(m * m), m)),
      ...h.lieAlgebra.map((b) => blocksOf(new Float64Array(n * n), n, b, m)),
    ],
    name: `${g.name} x ${h.name}`,
    quadrature,
  })
}
