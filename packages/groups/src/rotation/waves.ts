import { type ComplexArray, complexZeros } from './complex.ts'

/** e^(2 pi i k / n) for k = 0 to n - 1: every wave on n equidistant points of the circle takes its values from these. */
export function rootsOfUnity(n: number): ComplexArray {
  const roots = complexZeros(n)
  for (let k = 0; k < n; k++) {
    roots.re[k] = Math.cos((2 * Math.PI * k) / n)
    roots.im[k] = Math.sin((2 * Math.PI * k) / n)
  }
  return roots
}

/**
 * The real waves on equidistant points of the circle: cos m theta_k, then sin m theta_k, theta_k = 2 pi k / points, for each frequency m.
 *
 * @param degrees - frequencies 0 to degrees - 1.
 * @returns float64 [degrees, 2, points]; the sine of frequency 0 is a row of zeros.
 */
export function wavesOnCircle(degrees: number, points: number): Float64Array {
  const { re, im } = rootsOfUnity(points)
  const waves = new Float64Array(degrees * 2 * points)
  for (let m = 0; m < degrees; m++)
    for (let k = 0; k < points; k++) {
      waves[2 * m * points + k] = re[(m * k) % points]!
      waves[(2 * m + 1) * points + k] = im[(m * k) % points]!
    }
  return waves
}
