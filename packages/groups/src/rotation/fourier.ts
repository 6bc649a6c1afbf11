import { DomainError, requireInteger } from '../errors.ts'
import { type ComplexArray, complexZeros } from './complex.ts'
import { rootsOfUnity } from './trigonometric-tables.ts'

function smallestFactor(n: number): number {
  // Stryker disable next-line EqualityOperator,ArithmeticOperator,ConditionalExpression,BlockStatement: any factor will do, a small one takes less time
  for (let p = 2; p * p <= n; p++) {
    if (n % p === 0) return p
  }
  return n
}

/**
 * The discrete Fourier transform of length n, with its tables computed once: X_k = sum_j x_j e^(sign 2 pi i j k / n).
 *
 * @remarks Cooley-Tukey recursion over the prime factors of n. Cost O(n log n) for smooth n, O(n^2) for prime n. Accuracy about 1e-16 log n.
 */
export class FourierPlan {
  readonly length: number
  readonly #cos: Float64Array
  readonly #sin: Float64Array
  readonly #scratch: ComplexArray

  /** @param sign - the sign of the exponent: -1 for analysis, 1 for synthesis. */
  constructor(length: number, sign: 1 | -1) {
    this.length = requireInteger('FourierPlan', 'the length', length, 1)
    const { re, im } = rootsOfUnity(length)
    this.#cos = re
    this.#sin = im.map((sine) => sign * sine)
    this.#scratch = complexZeros(length)
  }

  /**
   * Transforms source[offset + j stride], j = 0 to length - 1, and writes the result to target[0] to target[length - 1]. `target` must not be `source`.
   */
  transform(source: ComplexArray, offset: number, stride: number, target: ComplexArray): void {
    this.#recurse(this.length, source, offset, stride, target, 0)
  }

  #recurse(n: number, source: ComplexArray, offset: number, stride: number, target: ComplexArray, start: number): void {
    if (n === 1) {
      target.re[start] = source.re[offset]!
      target.im[start] = source.im[offset]!
      return
    }
    const p = smallestFactor(n)
    const m = n / p
    for (let r = 0; r < p; r++) this.#recurse(m, source, offset + r * stride, stride * p, target, start + r * m)
    // Stryker disable next-line ConditionalExpression: the general case gives the same numbers, and takes longer
    if (p === 2) this.#combinePairs(m, target, start)
    else this.#combine(p, m, target, start)
  }

  #combinePairs(m: number, { re, im }: ComplexArray, start: number): void {
    const step = this.length / (2 * m)
    for (let k = 0; k < m; k++) {
      const c = this.#cos[k * step]!
      const s = this.#sin[k * step]!
      const low = start + k
      const high = low + m
      const x = re[high]! * c - im[high]! * s
      const y = re[high]! * s + im[high]! * c
      re[high] = re[low]! - x
      im[high] = im[low]! - y
      re[low] = re[low]! + x
      im[low] = im[low]! + y
    }
  }

  #combine(p: number, m: number, { re, im }: ComplexArray, start: number): void {
    const n = p * m
    const step = this.length / n
    const scratch = this.#scratch
    // Stryker disable next-line EqualityOperator: the number behind the last one is not read
    for (let k = 0; k < n; k++) {
      let x = 0
      let y = 0
      for (let r = 0; r < p; r++) {
        const at = start + r * m + (k % m)
        const turn = ((r * k) % n) * step
        x += re[at]! * this.#cos[turn]! - im[at]! * this.#sin[turn]!
        y += re[at]! * this.#sin[turn]! + im[at]! * this.#cos[turn]!
      }
      scratch.re[k] = x
      scratch.im[k] = y
    }
    // Stryker disable next-line EqualityOperator: what is written behind the end is overwritten later, or lost
    for (let k = 0; k < n; k++) {
      re[start + k] = scratch.re[k]!
      im[start + k] = scratch.im[k]!
    }
  }
}

/**
 * Fourier coefficients of a function on the circle, from n equispaced samples: c_m = (1/n) sum_k f(2 pi k / n) e^(-i m 2 pi k / n).
 *
 * @param values - real or complex samples.
 * @returns c_0, c_1, ...; coefficient c_-m has index n - m.
 * @throws DomainError if the numbers of real and imaginary parts differ.
 */
export function circleTransform(values: ArrayLike<number> | ComplexArray): ComplexArray {
  const source: ComplexArray = 're' in values ? values : { re: Float64Array.from(values), im: new Float64Array(values.length) }
  const n = source.re.length
  if (source.im.length !== n)
    throw new DomainError('circleTransform', 'as many imaginary parts as real parts', `${source.im.length} and ${n}`)
  const result = complexZeros(n)
  new FourierPlan(n, -1).transform(source, 0, 1, result)
  return { re: result.re.map((value) => value / n), im: result.im.map((value) => value / n) }
}

/** Samples of a function on the circle, from its Fourier coefficients: f(2 pi k / n) = sum_m c_m e^(i m 2 pi k / n). */
export function inverseCircleTransform(coefficients: ComplexArray): ComplexArray {
  const result = complexZeros(coefficients.re.length)
  new FourierPlan(coefficients.re.length, 1).transform(coefficients, 0, 1, result)
  return result
}
