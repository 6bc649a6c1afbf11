import { type Dimension, DimensionError, floorDivide, minus, plus, symbol, times, total } from '@equivar/tensor'
import { expect, test } from 'vitest'

const n = symbol('n')
const repeated = (f: (d: Dimension) => Dimension, times: number): Dimension => Array.from({ length: times }).reduce<Dimension>(f, n)
const named = (count: number): Dimension => total(Array.from({ length: count }, (_, i) => symbol(`a${i}`)))

test.each<[string, () => Dimension, string]>([
  ['factors', () => repeated((d) => times(d, d), 10), 'of at most 64 factors a term, received one of 128'],
  ['terms of a product', () => repeated((d) => times(plus(d, 1), plus(d, symbol('m'))), 10), 'of at most 256 terms, received one of'],
  ['terms of a sum', () => named(257), 'of at most 256 terms, received one of 257'],
  ['names', () => symbol('n'.repeat(1025)), 'of at most 1024 characters, received one of 1027'],
  ['nested floors', () => repeated((d) => plus(floorDivide(d, 2), floorDivide(d, 3)), 20), 'of at most 1024 characters, received one of'],
  ['floors, one in another', () => repeated((d) => floorDivide(plus(d, 1), 2), 200), 'of at most 1024 characters, received one of'],
  ['numbers', () => times(2 ** 40, 2 ** 40), 'a size within 2^53, received one of about 1.21e+24'],
  ['sums of numbers', () => plus(2 ** 53 - 1, 1), 'a size within 2^53, received one of about 9.01e+15'],
  ['coefficients', () => repeated((d) => times(d, 2 ** 20), 3), 'a size within 2^53, received one of about 1.15e+18'],
])('too many or too large %s are refused before any work', (_, build, message) => {
  expect(build).toThrow(DimensionError)
  expect(build).toThrow(message)
})

test('what networks have is within the bounds', () => {
  expect(String(repeated((d) => times(d, n), 63))).toBe(Array.from({ length: 64 }, () => 'n').join('*'))
  expect(String(repeated((d) => floorDivide(plus(d, 1), 2), 40))).toMatch(/^(floor\(\(){40}n/)
  expect(named(150).toString().split('+')).toHaveLength(150)
  expect(times(2 ** 26, 2 ** 26)).toBe(2 ** 52)
})

test('a sum of many is what adding one after the other gives', () => {
  const terms = [3, n, times(2, n), minus(1, symbol('m')), -4, symbol('m'), times(n, n)]
  expect(total(terms)).toEqual(terms.reduce(plus))
  expect(total([])).toBe(0)
  expect(total([2, 3])).toBe(5)
})
