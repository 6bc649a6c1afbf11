import { realWignerD, rotationIndex, rotationSpectrumSize, sphereIndex } from '@equivar/groups'

/** A point of the sphere: polar angle from the z axis and azimuth from the x axis, radians. */
export interface SpherePoint {
  readonly beta: number
  readonly alpha: number
}

/** A rotation R_z(alpha) R_y(beta) R_z(gamma), radians. */
export interface EulerAngles {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
}

/** R^l_M0 at each point, row sphereIndex(l, M): [degrees^2, points]. */
export function harmonicsAtPoints(points: readonly SpherePoint[], degrees: number): Float64Array {
  const table = new Float64Array(degrees * degrees * points.length)
  points.forEach(({ alpha, beta }, p) => {
    for (let l = 0; l < degrees; l++) {
      const matrix = realWignerD(l, alpha, beta, 0)
      for (let m = -l; m <= l; m++) table[sphereIndex(l, m) * points.length + p] = matrix[(m + l) * (2 * l + 1) + l] as number
    }
  })
  return table
}

/** R^l_MN at each rotation, row rotationIndex(l, M, N): [degrees (4 degrees^2 - 1) / 3, rotations]. */
export function harmonicsAtRotations(rotations: readonly EulerAngles[], degrees: number): Float64Array {
  const table = new Float64Array(rotationSpectrumSize(degrees) * rotations.length)
  rotations.forEach(({ alpha, beta, gamma }, p) => {
    for (let l = 0; l < degrees; l++)
      realWignerD(l, alpha, beta, gamma).forEach((value, i) => {
        table[(rotationIndex(l, -l, -l) + i) * rotations.length + p] = value
      })
  })
  return table
}
