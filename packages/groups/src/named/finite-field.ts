import { DomainError } from '../errors.ts'

/** A finite field of q elements, numbered 0 to q - 1. The base-p digits of a number are the coefficients of a polynomial over the prime field. */
export interface FiniteField {
  readonly size: number
  readonly characteristic: number
  /** A generator of the multiplicative group. */
  readonly primitive: number
  readonly add: (a: number, b: number) => number
  readonly multiply: (a: number, b: number) => number
  readonly invert: (a: number) => number
}

/** The prime p and the exponent k with q = p^k; undefined if q is not a prime power. */
function primePower(q: number): { readonly prime: number; readonly exponent: number } | undefined {
  if (!Number.isInteger(q) || q < 2) return undefined
  let prime = 2
  // Stryker disable next-line EqualityOperator: a square root ends the search by dividing
  while (q % prime !== 0 && prime * prime <= q) prime++
  if (q % prime !== 0) prime = q
  let exponent = 0
  let rest = q
  for (; rest % prime === 0; rest /= prime) exponent++
  return rest === 1 ? { prime, exponent } : undefined
}

/** Multiplies the polynomial `a` by x modulo the monic polynomial x^k + `modulus`. Polynomials are encoded as base-p digits. */
function timesX(a: number, modulus: number, p: number, q: number): number {
  const leading = Math.floor((a * p) / q)
  const shifted = (a * p) % q
  let result = 0
  for (let digit = 1; digit < q; digit *= p) {
    const value = (Math.floor(shifted / digit) + p * leading - leading * (Math.floor(modulus / digit) % p)) % p
    result += value * digit
  }
  return result
}

/** The powers of a primitive element: x modulo a primitive polynomial for k > 1, a primitive root for k = 1. */
function powersOfPrimitive(p: number, k: number, q: number): Uint32Array {
  const powers = new Uint32Array(q - 1)
  for (let candidate = 1; candidate < q; candidate++) {
    const next = k === 1 ? (a: number): number => (a * candidate) % p : (a: number): number => timesX(a, candidate, p, q)
    let element = 1
    let count = 0
    do {
      powers[count++] = element
      element = next(element)
    } while (element > 1 && count < q - 1)
    if (element === 1 && count === q - 1) return powers
  }
  throw new DomainError('finiteField', 'a primitive polynomial', `none for ${p}^${k}`)
}

/**
 * The field of q elements. Arithmetic uses tables of discrete logarithms.
 *
 * @throws DomainError if q is not a prime power of at most 65,536.
 */
export function finiteField(q: number): FiniteField {
  const power = primePower(q)
  if (power === undefined || q > 65_536) throw new DomainError('finiteField', 'a prime power of at most 65536', String(q))
  const { prime: p, exponent } = power
  const exponential = powersOfPrimitive(p, exponent, q)
  const logarithm = new Uint32Array(q)
  exponential.forEach((element, k) => {
    logarithm[element] = k
  })
  const add = (a: number, b: number): number => {
    let sum = 0
    for (let digit = 1; digit < q; digit *= p) sum += ((Math.floor(a / digit) + Math.floor(b / digit)) % p) * digit
    return sum
  }
  const multiply = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : exponential[(logarithm[a]! + logarithm[b]!) % (q - 1)]!)
  const invert = (a: number): number => exponential[(q - 1 - logarithm[a]!) % (q - 1)]!
  return { size: q, characteristic: p, primitive: exponential[1 % (q - 1)]!, add, multiply, invert }
}
