import { DomainError } from '../errors.ts'
import { type ComplexArray, complexZeros } from './complex.ts'
import { FourierPlan } from './fourier.ts'
import { driscollHealyGrid } from './grid.ts'
import { halfAngles, smallDColumn } from './wigner.ts'

/** Where the coefficient of degree l and order m stands: l^2 + l + m. */
export function sphereIndex(l: number, m: number): number {
  return l * l + l + m
}

/** Samples as complex ones, checked to be as many as a transform needs. */
export function checkedSamples(where: string, values: ArrayLike<number> | ComplexArray, length: number, what: string): ComplexArray {
  const samples: ComplexArray = 're' in values ? values : { re: Float64Array.from(values), im: new Float64Array(values.length) }
  if (samples.re.length === length && samples.im.length === length) return samples
  throw new DomainError(where, `${length} numbers, ${what}`, `${samples.re.length}`)
}

/**
 * The spherical Fourier transform: f^_lm = integral of f times the conjugate of Y_lm over the sphere, for l below b.
 *
 * Law: exact for functions without degrees from b on; inverseSphereTransform then gives f back.
 *
 * @param values - real or complex samples [2b, 2b] (beta, alpha) on driscollHealyGrid(b), row-major.
 * @returns b^2 coefficients at sphereIndex(l, m).
 * @throws DomainError if there are not (2b)^2 samples.
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
 * The function with given spherical coefficients: f(beta_j, alpha_k) = sum over l below b and m of f^_lm Y_lm(beta_j, alpha_k).
 *
 * @param coefficients - b^2 of them, at sphereIndex(l, m).
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
      for (let j = 0; j < size; j++) {
        orders.re[j * size + at]! += re * column[start + j]!
        orders.im[j * size + at]! += im * column[start + j]!
      }
    }
  }
  const plan = new FourierPlan(size, 1)
  const result = complexZeros(size * size)
  for (let j = 0; j < size; j++) {
    plan.transform(orders, j * size, 1, { re: result.re.subarray(j * size), im: result.im.subarray(j * size) })
  }
  return result
}
