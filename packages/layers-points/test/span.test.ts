import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { FullyConnectedTensorProduct, Irrep, Irreps, IrrepsLinear, irreps, type Parity } from '../src/index.ts'
import { symmetricMaps } from '../src/product/symmetric-maps.ts'
import { randomOrthogonal } from './space.ts'

/** The rank by Gaussian elimination with full rows and partial pivoting. */
function rank(rows: Float64Array[], columns: number): number {
  let found = 0
  for (let c = 0; c < columns && found < rows.length; c++) {
    let best = found
    for (let r = found + 1; r < rows.length; r++)
      if (Math.abs((rows[r] as Float64Array)[c] as number) > Math.abs((rows[best] as Float64Array)[c] as number)) best = r
    if (Math.abs((rows[best] as Float64Array)[c] as number) < 1e-8) continue
    ;[rows[found], rows[best]] = [rows[best] as Float64Array, rows[found] as Float64Array]
    const pivot = rows[found] as Float64Array
    for (let r = found + 1; r < rows.length; r++) {
      const row = rows[r] as Float64Array
      const factor = (row[c] as number) / (pivot[c] as number)
      if (factor !== 0) for (let k = c; k < columns; k++) row[k] = (row[k] as number) - factor * (pivot[k] as number)
    }
    found++
  }
  return found
}

const kronecker = (a: Float64Array, n: number, b: Float64Array, m: number): Float64Array => {
  const result = new Float64Array((n * m) ** 2)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < m; k++)
        for (let l = 0; l < m; l++) result[(i * m + k) * n * m + j * m + l] = (a[i * n + j] as number) * (b[k * m + l] as number)
  return result
}

/** A rotation by a generic axis and angle generates a dense subgroup of the turns about its axis; two of them, all rotations. With a reflection, O(3). */
const elements = (): Float64Array[] => {
  const random = new Random({ seed: 8 })
  return [randomOrthogonal(random, true), randomOrthogonal(random, false)]
}

/** The dimension of the space of vectors that some matrices, one for each element, do not change: the null space of the stacked rho(g) - 1. */
function fixedBy(matrices: readonly Float64Array[], size: number): number {
  if (size === 0) return 0
  const rows = matrices.flatMap((matrix) =>
    Array.from({ length: size }, (_, i) => {
      const row = matrix.slice(i * size, (i + 1) * size)
      row[i] = (row[i] as number) - 1
      return row
    }),
  )
  return size - rank(rows, size)
}

/** The dimension of the tensors that the group does not change in a product of representations. */
function invariants(representations: readonly Irreps[]): number {
  const size = representations.reduce((product, { dimension }) => product * dimension, 1)
  const matrices = elements().map((g) => {
    let matrix: Float64Array = Float64Array.of(1)
    let n = 1
    for (const each of representations) {
      matrix = kronecker(matrix, n, each.matrix(g), each.dimension)
      n *= each.dimension
    }
    return matrix
  })
  return fixedBy(matrices, size)
}

const of = (l: number, parity: number): Irreps => new Irreps([{ multiplicity: 1, irrep: new Irrep(l, parity as Parity) }])
const degrees = [0, 1, 2, 3]

describe('the weights of a tensor product are as many as the maps that the null space has', () => {
  test.each(degrees.flatMap((l1) => degrees.map((l2) => [l1, l2] as const)))('degrees %i and %i with both parities', (l1, l2) => {
    for (const l3 of degrees) {
      // Of the eight signs, four multiply to 1: with them inversion changes nothing, with the others nothing is left.
      const found = invariants([of(l1, 1), of(l2, 1), of(l3, 1)])
      const odd = invariants([of(l1, -1), of(l2, 1), of(l3, 1)])
      for (const [p1, p2, p3] of [
        [1, 1, 1],
        [1, -1, -1],
        [-1, 1, -1],
        [-1, -1, 1],
        [-1, 1, 1],
        [1, -1, 1],
        [1, 1, -1],
        [-1, -1, -1],
      ] as const) {
        const product = new FullyConnectedTensorProduct({ first: of(l1, p1), second: of(l2, p2), output: of(l3, p3) })
        expect(product.weightCount).toBe(p1 * p2 * p3 === 1 ? found : odd)
      }
    }
  })

  test.each([
    ['2x0e + 1x1o', '1x0o + 1x1o', '1x0e + 2x1o + 1x1e'],
    ['1x0o + 1x2e', '2x1e', '1x1e + 1x2e + 1x3o'],
    ['3x1o', '1x1o', '2x0e + 1x2e'],
    ['1x3o', '1x1o + 1x0e', '1x2e + 1x3o'],
    ['', '1x1o', '1x1o'],
  ])('%s times %s to %s', (first, second, output) => {
    const product = new FullyConnectedTensorProduct({ first, second, output })
    expect(product.weightCount).toBe(invariants([irreps(first), irreps(second), irreps(output)]))
  })
})

test.each([
  ['2x0e + 1x0o + 2x1o', '1x0e + 3x1o + 1x1e'],
  ['1x2e + 1x1e', '2x2e + 1x2o'],
  ['1x3o', '1x3o'],
])('the weights of a linear map from %s to %s', (input, output) => {
  const layer = new IrrepsLinear({ input, output })
  const count = layer.weights.reduce((sum, weight) => sum + (weight?.sizes.reduce((a, b) => a * b, 1) ?? 0), 0)
  expect(count).toBe(invariants([irreps(input), irreps(output)]))
})

/** The monomials of a degree in so many variables. */
const monomials = (variables: number, degree: number, least = 0): number[][] =>
  degree === 0
    ? [[]]
    : Array.from({ length: variables - least }, (_, i) => least + i).flatMap((first) =>
        monomials(variables, degree - 1, first).map((rest) => [first, ...rest]),
      )

/** The matrix S with m(g x) = S m(x) for the monomials m of a degree, transposed, row-major. */
function onMonomials(matrix: Float64Array, variables: number, degree: number): Float64Array {
  const all = monomials(variables, degree)
  const place = new Map(all.map((monomial, i) => [monomial.join(), i]))
  const result = new Float64Array(all.length ** 2)
  all.forEach((monomial, row) => {
    let expanded = new Map<string, number>([['', 1]])
    for (const variable of monomial) {
      const next = new Map<string, number>()
      for (const [key, value] of expanded)
        for (let k = 0; k < variables; k++) {
          const factor = matrix[variable * variables + k] as number
          if (factor === 0) continue
          const product = [
            ...key
              .split(',')
              .filter((each) => each !== '')
              .map(Number),
            k,
          ]
            .sort((a, b) => a - b)
            .join()
          next.set(product, (next.get(product) ?? 0) + value * factor)
        }
      expanded = next
    }
    for (const [key, value] of expanded) result[(place.get(key) as number) * all.length + row] = value
  })
  return result
}

describe('the maps of a symmetric contraction are a basis of the equivariant polynomials that the null space has', () => {
  test.each([
    ['0e + 1o', 3, ['0e', '0o', '1o', '1e', '2e']],
    ['0e + 1o + 2e', 2, ['0e', '1o', '2e', '3o', '2o']],
    ['0e + 1o + 2e', 3, ['0e', '1o', '0o']],
    ['0o + 1e + 1o', 3, ['0e', '0o', '1e']],
    ['1o + 3o', 2, ['0e', '2e']],
    ['1o', 4, ['0e', '2e', '4e']],
  ])('%s, degree %i', (input, degree, outputs) => {
    const given = irreps(input)
    const count = monomials(given.dimension, degree).length
    const actions = elements().map((g) => ({ g, symmetric: onMonomials(given.matrix(g), given.dimension, degree) }))
    for (const output of outputs.map((text) => irreps(text))) {
      const kind = (output.summands[0] as Irreps['summands'][number]).irrep
      const maps = symmetricMaps(
        given.summands.map(({ irrep }) => irrep),
        kind,
        degree,
      )
      const matrices = actions.map(({ g, symmetric }) => kronecker(symmetric, count, output.matrix(g), output.dimension))
      expect(maps.length, `${input} to ${output}`).toBe(fixedBy(matrices, count * output.dimension))
      const place = new Map(monomials(given.dimension, degree).map((monomial, i) => [monomial.join(), i]))
      const rows = maps.map((components) => {
        const row = new Float64Array(count * output.dimension)
        components.forEach((component, m) => {
          for (const [monomial, value] of component) row[m * count + (place.get(monomial) as number)] = value
        })
        return row
      })
      expect(rank(rows, count * output.dimension)).toBe(maps.length)
    }
  })
})
