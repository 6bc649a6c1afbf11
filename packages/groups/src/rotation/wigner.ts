import { DomainError, requireInteger } from '../errors.ts'
import type { Complex, ComplexArray } from './complex.ts'
import { signedBy } from './sign.ts'

/** The largest degree. A full matrix then takes 128 MiB. */
const LARGEST_DEGREE = 2047

/** For each angle, the cosine and sine of half of it, and the cosine of the whole angle. */
export interface HalfAngles {
  readonly cos: Float64Array
  readonly sin: Float64Array
  readonly cosAngle: Float64Array
}

/** Computes HalfAngles from polar angles in radians. */
export function halfAngles(betas: ArrayLike<number>): HalfAngles {
  const halves = Float64Array.from(betas, (beta) => beta / 2)
  return { cos: halves.map(Math.cos), sin: halves.map(Math.sin), cosAngle: Float64Array.from(betas, Math.cos) }
}

/** d^k_kn for |n| <= k, where the recurrence in l starts: sqrt(2k choose k - n) cos^(k + n) (-sin)^(k - n) of the half angle. */
function lowestDegree(k: number, n: number, cos: number, sin: number): number {
  const mixed = k - Math.abs(n)
  let value = cos ** (k + n - mixed) * sin ** (k - n - mixed)
  for (let i = 1; i <= mixed; i++) value *= -Math.sqrt((2 * k - i + 1) / i) * cos * sin
  return value
}

/**
 * Wigner's d^l_mn for all degrees l from max(|m|, |n|) to `last`, which is not less, and all given angles, by the three-term recurrence in l, which is stable for increasing l.
 *
 * @returns float64 [degrees, angles] row-major.
 */
export function smallDColumn(m: number, n: number, angles: HalfAngles, last: number): Float64Array {
  const first = Math.max(Math.abs(m), Math.abs(n))
  const width = angles.cos.length
  const column = new Float64Array((last - first + 1) * width)
  // d_mn = (-1)^(m-n) d_nm = (-1)^(m-n) d_-m,-n: move the index of larger size to the left and make it positive.
  // Stryker disable next-line EqualityOperator: for indices of equal size both choices give the same number
  const swapped = Math.abs(m) < Math.abs(n)
  const [large, small] = swapped ? [n, m] : [m, n]
  const negated = large < 0
  const lowest = angles.cos.map((cos, j) => lowestDegree(first, negated ? -small : small, cos, angles.sin[j]!))
  column.set(swapped === negated ? lowest : lowest.map((value) => signedBy(m, signedBy(n, value))))
  // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
  for (let l = first; l < last; l++) {
    const at = (l - first) * width
    if (l === 0) {
      column.set(angles.cosAngle, width)
      continue
    }
    const next = 1 / (l * Math.sqrt(((l + 1) ** 2 - m * m) * ((l + 1) ** 2 - n * n)))
    const slope = (2 * l + 1) * l * (l + 1) * next
    const offset = (2 * l + 1) * m * n * next
    const before = (l + 1) * Math.sqrt((l * l - m * m) * (l * l - n * n)) * next
    // Stryker disable next-line EqualityOperator: what is written behind a row is overwritten or lost
    for (let j = 0; j < width; j++) {
      const previous = l === first ? 0 : column[at - width + j]!
      column[at + width + j] = (slope * angles.cosAngle[j]! - offset) * column[at + j]! - before * previous
    }
  }
  return column
}

function checkIndices(where: string, l: number, m: number, n: number): void {
  requireInteger(where, 'the degree l', l, 0, LARGEST_DEGREE)
  for (const index of [m, n])
    if (!Number.isInteger(index) || Math.abs(index) > l)
      throw new DomainError(where, `orders that are integers from ${-l} to ${l}`, String(index))
}

/** The full matrix d^l(beta). Only entries with m >= |n| are computed; the others follow by symmetry. */
function smallDMatrix(l: number, beta: number): Float64Array {
  requireInteger('wignerSmallD', 'the degree l', l, 0, LARGEST_DEGREE)
  const size = 2 * l + 1
  const angles = halfAngles([beta])
  const matrix = new Float64Array(size * size)
  const set = (m: number, n: number, value: number): void => {
    matrix[(m + l) * size + n + l] = value
  }
  for (let m = 0; m <= l; m++) {
    for (let n = -m; n <= m; n++) {
      const value = smallDColumn(m, n, angles, l)[l - m]!
      const flipped = signedBy(m, signedBy(n, value))
      set(m, n, value)
      set(-n, -m, value)
      set(n, m, flipped)
      set(-m, -n, flipped)
    }
  }
  return matrix
}

/**
 * Wigner's small d matrix: the action of a rotation about the y axis on the spherical harmonics of degree l.
 *
 * Law: d^l(a) d^l(b) = d^l(a + b); d^l is orthogonal. d^l_mn(beta) = <l m| exp(-i beta J_y) |l n>, with the Condon-Shortley phase.
 *
 * @param beta - in radians.
 * @returns without m and n, the full matrix, float64 [2l + 1, 2l + 1] row-major, with rows m and columns n from -l to l; otherwise one entry.
 * @throws DomainError if l is not an integer from 0 to 2047, or m or n is not an integer from -l to l.
 * @remarks Accuracy 1e-13 up to l = 100; entries below 1e-300 may be 0. Cost O(l) per entry, O(l^3) per matrix.
 * @see Kostelec, Rockmore 2008, "FFTs on the rotation group", for the recurrence.
 */
export function wignerSmallD(l: number, beta: number): Float64Array
export function wignerSmallD(l: number, m: number, n: number, beta: number): number
export function wignerSmallD(l: number, m: number, n?: number, beta?: number): Float64Array | number {
  if (n === undefined || beta === undefined) return smallDMatrix(l, m)
  checkIndices('wignerSmallD', l, m, n)
  return smallDColumn(m, n, halfAngles([beta]), l)[l - Math.max(Math.abs(m), Math.abs(n))]!
}

/**
 * Wigner's D matrix, the irreducible representation of SO(3) of degree l: D^l_mn(alpha, beta, gamma) = e^(-i m alpha) d^l_mn(beta) e^(-i n gamma).
 *
 * Law: D(Q R) = D(Q) D(R), and D is unitary. For R = R_z(alpha) R_y(beta) R_z(gamma), Y_ln(R^-1 x) = sum_m Y_lm(x) D^l_mn(R).
 *
 * @param alpha - in radians, as are beta and gamma.
 * @returns without m and n, the full matrix, [2l + 1, 2l + 1] row-major; otherwise one entry.
 * @throws DomainError if l is not an integer from 0 to 2047, or m or n is not an integer from -l to l.
 */
export function wignerD(l: number, alpha: number, beta: number, gamma: number): ComplexArray
export function wignerD(l: number, m: number, n: number, alpha: number, beta: number, gamma: number): Complex
export function wignerD(l: number, a: number, b: number, c: number, beta?: number, gamma?: number): ComplexArray | Complex {
  if (beta === undefined || gamma === undefined) return wignerDMatrix(l, a, b, c)
  const value = wignerSmallD(l, a, b, beta)
  const phase = -a * c - b * gamma
  return { re: value * Math.cos(phase), im: value * Math.sin(phase) }
}

function wignerDMatrix(l: number, alpha: number, beta: number, gamma: number): ComplexArray {
  const small = smallDMatrix(l, beta)
  const size = 2 * l + 1
  const phase = (k: number): number => -(Math.floor(k / size) - l) * alpha - ((k % size) - l) * gamma
  return { re: small.map((value, k) => value * Math.cos(phase(k))), im: small.map((value, k) => value * Math.sin(phase(k))) }
}
