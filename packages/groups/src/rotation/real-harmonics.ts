import type { EulerAngles, SpherePoint } from './points.ts'
import { realWignerD } from './real-wigner.ts'
import { rotationIndex, rotationSpectrumSize } from './rotation-transform.ts'
import { sphereIndex } from './sphere-transform.ts'

/**
 * The orthonormal real harmonics of SO(2) at given angles: 1, sqrt(2) cos theta, sqrt(2) sin theta, sqrt(2) cos 2 theta, ...
 *
 * @param angles - radians.
 * @param degrees - the number of frequencies, 0 to degrees - 1.
 * @returns float64 [2 degrees - 1, angles]: the constant, then cosine and sine of each frequency 1, 2, ..., degrees - 1.
 */
export function circleHarmonics(angles: readonly number[], degrees: number): Float64Array {
  return Float64Array.from({ length: (2 * degrees - 1) * angles.length }, (_, i) => {
    const row = Math.floor(i / angles.length)
    const phase = Math.ceil(row / 2) * angles[i % angles.length]!
    return row === 0 ? 1 : Math.SQRT2 * (row % 2 === 1 ? Math.cos(phase) : Math.sin(phase))
  })
}

/**
 * The real harmonics of the sphere at given points: R^l_M0 = realSphericalHarmonic(l, M) sqrt(4 pi / (2l + 1)), which is column 0 of realWignerD.
 *
 * @returns float64 [degrees^2, points], row sphereIndex(l, M).
 */
export function sphereHarmonics(points: readonly SpherePoint[], degrees: number): Float64Array {
  const table = new Float64Array(degrees * degrees * points.length)
  points.forEach(({ alpha, beta }, p) => {
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let l = 0; l < degrees; l++) {
      const matrix = realWignerD(l, alpha, beta, 0)
      for (let m = -l; m <= l; m++) table[sphereIndex(l, m) * points.length + p] = matrix[(m + l) * (2 * l + 1) + l]!
    }
  })
  return table
}

/**
 * The real matrix elements of SO(3) at given rotations: R^l_MN = realWignerD.
 *
 * @returns float64 [degrees (4 degrees^2 - 1) / 3, rotations], row rotationIndex(l, M, N).
 */
export function rotationHarmonics(rotations: readonly EulerAngles[], degrees: number): Float64Array {
  const table = new Float64Array(rotationSpectrumSize(degrees) * rotations.length)
  rotations.forEach(({ alpha, beta, gamma }, p) => {
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let l = 0; l < degrees; l++)
      realWignerD(l, alpha, beta, gamma).forEach((value, i) => {
        table[(rotationIndex(l, -l, -l) + i) * rotations.length + p] = value
      })
  })
  return table
}
