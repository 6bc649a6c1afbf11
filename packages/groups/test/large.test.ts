import {
  affineGeneral,
  type ComplexArray,
  classSize,
  clebschGordan,
  cyclic,
  driscollHealyGrid,
  hyperoctahedral,
  inverseRotationTransform,
  inverseSphereTransform,
  inverseSymmetricFourier,
  molienSeries,
  naturalAction,
  Permutation,
  PermutationGroup,
  parseGroup,
  partitions,
  rotationSpectrumSize,
  rotationTransform,
  rubik,
  seededRandom,
  sharingScheme,
  sphereTransform,
  symmetric,
  symmetricCharacter,
  symmetricFourier,
  trivial,
  WordTable,
  wignerD,
  wignerSmallD,
  wreathProduct,
} from '@equivar/groups'
import { describeGroup, sharingSvg } from '@equivar/groups/picture'
import { describe, expect, test } from 'vitest'

// Sizes that take long, of laws that the tests beside this file check at smaller sizes. They are not run for mutants.

const random = seededRandom(4096)
const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1))
const randomArray = (length: number): ComplexArray => ({
  re: Float64Array.from({ length }, () => random() - 0.5),
  im: Float64Array.from({ length }, () => random() - 0.5),
})
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k]! - b[k]!))
  return most
}
const complexDistance = (a: ComplexArray, b: ComplexArray): number => Math.max(distance(a.re, b.re), distance(a.im, b.im))

describe('groups', () => {
  test.each<[string, PermutationGroup, bigint]>([
    ['S_200', symmetric(200), factorial(200)],
    ['C_4 wr S_100', wreathProduct(cyclic(4), symmetric(100)), 4n ** 100n * factorial(100)],
    ['B_30', hyperoctahedral(30), 2n ** 30n * factorial(30)],
    ['S_5 wr C_300, whose transversals exceed the cache', wreathProduct(symmetric(5), cyclic(300)), 120n ** 300n * 300n],
  ])('the order of %s from its generators, and membership', (_, { degree, generators }, order) => {
    const group = new PermutationGroup(degree, generators)
    expect(group.order()).toBe(order)
    const element = group.random(seededRandom(2))
    expect(group.contains(element)).toBe(true)
    const swap = element.compose(Permutation.fromCycles(degree, [[0, 5]]))
    expect(group.contains(swap)).toBe(order === factorial(200))
  })

  test("words of the Rubik's cube evaluate to the element", () => {
    const group = rubik()
    const words = new WordTable(group)
    for (let trial = 0; trial < 20; trial++) {
      const element = group.random(random)
      const word = words.factorize(element)!
      expect(words.evaluate(word).equals(element)).toBe(true)
      expect(word.length).toBeLessThan(200)
    }
  })

  test('parentheses may be nested to any depth', () => {
    const depth = 100_000
    const nested = (inside: string): string => '('.repeat(depth) + inside + ')'.repeat(depth)
    expect(parseGroup(nested('S5')).group.order()).toBe(120n)
    expect(parseGroup(`${'('.repeat(depth)}S2 ${'wr S1) '.repeat(depth / 200)}${')'.repeat(depth - depth / 200)}`).degree).toBe(2)
    expect(parseGroup(nested('(0 1 2)')).group.order()).toBe(3n)
    expect(() => parseGroup(`${'('.repeat(depth)}S5`)).toThrow(`received the end of the text at character ${depth + 3}.`)
    expect(() => parseGroup('('.repeat(depth))).toThrow('expected a group such as S5')
    expect(() => parseGroup(`${nested('S5')})`)).toThrow('expected x, wr, on, or the end of the text')
  })

  test('a picture of S14 on pairs has one path for each parameter', () => {
    const action = parseGroup('S14 on pairs')
    const svg = sharingSvg(sharingScheme(action, action))
    expect(svg.match(/<path fill="#/g)).toHaveLength(15)
  })
})

test.each<[string, () => number, number]>([
  ['a field of 2^16 elements', () => affineGeneral(1, 2 ** 16).degree, 2 ** 16],
  [
    '1,000,000 orbits of a wreath product',
    () => describeGroup(naturalAction(wreathProduct(trivial(1000), trivial(1000)))).biases,
    1_000_000,
  ],
  ['invariants of degree 100,000', () => molienSeries(trivial(1), 100_000).length, 100_001],
])('the limit itself is accepted: %s', (_, act, expected) => {
  expect(act()).toBe(expected)
})

describe('representations of symmetric groups', () => {
  test.each([8, 10])('rows of the table of characters are orthonormal for n = %i', (n) => {
    const shapes = partitions(n)
    const rows = shapes.map((shape) => shapes.map((type) => BigInt(symmetricCharacter(shape, type))))
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        const inner = shapes.reduce((sum, type, k) => sum + classSize(type) * a[k]! * b[k]!, 0n)
        expect(inner).toBe(i === j ? factorial(n) : 0n)
      })
    })
  })

  test('Fourier transform of S_7: the inverse recovers the function, and Plancherel holds', () => {
    const values = Float64Array.from({ length: 5040 }, () => random() - 0.5)
    const blocks = symmetricFourier(7, values)
    expect(distance(inverseSymmetricFourier(7, blocks), values)).toBeLessThan(1e-13)
    const energy = blocks.reduce(
      (sum, { dimension, matrix }) => sum + (dimension / 5040) * matrix.reduce((square, entry) => square + entry * entry, 0),
      0,
    )
    expect(energy).toBeCloseTo(
      values.reduce((sum, value) => sum + value * value, 0),
      10,
    )
  })
})

/** The largest difference between the product of two square matrices and a third. */
function productError(a: ArrayLike<number>, b: ArrayLike<number>, expected: ArrayLike<number>): number {
  const size = Math.round(Math.sqrt(a.length))
  const result = new Float64Array(a.length)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) for (let j = 0; j < size; j++) result[i * size + j]! += a[i * size + k]! * b[k * size + j]!
  return distance(result, expected)
}

describe('rotations', () => {
  test.each([60, 100])('small d of degree %i: d(a) d(b) = d(a + b), and d(a) d(-a) = 1', (l) => {
    const [a, b] = [0.7 + random(), 0.3 + random()]
    const one = Float64Array.from({ length: (2 * l + 1) ** 2 }, (_, k) => (k % (2 * l + 2) === 0 ? 1 : 0))
    expect(productError(wignerSmallD(l, a), wignerSmallD(l, b), wignerSmallD(l, a + b))).toBeLessThan(1e-12)
    expect(productError(wignerSmallD(l, a), wignerSmallD(l, -a), one)).toBeLessThan(1e-12)
  })

  test('the rows of a matrix of degree 1,000 have norm 1', () => {
    for (const m of [0, 3, 400, -999, 1000]) {
      let norm = 0
      for (let n = -1000; n <= 1000; n++) norm += wignerSmallD(1000, m, n, 1.2) ** 2
      expect(Math.abs(norm - 1)).toBeLessThan(1e-10)
    }
  })

  test('D of degree 60 is unitary', () => {
    const { re, im } = wignerD(60, 0.4, 1.3, 5.1)
    for (let m = 0; m < 121; m++)
      for (let n = 0; n <= m; n++) {
        let [real, imaginary] = [0, 0]
        for (let k = 0; k < 121; k++) {
          const [a, b, c, d] = [re[m * 121 + k]!, im[m * 121 + k]!, re[n * 121 + k]!, im[n * 121 + k]!]
          real += a * c + b * d
          imaginary += b * c - a * d
        }
        expect(Math.hypot(real - (m === n ? 1 : 0), imaginary)).toBeLessThan(1e-12)
      }
  })

  test.each([
    [10, 10, 10],
    [10, 7, 9],
    [10, 10, 20],
  ])('Clebsch-Gordan coefficients of degrees %i, %i, %i are orthonormal', (j1, j2, j) => {
    for (let m = -j; m <= j; m++)
      for (const k of [j, j - 1]) {
        if (Math.abs(m) > k || k < Math.abs(j1 - j2)) continue
        let inner = 0
        for (let m1 = -j1; m1 <= j1; m1++)
          if (Math.abs(m - m1) <= j2) inner += clebschGordan(j1, m1, j2, m - m1, j, m) * clebschGordan(j1, m1, j2, m - m1, k, m)
        expect(Math.abs(inner - (j === k ? 1 : 0))).toBeLessThan(1e-13)
      }
  })

  test('b = 64: weights sum to 2 and integrate Legendre polynomials below 2b', () => {
    const { beta, weights } = driscollHealyGrid(64)
    for (let l = 0; l < 128; l++) {
      const integral = beta.reduce((sum, angle, j) => sum + weights[j]! * wignerSmallD(l, 0, 0, angle), 0)
      expect(Math.abs(integral - (l === 0 ? 2 : 0))).toBeLessThan(1e-13)
    }
  })

  test.each([64, 128])('b = %i: the transform on the sphere recovers the coefficients', (b) => {
    const coefficients = randomArray(b * b)
    expect(complexDistance(sphereTransform(inverseSphereTransform(coefficients, b), b), coefficients)).toBeLessThan(1e-12)
  })

  test.each([32, 64])('b = %i: the transform on SO(3) recovers the coefficients', (b) => {
    const coefficients = randomArray(rotationSpectrumSize(b))
    expect(complexDistance(rotationTransform(inverseRotationTransform(coefficients, b), b), coefficients)).toBeLessThan(1e-12)
  })
})
