import { DomainError, NotationError, Permutation, seededRandom } from '@equivar/groups'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomPermutation } from './random-groups.ts'

const check = (property: fc.IRawProperty<unknown>): void => {
  fc.assert(property, { seed: 42, numRuns: 200 })
}

/** Some permutations of one degree. */
const several = (count: number): fc.Arbitrary<Permutation[]> =>
  fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer()).map(([n, seed]) => {
    const random = seededRandom(seed)
    return Array.from({ length: count }, () => randomPermutation(n, random))
  })

const same = (a: Permutation, b: Permutation): void => expect(a.toString()).toBe(b.toString())

describe('laws', () => {
  test('compose is "this after q" and associative, with inverses and an identity', () => {
    check(
      fc.property(several(3), ([p, q, r]) => {
        for (let i = 0; i < p!.degree; i++) expect(p!.compose(q!).apply(i)).toBe(p!.apply(q!.apply(i)))
        same(p!.compose(q!).compose(r!), p!.compose(q!.compose(r!)))
        expect(p!.compose(p!.inverse()).isIdentity()).toBe(true)
        expect(p!.inverse().compose(p!).equals(Permutation.identity(p!.degree))).toBe(true)
      }),
    )
  })

  test('powers are repeated products, and the order is the first power that is the identity', () => {
    check(
      fc.property(several(1), fc.integer({ min: -9, max: 9 }), ([p], k) => {
        let product = Permutation.identity(p!.degree)
        for (let i = 0; i < Math.abs(k); i++) product = product.compose(k > 0 ? p! : p!.inverse())
        same(p!.power(k), product)
        expect(p!.power(p!.order()).isIdentity()).toBe(true)
        for (let i = 1; i < p!.order(); i++) expect(p!.power(i).isIdentity()).toBe(false)
      }),
    )
  })

  test('the sign is multiplicative and is the parity of the number of inversions', () => {
    check(
      fc.property(several(2), ([p, q]) => {
        expect(p!.compose(q!).sign()).toBe(p!.sign() * q!.sign())
        let inversions = 0
        for (let i = 0; i < p!.degree; i++) for (let j = 0; j < i; j++) if (p!.apply(j) > p!.apply(i)) inversions++
        expect(p!.sign()).toBe(inversions % 2 === 0 ? 1 : -1)
      }),
    )
  })

  test('cycles, images and text each determine the permutation', () => {
    check(
      fc.property(several(1), ([p]) => {
        same(Permutation.fromCycles(p!.degree, p!.cycles()), p!)
        same(Permutation.fromImages(p!.images), p!)
        same(Permutation.parse(p!.degree, p!.toString()), p!)
        expect(p!.cycleType().reduce((a, b) => a + b, 0)).toBe(p!.degree)
        expect(p!.fixedPoints()).toBe(p!.cycleType().filter((length) => length === 1).length)
      }),
    )
  })
})

describe('cycle notation', () => {
  test('is parsed with blanks or commas, and printed with the smallest points first', () => {
    expect(Permutation.parse(6, ' (3, 1)( 5 0 4 ) ').toString()).toBe('(0 4 5)(1 3)')
    expect(Permutation.parse(4, '()').isIdentity()).toBe(true)
    expect(Permutation.parse(4, '(2)').toString()).toBe('()')
    expect(Permutation.identity(0).toString()).toBe('()')
  })

  test.each([
    ['(0 4)', 3, 'a point from 0 to 3', '"4" at character 4'],
    ['(0 1)(1 2)', 6, 'a point that has not appeared before', '"1" at character 7'],
    ['(0 1', 4, 'a point, a comma or )', 'the end of the text at character 5'],
    ['(0,)', 3, 'a point', '")" at character 4'],
    ['(a)', 1, 'a point or )', '"a" at character 2'],
    ['(0 1) x', 6, 'a cycle such as (0 1)', '"x" at character 7'],
    ['', 0, 'a cycle such as (0 1)', 'the end of the text at character 1'],
    ['(0 -1)', 3, 'a point, a comma or )', '"-" at character 4'],
  ])('the error for %j gives the position', (text, position, expected, received) => {
    const read = (): Permutation => Permutation.parse(4, text)
    expect(read).toThrow(NotationError)
    expect(read).toThrow(`Permutation.parse: expected ${expected}, received ${received}.`)
    try {
      read()
    } catch (error) {
      expect(error).toMatchObject({ position, text, excerpt: `${text}\n${' '.repeat(position)}^` })
    }
  })
})

describe('invalid arguments are refused', () => {
  test.each<[string, () => unknown, string]>([
    [
      'an image twice',
      () => Permutation.fromImages([0, 1, 1]),
      'Permutation.fromImages: expected images to be the points 0 to 2 in some order, received 1 twice, again as the image of 2.',
    ],
    ['points from 1', () => Permutation.fromImages([1, 2]), 'received 2 as the image of 1. Points start at 0.'],
    ['a fraction', () => Permutation.fromImages([0.5]), 'received 0.5 as the image of 0.'],
    ['a negative image', () => Permutation.fromImages([-1, 0]), 'received -1 as the image of 0.'],
    [
      'cycles that are not disjoint',
      () =>
        Permutation.fromCycles(3, [
          [0, 1],
          [1, 2],
        ]),
      'expected disjoint cycles, received the point 1 twice. For cycles that are not disjoint, use compose.',
    ],
    [
      'a point outside the range',
      () => Permutation.fromCycles(3, [[0, 3]]),
      'Permutation.fromCycles: expected every point to be an integer from 0 to 2, received 3.',
    ],
    [
      'different degrees',
      () => Permutation.identity(3).compose(Permutation.identity(4)),
      'Permutation.compose: expected a permutation of 3 points, received one of 4.',
    ],
    [
      'apply to a point outside the range',
      () => Permutation.identity(3).apply(3),
      'Permutation.apply: expected a point from 0 to 2, received 3.',
    ],
    [
      'a huge degree, before memory is allocated',
      () => Permutation.identity(1e12),
      'Permutation.identity: expected the number of points to be an integer from 0 to 268435456, received 1000000000000.',
    ],
    ['a fractional power', () => Permutation.identity(3).power(0.5), 'Permutation.power: expected a safe integer, received 0.5.'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(DomainError)
    expect(act).toThrow(message)
  })

  test('an order beyond 2^53', () => {
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
    let start = 0
    const cycles = primes.map((p) => Array.from({ length: p }, () => start++))
    expect(() => Permutation.fromCycles(start, cycles).order()).toThrow('Permutation.order: expected an order below 2^53')
  })
})

test('seeded random numbers repeat for a seed and cover the interval', () => {
  const [a, b] = [seededRandom(7), seededRandom(7)]
  const draws = Array.from({ length: 20_000 }, () => a())
  expect(draws.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => b()))
  const bins = new Array<number>(20).fill(0)
  for (const draw of draws) bins[Math.floor(draw * 20)]!++
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
  expect(chiSquare).toBeLessThan(43.8)
})
