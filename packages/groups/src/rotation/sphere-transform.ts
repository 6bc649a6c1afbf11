import { DomainError } from '../errors.ts'
import { type ComplexArray, complexZeros } from './complex.ts'
import { FourierPlan } from './fourier.ts'
import { driscollHealyGrid } from './grid.ts'
import { halfAngles, smallDColumn } from './wigner.ts'

/** The index of the coefficient of degree l and order m: l^2 + l + m. */
export function sphereIndex(l: number, m: number): number {
  return l * l + l + m
}

/** Converts samples to complex numbers. @throws DomainError unless there are `length` of them; `what` explains that number. */
export function checkedSamples(where: string, values: ArrayLike<number> | ComplexArray, length: number, what: string): ComplexArray {
  const samples: ComplexArray = 're' in values ? values : { re: Float64Array.from(values), im: new Float64Array(values.length) }
  if (samples.re.length === length && samples.im.length === length) return samples
  throw new DomainError(where, `${length} numbers, ${what}`, `${samples.re.length}`)
}

/**
 * The spherical Fourier transform: f^_lm is the integral of f conj(Y_lm) over the sphere, for l below b.
 *
 * Law: exact for functions of degree below b; inverseSphereTransform then recovers f.
 *
 * @param values - real or complex samples [2b, 2b] (beta, alpha) on driscollHealyGrid(b), row-major.
 * @returns b^2 coefficients; f^_lm has index sphereIndex(l, m).
 * @throws DomainError if the number of samples is not (2b)^2.
 * @remarks Cost O(b^3); accuracy about 1e-14 at b = 64.
 */
export function sphereTransform(values: ArrayLike<number> | ComplexArray, b: number): ComplexArray {
  const { beta, weights } = driscollHealyGrid(b)
  const size = 2 * b
  const samples = checkedSamples('sphereTransform', values, size * size, `[2b, 2b] for b = ${b}`)
  const rows = beta.map((_, j) => j)
  const plan = new FourierPlan(size, -1)
  const orders = Array.from(rows, (j) => {
    const row = complexZeros(size)
    plan.transform(samples, j * size, 1, row)
    return row
  })
  const angles = halfAngles(beta)
  const result = complexZeros(b * b)
  for (let m = 1 - b; m < b; m++) {
    const column = smallDColumn(m, 0, angles, b - 1)
    const at = (m + size) % size
    for (let l = Math.abs(m); l < b; l++) {
      const scale = Math.sqrt((2 * l + 1) / (4 * Math.PI)) * (Math.PI / b)
      const start = (l - Math.abs(m)) * size
      let re = 0
      let im = 0
      for (let j = 0; j < size; j++) {
        const weight = weights[j]! * column[start + j]!
        re += weight * orders[j]!.re[at]!
        im += weight * orders[j]!.im[at]!
      }
      result.re[sphereIndex(l, m)] = scale * re
      result.im[sphereIndex(l, m)] = scale * im
    }
  }
  return result
}

/**
 * The inverse spherical Fourier transform: f(beta_j, alpha_k) = sum over l below b and all m of f^_lm Y_lm(beta_j, alpha_k).
 *
 * @param coefficients - b^2 of them; f^_lm has index sphereIndex(l, m).
 * @returns samples [2b, 2b] (beta, alpha) on driscollHealyGrid(b), row-major.
 */
export function inverseSphereTransform(coefficients: ComplexArray, b: number): ComplexArray {
  const { beta } = driscollHealyGrid(b)
  checkedSamples('inverseSphereTransform', coefficients, b * b, `b^2 for b = ${b}`)
  const size = 2 * b
  const angles = halfAngles(beta)
  const orders = complexZeros(size * size)
  for (let m = 1 - b; m < b; m++) {
    const column = smallDColumn(m, 0, angles, b - 1)
    const at = (m + size) % size
    for (let l = Math.abs(m); l < b; l++) {
      const scale = Math.sqrt((2 * l + 1) / (4 * Math.PI))
      const re = scale * coefficients.re[sphereIndex(l, m)]!
      const im = scale * coefficients.im[sphereIndex(l, m)]!
      const start = (l - Math.abs(m)) * size
      // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
      for (let j = 0; j < size; j++) {
        orders.re[j * size + at]! += re * column[start + j]!
        orders.im[j * size + at]! += im * column[start + j]!
      }
    }
  }
  const plan = new FourierPlan(size, 1)
  const result = complexZeros(size * size)
  for (const j of beta.keys()) {
    plan.transform(orders, j * size, 1, { re: result.re.subarray(j * size), im: result.im.subarray(j * size) })
  }
  return result
}
