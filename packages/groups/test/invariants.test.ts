import {
  alternating,
  cyclic,
  dihedral,
  directProduct,
  elementarySymmetric,
  evaluatePolynomial,
  formatPolynomial,
  hyperoctahedral,
  invariantRing,
  molienSeries,
  multiplyPolynomials,
  naturalAction,
  orbitLabels,
  Permutation,
  PermutationGroup,
  type Polynomial,
  partitions,
  polarizedPowerSums,
  polynomial,
  powerSum,
  reynolds,
  seededRandom,
  symmetric,
  trivial,
  tupleAction,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { randomGroup } from './random-groups.ts'

const points = (n: number, seed: number): Float64Array => {
  const random = seededRandom(seed)
  return Float64Array.from({ length: n }, () => random() * 2 - 1)
}

/** The point whose coordinate h(i) is x_i. */
const move = (h: Permutation, x: Float64Array): Float64Array => {
  const moved = new Float64Array(x.length)
  x.forEach((value, i) => {
    moved[h.apply(i)] = value
  })
  return moved
}

const randomPolynomial = (variables: number, seed: number): Polynomial => {
  const random = seededRandom(seed)
  const terms = Array.from({ length: 4 }, () => ({
    coefficient: random() * 2 - 1,
    exponents: Array.from({ length: variables }, () => Math.floor(random() * 3)),
  }))
  return polynomial(variables, terms)
}

describe('the Reynolds operator', () => {
  test('equals the mean over all elements, is invariant and idempotent, for 60 random groups', () => {
    for (let seed = 0; seed < 60; seed++) {
      const group = randomGroup(seed, 5)
      const f = randomPolynomial(group.degree, seed)
      const mean = reynolds(group, f)
      const x = points(group.degree, seed)
      const elements = [...group.elements()]
      const expected = elements.reduce((sum, h) => sum + evaluatePolynomial(f, move(h, x)), 0) / elements.length
      expect(evaluatePolynomial(mean, x)).toBeCloseTo(expected, 12)
      for (const generator of group.generators)
        expect(evaluatePolynomial(mean, move(generator, x))).toBeCloseTo(evaluatePolynomial(mean, x), 12)
      expect(evaluatePolynomial(reynolds(group, mean), x)).toBeCloseTo(evaluatePolynomial(mean, x), 12)
    }
  })

  test('does not enumerate the group', () => {
    const f = polynomial(40, [{ coefficient: 1, exponents: Array.from({ length: 40 }, (_, i) => (i === 0 ? 2 : 0)) }])
    expect(reynolds(symmetric(40), f).terms).toHaveLength(40)
  })

  test('refuses a polynomial in a different number of variables', () => {
    expect(() => reynolds(cyclic(3), powerSum(4, 1))).toThrow(
      'reynolds: expected a polynomial in 3 variables, one per point, received one in 4.',
    )
  })
})

describe('the Molien series', () => {
  test('of S_n counts partitions into at most n parts', () => {
    for (const n of [1, 3, 5]) {
      expect(molienSeries(symmetric(n), 12)).toEqual(
        Array.from({ length: 13 }, (_, d) => partitions(d).filter((shape) => shape.length <= n).length),
      )
    }
  })

  test('counts the orbits of monomials, for 60 random groups', () => {
    for (let seed = 0; seed < 60; seed++) {
      const group = randomGroup(seed, 4)
      const n = group.degree
      const tuples = tupleAction(new PermutationGroup(n, group.generators), 3)
      const symmetrized = new Set<string>()
      const { labels } = orbitLabels(tuples)
      const representative = new Map<number, string>()
      labels.forEach((_, index) => {
        const entries = [Math.floor(index / (n * n)), Math.floor(index / n) % n, index % n]
        const orbit = [...group.elements()]
          .map((h) =>
            entries
              .map((entry) => h.apply(entry))
              .sort()
              .join(),
          )
          .sort()
        representative.set(index, orbit[0]!)
      })
      for (const name of representative.values()) symmetrized.add(name)
      expect(molienSeries(group, 3)[3]).toBe(symmetrized.size)
    }
  })

  test('of a direct product is the product of the series', () => {
    const a = molienSeries(symmetric(4), 8)
    const b = molienSeries(dihedral(5), 8)
    const product = a.map((_, d) => a.slice(0, d + 1).reduce((sum, value, k) => sum + value * b[d - k]!, 0))
    expect(molienSeries(directProduct(symmetric(4), dihedral(5)), 8)).toEqual(product)
  })

  test('of degree 1 counts orbits', () => {
    expect(molienSeries(hyperoctahedral(3), 1)[1]).toBe(orbitLabels(naturalAction(hyperoctahedral(3))).count)
  })
})

/** The dimension, in one degree, of the algebra that polynomials generate: the rank of the values of their products at random points. */
function generatedDimension(generators: readonly Polynomial[], degree: number): number {
  const variables = generators[0]!.variables
  const degreeOf = (f: Polynomial): number => f.terms[0]!.exponents.reduce((a, b) => a + b, 0)
  const products = (rest: number, from: number): number[][] => {
    if (rest === 0) return [[]]
    return generators.flatMap((f, k) => (k < from || degreeOf(f) > rest ? [] : products(rest - degreeOf(f), k).map((tail) => [k, ...tail])))
  }
  const monomials = products(degree, 0)
  const samples = Array.from({ length: monomials.length + 5 }, (_, k) => points(variables, 100 + k))
  const values = samples.map((x) => generators.map((f) => evaluatePolynomial(f, x)))
  const rows = monomials.map((factors) => values.map((value) => factors.reduce((product, k) => product * value[k]!, 1)))
  return rank(rows)
}

function rank(rows: number[][]): number {
  let found = 0
  const rest = rows.map((row) => {
    const norm = Math.hypot(...row)
    return row.map((entry) => entry / norm)
  })
  while (rest.length > 0) {
    rest.sort((a, b) => Math.hypot(...b) - Math.hypot(...a))
    const pivot = rest.shift()!
    const norm = Math.hypot(...pivot)
    if (norm < 1e-9) return found
    found++
    rest.forEach((row, i) => {
      const inner = row.reduce((sum, entry, k) => sum + entry * pivot[k]!, 0) / (norm * norm)
      rest[i] = row.map((entry, k) => entry - inner * pivot[k]!)
    })
  }
  return found
}

describe('generators of the invariant ring', () => {
  const degrees = (group: PermutationGroup): number[] =>
    invariantRing(group).generators.map(({ terms }) => terms[0]!.exponents.reduce((a, b) => a + b, 0))

  test.each([
    ['trivial on 3', trivial(3), [1, 1, 1]],
    ['S_2', symmetric(2), [1, 2]],
    ['S_4', symmetric(4), [1, 2, 3, 4]],
    ['A_3', alternating(3), [1, 2, 3, 3]],
    ['A_4', alternating(4), [1, 2, 3, 4, 6]],
    ['C_4', cyclic(4), [1, 2, 2, 3, 3, 4, 4]],
    ['D_4', dihedral(4), [1, 2, 2, 3, 4]],
    ['S_2 x S_3', directProduct(symmetric(2), symmetric(3)), [1, 1, 2, 2, 3]],
  ])('%s: degrees', (_, group, expected) => {
    expect(degrees(group)).toEqual(expected)
  })

  test.each([
    ['C_4', cyclic(4)],
    ['D_4', dihedral(4)],
    ['A_4', alternating(4)],
  ])('%s: products of the generators span all invariants', (_, group) => {
    const { generators } = invariantRing(group)
    const series = molienSeries(group, 6)
    for (let degree = 1; degree <= 6; degree++) expect(generatedDimension(generators, degree)).toBe(series[degree])
  })

  test('every generator is invariant', () => {
    const group = dihedral(5)
    const x = points(5, 1)
    for (const f of invariantRing(group).generators) {
      for (const h of group.generators) expect(evaluatePolynomial(f, move(h, x))).toBeCloseTo(evaluatePolynomial(f, x), 12)
    }
  })

  test('a group with too many invariants is refused', () => {
    expect(() => invariantRing(cyclic(12))).toThrow('expected at most 1500 independent invariants in each degree up to 12')
  })
})

describe('symmetric polynomials', () => {
  test("Newton's identities", () => {
    const n = 5
    const x = points(n, 2)
    const p = (k: number): number => evaluatePolynomial(powerSum(n, k), x)
    const e = (k: number): number => evaluatePolynomial(elementarySymmetric(n, k), x)
    for (let k = 1; k <= n + 2; k++) {
      const sum = Array.from({ length: k }, (_, i) => (-1) ** i * e(k - 1 - i) * p(i + 1)).reduce((a, b) => a + b, 0)
      expect(k * e(k)).toBeCloseTo(sum, 12)
    }
    expect(elementarySymmetric(3, 4).terms).toEqual([])
    expect(formatPolynomial(elementarySymmetric(3, 2))).toBe('x0 x1 + x0 x2 + x1 x2')
  })

  test('polarized power sums are invariant under permutations of the points, and generate all invariants', () => {
    const sums = polarizedPowerSums(3, 2)
    expect(sums).toHaveLength(2 + 3 + 4)
    const x = points(6, 3)
    const reordered = Float64Array.of(x[4]!, x[5]!, x[0]!, x[1]!, x[2]!, x[3]!)
    for (const f of sums) expect(evaluatePolynomial(f, reordered)).toBeCloseTo(evaluatePolynomial(f, x), 12)
    const onCoordinates = new PermutationGroup(
      6,
      symmetric(3).generators.map((h) => onPlanarPoints(h)),
    )
    const series = molienSeries(onCoordinates, 4)
    for (let degree = 1; degree <= 4; degree++) expect(generatedDimension(sums, degree)).toBe(series[degree])
  })
})

/** The permutation of coordinates that a permutation of points of dimension 2 induces. */
function onPlanarPoints(h: Permutation): Permutation {
  const images = Array.from({ length: 6 }, (_, k) => h.apply(Math.floor(k / 2)) * 2 + (k % 2))
  return Permutation.fromImages(images)
}

describe('polynomials', () => {
  test('terms are collected, multiplied and formatted', () => {
    const f = polynomial(2, [
      { coefficient: 1, exponents: [0, 1] },
      { coefficient: -2, exponents: [2, 0] },
      { coefficient: 1, exponents: [0, 1] },
      { coefficient: 3, exponents: [1, 1] },
      { coefficient: -3, exponents: [1, 1] },
    ])
    expect(formatPolynomial(f)).toBe('-2 x0^2 + 2 x1')
    expect(formatPolynomial(multiplyPolynomials(f, f))).toBe('4 x0^4 - 8 x0^2 x1 + 4 x1^2')
    expect(formatPolynomial(polynomial(1, []))).toBe('0')
    expect(formatPolynomial(powerSum(2, 0))).toBe('2')
  })

  test('invalid arguments are refused', () => {
    expect(() => polynomial(2, [{ coefficient: 1, exponents: [1] }])).toThrow(
      'polynomial: expected 2 exponents that are non-negative integers, received [1].',
    )
    expect(() => evaluatePolynomial(powerSum(2, 1), [1])).toThrow('expected a point of 2 numbers, received 1')
    expect(() => multiplyPolynomials(powerSum(2, 1), powerSum(3, 1))).toThrow('received 2 and 3 variables')
  })
})
