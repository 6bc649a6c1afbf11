import { DomainError, requireInteger } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { identityMatrix, type Matrix } from './dense.ts'
import { MatrixGroup } from './matrix-group.ts'
import { reflectionQuadrature, rotationQuadrature, unitaryQuadrature } from './quadrature.ts'

/** The largest number of rows of a named group: a basis of the Lie algebra has up to its square many matrices. */
const MOST_ROWS = 64

const requireRows = (where: string, n: number, least = 1): number => requireInteger(where, 'the number of rows', n, least, MOST_ROWS)

/** The matrix with some entries, and 0 elsewhere. */
function matrixOf(n: number, entries: readonly (readonly [row: number, column: number, value: number])[]): Matrix {
  const matrix = new Float64Array(n * n)
  for (const [row, column, value] of entries) matrix[row * n + column] = value
  return matrix
}

const diagonalMatrix = (values: readonly number[]): Matrix =>
  matrixOf(
    values.length,
    values.map((value, k) => [k, k, value]),
  )

const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k)
const pairsOf = (n: number): [number, number][] =>
  upTo(n).flatMap((i) => upTo(n).flatMap((j): [number, number][] => (i < j ? [[i, j]] : [])))

/** The Lie algebra of the matrices that keep a form of squares with these signs. */
const orthogonalAlgebra = (signs: readonly number[]): Matrix[] =>
  pairsOf(signs.length).map(([i, j]) =>
    matrixOf(signs.length, [
      [i, j, -signs[i]! * signs[j]!],
      [j, i, 1],
    ]),
  )

/** SO(n): the rotations of n dimensions. */
export function specialOrthogonal(n: number): MatrixGroup {
  requireRows('specialOrthogonal', n)
  return new MatrixGroup(n, {
    lieAlgebra: orthogonalAlgebra(Array(n).fill(1)),
    name: `SO(${n})`,
    quadrature: (degree) => rotationQuadrature(n, degree),
  })
}

/** O(n): the rotations and reflections of n dimensions. */
export function orthogonal(n: number): MatrixGroup {
  requireRows('orthogonal', n)
  return new MatrixGroup(n, {
    generators: [diagonalMatrix(upTo(n).map((k) => (k === 0 ? -1 : 1)))],
    lieAlgebra: orthogonalAlgebra(Array(n).fill(1)),
    name: `O(${n})`,
    quadrature: (degree) => [...rotationQuadrature(n, degree, 0.5), ...reflectionQuadrature(n, degree, 0.5)],
  })
}

/**
 * The Lorentz group of time and three directions of space: the matrices that keep t^2 - x^2 - y^2 - z^2.
 *
 * @param part - `connected` (the default): SO+(1, 3), rotations and boosts. `special`: SO(1, 3), with the reversal of all four. `full`: O(1, 3), with the
 * reversals of time and of space.
 */
export function lorentz(part: 'connected' | 'special' | 'full' = 'connected'): MatrixGroup {
  const lieAlgebra = orthogonalAlgebra([1, -1, -1, -1])
  const rotations = () => specialOrthogonal(4)
  if (part === 'connected') return new MatrixGroup(4, { lieAlgebra, name: 'SO+(1,3)', compactForm: rotations })
  if (part === 'special')
    return new MatrixGroup(4, { generators: [diagonalMatrix([-1, -1, -1, -1])], lieAlgebra, name: 'SO(1,3)', compactForm: rotations })
  if (part !== 'full') throw new DomainError('lorentz', "'connected', 'special' or 'full'", `${part}`)
  return new MatrixGroup(4, {
    generators: [diagonalMatrix([1, -1, -1, -1]), diagonalMatrix([-1, 1, 1, 1])],
    lieAlgebra,
    name: 'O(1,3)',
    compactForm: () => orthogonal(4),
  })
}

/**
 * Sp(n): the real matrices that keep the form of J = [[0, 1], [-1, 0]]: positions first, then momenta.
 *
 * @param n - an even number of rows.
 */
export function symplectic(n: number): MatrixGroup {
  requireRows('symplectic', n)
  if (n % 2 !== 0) throw new DomainError('symplectic', 'an even number of rows', `${n}`)
  const half = n / 2
  const diagonalBlocks = upTo(half).flatMap((i) =>
    upTo(half).map((j) =>
      matrixOf(n, [
        [i, j, 1],
        [half + j, half + i, -1],
      ]),
    ),
  )
  const symmetricBlocks = upTo(half).flatMap((i) =>
    upTo(i + 1).flatMap((j) => [
      matrixOf(n, [
        [i, half + j, 1],
        [j, half + i, 1],
      ]),
      matrixOf(n, [
        [half + i, j, 1],
        [half + j, i, 1],
      ]),
    ]),
  )
  return new MatrixGroup(n, { lieAlgebra: [...diagonalBlocks, ...symmetricBlocks], name: `Sp(${n})` })
}

/** SU(n) as real matrices of 2 n rows: A + i B is [[A, -B], [B, A]], so real parts come first. */
export function specialUnitary(n: number): MatrixGroup {
  requireInteger('specialUnitary', 'the number of complex rows', n, 2, MOST_ROWS / 2)
  const real = (i: number, j: number, value: number) =>
    [
      [i, j, value],
      [n + i, n + j, value],
    ] as const
  const imaginary = (i: number, j: number, value: number) =>
    [
      [n + i, j, value],
      [i, n + j, -value],
    ] as const
  const lieAlgebra = [
    ...pairsOf(n).map(([i, j]) => matrixOf(2 * n, [...real(i, j, 1), ...real(j, i, -1)])),
    ...pairsOf(n).map(([i, j]) => matrixOf(2 * n, [...imaginary(i, j, 1), ...imaginary(j, i, 1)])),
    ...upTo(n - 1).map((k) => matrixOf(2 * n, [...imaginary(k, k, 1), ...imaginary(k + 1, k + 1, -1)])),
  ]
  return new MatrixGroup(2 * n, { lieAlgebra, name: `SU(${n})`, quadrature: (degree) => unitaryQuadrature(n, degree) })
}

/** SL(n): the real matrices of determinant 1. */
export function specialLinear(n: number): MatrixGroup {
  requireRows('specialLinear', n)
  const shears = pairsOf(n).flatMap(([i, j]) => [matrixOf(n, [[i, j, 1]]), matrixOf(n, [[j, i, 1]])])
  const stretches = upTo(n - 1).map((k) =>
    matrixOf(n, [
      [k, k, 1],
      [k + 1, k + 1, -1],
    ]),
  )
  return new MatrixGroup(n, { lieAlgebra: [...shears, ...stretches], name: `SL(${n})` })
}

/** The multiples of the unit matrix by positive numbers. */
export function scalings(n: number): MatrixGroup {
  return new MatrixGroup(requireRows('scalings', n), { lieAlgebra: [identityMatrix(n)], name: `Scaling(${n})` })
}

const planeTurn = (order: number): Matrix => {
  const angle = (2 * Math.PI) / order
  // Quarter turns have whole entries.
  const [c, s] = [Math.cos(angle), Math.sin(angle)].map((x) => (Math.abs(x - Math.round(x)) < 1e-15 ? Math.round(x) + 0 : x)) as [
    number,
    number,
  ]
  return Float64Array.of(c, -s, s, c)
}

/** Z_n as rotations of the plane: those by multiples of 2 pi / order. */
export function planarCyclic(order: number): MatrixGroup {
  requireInteger('planarCyclic', 'the order', order, 1)
  return new MatrixGroup(2, { generators: [planeTurn(order)], name: `Z${order}` })
}

/** The symmetry of a regular polygon in the plane: rotations by multiples of 2 pi / corners, and reflections. */
export function planarDihedral(corners: number): MatrixGroup {
  requireInteger('planarDihedral', 'the number of corners', corners, 1)
  return new MatrixGroup(2, { generators: [planeTurn(corners), diagonalMatrix([-1, 1])], name: `D${corners}` })
}

/** The 24 rotations of the cube, as 3 x 3 matrices. */
export function cubeRotations(): MatrixGroup {
  const turns = [
    [1, 0, 0, 0, 0, -1, 0, 1, 0],
    [0, -1, 0, 1, 0, 0, 0, 0, 1],
  ]
  return new MatrixGroup(3, { generators: turns, name: 'cube' })
}

/** The 60 rotations of the icosahedron, as 3 x 3 matrices. A turn by 120 degrees permutes the axes. */
export function icosahedralRotations(): MatrixGroup {
  const golden = (1 + Math.sqrt(5)) / 2
  const fifth = [1, -golden, 1 / golden, golden, 1 / golden, -1, 1 / golden, 1, golden].map((x) => x / 2)
  return new MatrixGroup(3, { generators: [[0, 0, 1, 1, 0, 0, 0, 1, 0], fifth], name: 'icosahedron' })
}

/** A permutation group as the group of its permutation matrices. Its equivariant maps are found from orbits, without a matrix. */
export function permutationMatrices(group: PermutationGroup, name = 'G'): MatrixGroup {
  return new MatrixGroup(group.degree, { permutations: group, name })
}
