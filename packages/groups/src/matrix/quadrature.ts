import { identityMatrix, type Matrix } from './dense.ts'
import type { WeightedElement } from './matrix-group.ts'

/** All tuples of so many angles, each one of `count` equally spaced ones. */
function* angleTuples(angles: number, count: number): Generator<number[]> {
  for (let number = 0; number < count ** angles; number++)
    yield Array.from({ length: angles }, (_, k) => (2 * Math.PI * (Math.floor(number / count ** k) % count)) / count)
}

/** The block-diagonal matrix of turns of the planes (0, 1), (2, 3), ...; the remaining axes keep the entries of `rest`. */
function planeTurns(n: number, angles: readonly number[], rest: readonly number[]): Matrix {
  const matrix = identityMatrix(n)
  angles.forEach((angle, k) => {
    const at = 2 * k
    matrix[at * n + at] = matrix[(at + 1) * n + at + 1] = Math.cos(angle)
    matrix[(at + 1) * n + at] = Math.sin(angle)
    matrix[at * n + at + 1] = -Math.sin(angle)
  })
  rest.forEach((value, k) => {
    const at = 2 * angles.length + k
    matrix[at * n + at] = value
  })
  return matrix
}

const pairs = (values: readonly number[]): [number, number][] =>
  values.flatMap((a, i) => values.slice(i + 1).map((b): [number, number] => [a, b]))

/** Weights in proportion to a density, with the given sum. */
function weighted(points: readonly { readonly element: Matrix; readonly density: number }[], sum: number): WeightedElement[] {
  const total = points.reduce((all, { density }) => all + density, 0)
  return points.map(({ element, density }) => ({ element, weight: (sum * density) / total }))
}

/** Rotations of n dimensions, by Weyl's integration formula on the angles of the planes. */
export function rotationQuadrature(n: number, degree: number, sum = 1): WeightedElement[] {
  const planes = Math.floor(n / 2)
  const tuples = [...angleTuples(planes, degree + 2 * planes + 1)]
  const points = tuples.map((angles) => {
    const odd = n % 2 === 1 ? angles.reduce((all, angle) => all * (1 - Math.cos(angle)), 1) : 1
    return { element: planeTurns(n, angles, n % 2 === 1 ? [1] : []), density: odd * differences(angles) }
  })
  return weighted(points, sum)
}

const differences = (angles: readonly number[]): number => pairs(angles.map(Math.cos)).reduce((all, [a, b]) => all * (a - b) ** 2, 1)

/** Reflections of n dimensions: minus the rotations if n is odd, else with one axis kept, one reversed, and the symplectic density on the other planes. */
export function reflectionQuadrature(n: number, degree: number, sum = 1): WeightedElement[] {
  if (n % 2 === 1) return rotationQuadrature(n, degree, sum).map(({ element, weight }) => ({ element: element.map((x) => -x), weight }))
  const planes = n / 2 - 1
  const tuples = [...angleTuples(planes, degree + 2 * planes + 3)]
  const points = tuples.map((angles) => ({
    element: planeTurns(n, angles, [1, -1]),
    density: angles.reduce((all, angle) => all * Math.sin(angle) ** 2, 1) * differences(angles),
  }))
  return weighted(points, sum)
}

/** Unitary matrices of determinant 1 as real ones, by Weyl's integration formula on the diagonal ones. */
export function unitaryQuadrature(n: number, degree: number): WeightedElement[] {
  const tuples = [...angleTuples(n - 1, degree + 2 * n)]
  const points = tuples.map((free) => {
    const angles = [...free, -free.reduce((sum, angle) => sum + angle, 0)]
    const element = identityMatrix(2 * n)
    angles.forEach((angle, k) => {
      element[k * 2 * n + k] = element[(n + k) * 2 * n + n + k] = Math.cos(angle)
      element[(n + k) * 2 * n + k] = Math.sin(angle)
      element[k * 2 * n + n + k] = -Math.sin(angle)
    })
    return { element, density: pairs(angles).reduce((all, [a, b]) => all * (2 - 2 * Math.cos(a - b)), 1) }
  })
  return weighted(points, 1)
}
