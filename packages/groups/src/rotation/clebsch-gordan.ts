import { DomainError } from '../errors.ts'

/** n choose k for integers; 0 if k < 0 or k > n. */
function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n
  let value = 1n
  for (let i = 1; i <= Math.min(k, n - k); i++) value = (value * BigInt(n - i + 1)) / BigInt(i)
  return value
}

/** a / b as a float64, accurate to the last bit or two, for integers of any size, a not negative and b positive. */
function ratio(a: bigint, b: bigint): number {
  const shift = b.toString(2).length - a.toString(2).length + 64
  const quotient = shift >= 0 ? (a << BigInt(shift)) / b : a / (b << BigInt(-shift))
  return Number(quotient) * 2 ** -shift
}

const isHalfInteger = (x: number): boolean => Number.isInteger(2 * x)

function checkMomentum(j: number, m: number): void {
  if (!isHalfInteger(j) || j < 0) throw new DomainError('clebschGordan', 'non-negative integers or half-integers as degrees', String(j))
  if (!Number.isInteger(j - m)) throw new DomainError('clebschGordan', `an order that differs from ${j} by an integer`, String(m))
}

/**
 * The Clebsch-Gordan coefficient <j1 m1 j2 m2 | j m>: it expresses the basis of an irreducible representation of degree j inside the tensor product of two
 * irreducible representations of SO(3) or SU(2).
 *
 * Real, with the Condon-Shortley phase: <j1 j1 j2 (j - j1) | j j> is positive. Zero unless m = m1 + m2 and |j1 - j2| <= j <= j1 + j2.
 *
 * @param j1 - an integer or half-integer, as are m1, j2, m2, j and m.
 * @throws DomainError if a degree is negative or not an integer or half-integer, or an order does not differ from its degree by an integer.
 * @remarks Relative accuracy about 1e-16 for all degrees, because the sum is computed in exact integers before the square root.
 */
export function clebschGordan(j1: number, m1: number, j2: number, m2: number, j: number, m: number): number {
  checkMomentum(j1, m1)
  checkMomentum(j2, m2)
  checkMomentum(j, m)
  const outside = Math.abs(m1) > j1 || Math.abs(m2) > j2 || Math.abs(m) > j
  if (outside || m !== m1 + m2 || j < Math.abs(j1 - j2) || j > j1 + j2) return 0
  const excess = j1 + j2 - j
  let sum = 0n
  for (let k = 0; k <= excess; k++) {
    const term = binomial(excess, k) * binomial(j1 - j2 + j, j1 - m1 - k) * binomial(j2 - j1 + j, j2 + m2 - k)
    sum += k % 2 === 0 ? term : -term
  }
  const numerator = binomial(2 * j1, excess) * binomial(2 * j2, excess) * sum * sum
  const denominator = binomial(j1 + j2 + j + 1, excess) * binomial(2 * j1, j1 - m1) * binomial(2 * j2, j2 - m2) * binomial(2 * j, j - m)
  const size = Math.sqrt(ratio(numerator, denominator))
  return sum < 0n ? -size : size
}
