import type { ComplexArray } from './complex.ts'

/** The n-th roots of unity e^(2 pi i k / n), k = 0 to n - 1. */
export function rootsOfUnity(n: number): ComplexArray {
  const angles = new Float64Array(n).map((_, k) => (2 * Math.PI * k) / n)
  return { re: angles.map(Math.cos), im: angles.map(Math.sin) }
}

/**
 * Cosines and sines at equispaced points of the circle: cos(m theta_k) and sin(m theta_k), theta_k = 2 pi k / points, for each frequency m.
 *
 * @param degrees - the number of frequencies, 0 to degrees - 1.
 * @returns float64 [degrees, 2, points]; the sine of frequency 0 is a row of zeros.
 */
export function cosineSineTable(degrees: number, points: number): Float64Array {
  const { re, im } = rootsOfUnity(points)
  return new Float64Array(degrees * 2 * points).map((_, at) => {
    const [row, k] = [Math.floor(at / points), at % points]
    const waves = row % 2 === 0 ? re : im
    return waves[(Math.floor(row / 2) * k) % points]!
  })
}
