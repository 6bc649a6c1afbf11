import {
  type Dimension,
  dimensionValue,
  divideExactly,
  floorDivide,
  minus,
  plus,
  printShape,
  product,
  sameDimension,
  solveFor,
  symbol,
  times,
} from '@equivar/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const n = symbol('n')
const m = symbol('m')

test('polynomials have one normal form', () => {
  expect(String(plus(times(n, m), times(m, n)))).toBe('2*m*n')
  expect(sameDimension(times(plus(n, m), plus(n, m)), plus(plus(times(n, n), times(2, times(m, n))), times(m, m)))).toBe(true)
  expect(minus(plus(n, 3), n)).toBe(3)
  expect(String(plus(times(2, n), 1))).toBe('2*n+1')
  expect(String(minus(1, n))).toBe('-n+1')
  expect(printShape(['batch', 3].map((d) => (typeof d === 'string' ? symbol(d) : d)))).toBe('[batch, 3]')
})

test('floors are exact where they divide, and atoms where they do not', () => {
  expect(String(floorDivide(times(4, n), 2))).toBe('2*n')
  expect(String(floorDivide(plus(times(2, n), 3), 2))).toBe('n+1')
  expect(String(floorDivide(plus(n, 1), 2))).toBe('floor((n+1)/2)')
  expect(floorDivide(7, 2)).toBe(3)
})

test('ring laws and evaluation agree', () => {
  const value = fc.integer({ min: -5, max: 5 })
  const polynomial = fc
    .array(fc.tuple(value, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { maxLength: 4 })
    .map((terms) =>
      terms.map(([c, i, j]) => product([c, ...Array.from({ length: i }, () => n), ...Array.from({ length: j }, () => m)])).reduce(plus, 0),
    )
  fc.assert(
    fc.property(polynomial, polynomial, polynomial, fc.nat(9), fc.nat(9), (a, b, c, x, y) => {
      const binding = new Map([
        ['n', x],
        ['m', y],
      ])
      const at = (d: typeof a): number => dimensionValue(d, binding)
      expect(at(plus(a, b))).toBe(at(a) + at(b))
      expect(at(times(a, b))).toBe(at(a) * at(b) + 0)
      expect(sameDimension(times(a, plus(b, c)), plus(times(a, b), times(a, c)))).toBe(true)
      expect(at(floorDivide(a, 3))).toBe(Math.floor(at(a) / 3))
    }),
    { seed: 1 },
  )
})

test('solves for one linear unknown', () => {
  expect(solveFor(plus(times(2, n), 1), 7, new Map())).toEqual({ name: 'n', value: 3 })
  expect(solveFor(times(n, m), 12, new Map([['m', 4]]))).toEqual({ name: 'n', value: 3 })
  expect(solveFor(plus(times(2, n), 1), 8, new Map())).toBeUndefined()
  expect(solveFor(times(n, n), 9, new Map())).toBeUndefined()
})

test('exact quotients', () => {
  expect(String(divideExactly(times(times(6, n), m), times(2, n)))).toBe('3*m')
  expect(divideExactly(plus(n, 1), m)).toBeUndefined()
})

test('errors say what came', () => {
  expect(() => symbol('2n')).toThrow('symbol: expected a name of letters, digits and underscores, received "2n".')
  expect(() => dimensionValue(n, new Map())).toThrow('the symbol n has no value')
})

test('a product of more terms than any size has is refused, at once', () => {
  const sum = (...names: string[]): Dimension => names.map((name): Dimension => symbol(name)).reduce(plus)
  const square = times(sum('a', 'b', 'c', 'd'), sum('a', 'b', 'c', 'd'))
  expect(() => times(times(square, square), square)).toThrow('expected a size of at most 256 terms, received one of')
})
