import { expect, test } from 'vitest'
import { greatestCommonDivisor, isPrime } from '../src/integers.ts'

test('primes are the integers with two divisors', () => {
  for (let n = 0; n <= 200; n++) {
    const divisors = Array.from({ length: n }, (_, d) => d + 1).filter((d) => n % d === 0)
    expect(isPrime(n)).toBe(divisors.length === 2)
  }
})

test('the greatest common divisor divides both, and is the largest that does', () => {
  for (let a = 0; a <= 30; a++)
    for (let b = 0; b <= 30; b++) {
      const common = Array.from({ length: 30 }, (_, d) => d + 1).filter((d) => a % d === 0 && b % d === 0)
      expect(greatestCommonDivisor(a, b)).toBe(a === 0 && b === 0 ? 0 : Math.max(...common))
    }
})
