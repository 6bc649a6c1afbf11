import { type ComplexArray, complexZeros } from './complex.ts'

/** The n-th roots of unity e^(2 pi i k / n), k = 0 to n - 1. */
export function rootsOfUnity(n: number): ComplexArray {
  const roots = complexZeros(n)
  for (let k = 0; k < n; k++) {
    roots.re[k] = Math.cos((2 * Math.PI * k) / n)
    roots.im[k] = Math.sin((2 * Math.PI * k) / n)
  }
  return roots
}

/**
 * Cosines and sines at equispaced points of the circle: cos(m theta_k) and sin(m theta_k), theta_k = 2 pi k / points, for each frequency m.
 *
 * @param degrees - the number of frequencies, 0 to degrees - 1.
 * @returns float64 [degrees, 2, points]; the sine of frequency 0 is a row of zeros.
 */
export function cosineSineTable(degrees: number, points: number): Float64Array {
  const { re, im } = rootsOfUnity(points)
  const table = new Float64Array(degrees * 2 * points)
  for (let m = 0; m < degrees; m++)
    for (let k = 0; k < points; k++) {
      table[2 * m * points + k] = re[(m * k) % points]!
      table[(2 * m + 1) * points + k] = im[(m * k) % points]!
    }
  return table
}
