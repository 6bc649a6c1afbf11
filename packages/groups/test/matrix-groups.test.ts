import {
  cubeRotations,
  cyclic,
  DomainError,
  dihedral,
  finiteElements,
  icosahedralRotations,
  lorentz,
  type Matrix,
  MatrixGroup,
  matrixProduct,
  multiplyMatrices,
  orthogonal,
  permutationMatrices,
  planarCyclic,
  planarDihedral,
  scalings,
  seededRandom,
  specialLinear,
  specialOrthogonal,
  specialUnitary,
  symmetric,
  symplectic,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'

const transposed = (a: Matrix, n: number): Matrix => a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]!)
const unit = (n: number): Matrix => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))
const distance = (a: Matrix, b: Matrix): number => a.reduce((most, x, at) => Math.max(most, Math.abs(x - b[at]!)), 0)

/** The determinant by elimination with the largest pivots. */
function determinant(given: Matrix, n: number): number {
  const a = given.slice()
  let result = 1
  for (let c = 0; c < n; c++) {
    let pivot = c
    for (let i = c; i < n; i++) if (Math.abs(a[i * n + c]!) > Math.abs(a[pivot * n + c]!)) pivot = i
    if (pivot !== c) result = -result
    for (let k = 0; k < n; k++) [a[c * n + k], a[pivot * n + k]] = [a[pivot * n + k]!, a[c * n + k]!]
    result *= a[c * n + c]!
    for (let i = c + 1; i < n; i++) {
      const factor = a[i * n + c]! / a[c * n + c]!
      for (let k = c; k < n; k++) a[i * n + k]! -= factor * a[c * n + k]!
    }
  }
  return result
}

const signs = (values: readonly number[]): Matrix => unit(values.length).map((x, at) => x * values[at % values.length]!)
const symplecticForm = (half: number): Matrix => {
  const n = 2 * half
  const form = new Float64Array(n * n)
  for (let k = 0; k < half; k++) {
    form[k * n + half + k] = 1
    form[(half + k) * n + k] = -1
  }
  return form
}

describe('random elements keep the form of their group', () => {
  test.each<[MatrixGroup, Matrix, readonly number[]]>([
    [specialOrthogonal(2), unit(2), [1]],
    [specialOrthogonal(3), unit(3), [1]],
    [specialOrthogonal(5), unit(5), [1]],
    [orthogonal(1), unit(1), [1, -1]],
    [orthogonal(3), unit(3), [1, -1]],
    [lorentz(), signs([1, -1, -1, -1]), [1]],
    [lorentz('special'), signs([1, -1, -1, -1]), [1]],
    [lorentz('full'), signs([1, -1, -1, -1]), [1, -1]],
    [symplectic(2), symplecticForm(1), [1]],
    [symplectic(4), symplecticForm(2), [1]],
    [specialUnitary(2), unit(4), [1]],
    [specialUnitary(3), symplecticForm(3), [1]],
    [planarCyclic(7), unit(2), [1]],
    [planarDihedral(5), unit(2), [1, -1]],
    [cubeRotations(), unit(3), [1]],
    [icosahedralRotations(), unit(3), [1]],
    [permutationMatrices(dihedral(4)), unit(4), [1, -1]],
  ])('%s', (group, form, determinants) => {
    const random = seededRandom(3)
    const n = group.dimension
    const seen = new Set<number>()
    const elements = Array.from({ length: 30 }, () => group.random(random, { deviation: 0.7 }))
    for (const g of elements) {
      expect(distance(multiplyMatrices(multiplyMatrices(transposed(g, n), form, n), g, n), form)).toBeLessThan(1e-10)
      expect(Math.abs(determinant(g, n))).toBeCloseTo(1, 9)
      seen.add(Math.round(determinant(g, n)))
    }
    expect([...seen].sort()).toEqual([...determinants].sort())
    expect(distance(elements[0]!, elements[1]!) + distance(elements[1]!, elements[2]!)).toBeGreaterThan(0.1)
  })

  test('of SL(3) have determinant 1, of the scalings are multiples of 1, of SO+(1,3) keep the direction of time', () => {
    const random = seededRandom(4)
    for (let k = 0; k < 20; k++) {
      expect(determinant(specialLinear(3).random(random, { deviation: 0.5 }), 3)).toBeCloseTo(1, 9)
      const scaling = scalings(3).random(random)
      expect(
        distance(
          scaling,
          unit(3).map((x) => x * scaling[0]!),
        ),
      ).toBe(0)
      expect(lorentz().random(random)[0]).toBeGreaterThanOrEqual(1)
    }
  })
})

test('boosts grow like the hyperbolic cosine of their rapidity, which deviation scales', () => {
  const boosts = new MatrixGroup(2, {
    lieAlgebra: [
      [
        [0, 1],
        [1, 0],
      ],
    ],
  })
  const [wide, narrow] = [2, 0.2].map((deviation) => {
    const random = seededRandom(5)
    return Array.from({ length: 50 }, () => Math.acosh(boosts.random(random, { deviation })[0]!))
  })
  wide!.forEach((rapidity, k) => {
    expect(rapidity).toBeCloseTo(10 * narrow![k]!, 4)
  })
})

test.each<[MatrixGroup, number]>([
  [planarCyclic(1), 1],
  [planarCyclic(12), 12],
  [planarDihedral(6), 12],
  [cubeRotations(), 24],
  [icosahedralRotations(), 60],
  [permutationMatrices(symmetric(4)), 24],
  [matrixProduct(planarCyclic(3), cubeRotations()), 72],
])('%s has its order', (group, order) => {
  expect(finiteElements(group)?.length).toBe(order)
})

test('infinite and large groups are not listed', () => {
  expect(finiteElements(specialOrthogonal(2))).toBeUndefined()
  expect(finiteElements(permutationMatrices(symmetric(12)))).toBeUndefined()
  expect(
    finiteElements(
      new MatrixGroup(2, {
        generators: [
          [
            [1, 1],
            [0, 1],
          ],
        ],
      }),
    ),
  ).toBeUndefined()
})

test('the weights of a quadrature add up to 1', () => {
  const groups = [
    specialOrthogonal(1),
    specialOrthogonal(4),
    specialOrthogonal(5),
    orthogonal(2),
    orthogonal(3),
    orthogonal(4),
    specialUnitary(3),
  ]
  for (const group of [...groups, matrixProduct(specialOrthogonal(3), orthogonal(2))])
    expect((group.quadrature?.(3) ?? []).reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
  expect(matrixProduct(specialOrthogonal(3), lorentz()).quadrature?.(2)).toBeUndefined()
})

test('a product is block-diagonal, and knows its name', () => {
  const product = matrixProduct(orthogonal(2), permutationMatrices(cyclic(3), 'C3'))
  const g = product.random(seededRandom(6))
  expect(`${product}`).toBe('O(2) x C3')
  expect([product.dimension, product.generators.length, product.lieAlgebra.length]).toEqual([5, 2, 1])
  for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) if (i < 2 !== j < 2) expect(g[i * 5 + j]).toBe(0)
})

describe('a group that is not consistent is refused', () => {
  const so3 = specialOrthogonal(3).lieAlgebra
  test.each<[string, () => unknown, RegExp]>([
    [
      'rows',
      () =>
        new MatrixGroup(2, {
          generators: [
            [
              [1, 0, 0],
              [0, 1, 0],
            ],
          ],
        }),
      /matrices of 2 x 2 numbers, received one with rows of 3, 3/,
    ],
    ['numbers', () => new MatrixGroup(2, { lieAlgebra: [[1, 2, 3]] }), /matrices of 2 x 2 numbers, received 3 numbers/],
    ['a number that is none', () => new MatrixGroup(1, { generators: [[Number.NaN]] }), /finite entries, received NaN/],
    [
      'a singular generator',
      () =>
        new MatrixGroup(2, {
          generators: [
            [
              [1, 2],
              [2, 4],
            ],
          ],
        }),
      /generators with an inverse, received generator 0/,
    ],
    ['an open algebra', () => new MatrixGroup(3, { lieAlgebra: so3.slice(0, 2) }), /the bracket of elements 0 and 1 outside the span. Add/],
    [
      'a dependent one',
      () => new MatrixGroup(3, { lieAlgebra: [...so3, so3[0]!] }),
      /independent basis of the Lie algebra, received element 3/,
    ],
    [
      'an algebra that is moved',
      () =>
        new MatrixGroup(2, {
          generators: [
            [
              [1, 1],
              [0, 1],
            ],
          ],
          lieAlgebra: [
            [
              [0, -1],
              [1, 0],
            ],
          ],
        }),
      /generator 0, which takes element 0/,
    ],
    ['no rows', () => new MatrixGroup(0), /the number of rows to be an integer from 1/],
    ['odd symplectic', () => symplectic(3), /an even number of rows, received 3/],
    ['another part', () => lorentz('half' as 'full'), /'connected', 'special' or 'full', received half/],
    ['permutations of other points', () => new MatrixGroup(3, { permutations: cyclic(4) }), /permutations of 3 points/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(DomainError)
    expect(make).toThrow(message)
  })
})
