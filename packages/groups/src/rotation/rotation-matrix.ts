import { DomainError, requireInteger } from '../errors.ts'

/**
 * The rotation matrix R_z(alpha) R_y(beta) R_z(gamma): rotate by gamma about z, then by beta about y, then by alpha about z, all about fixed axes.
 *
 * @param alpha - in radians, as are beta and gamma.
 * @returns float64 [3, 3] row-major.
 */
export function rotationMatrix(alpha: number, beta: number, gamma: number): Float64Array {
  const [ca, sa, cb, sb, cg, sg] = [alpha, beta, gamma].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return Float64Array.of(
    ca * cb * cg - sa * sg,
    -ca * cb * sg - sa * cg,
    ca * sb,
    sa * cb * cg + ca * sg,
    -sa * cb * sg + ca * cg,
    sa * sb,
    -sb * cg,
    sb * sg,
    cb,
  )
}

const turn = (angle: number): number => (angle < 0 ? angle + 2 * Math.PI : angle)

/**
 * The Euler angles of a rotation matrix: alpha and gamma from 0 to 2 pi, beta from 0 to pi. Inverse of rotationMatrix.
 *
 * If beta is 0 or pi, only the sum or the difference of alpha and gamma is determined; gamma is then 0.
 *
 * @param matrix - nine numbers, row-major. Only their number is checked, not that they form a rotation.
 */
export function eulerAngles(matrix: ArrayLike<number>): [alpha: number, beta: number, gamma: number] {
  if (matrix.length !== 9) throw new DomainError('eulerAngles', 'the nine numbers of a rotation matrix', `${matrix.length}`)
  const sine = Math.hypot(matrix[2]!, matrix[5]!)
  const beta = Math.atan2(sine, matrix[8]!)
  if (sine < 1e-12) return [turn(Math.atan2(-matrix[1]!, matrix[4]!)), beta, 0]
  return [turn(Math.atan2(matrix[5]!, matrix[2]!)), beta, turn(Math.atan2(matrix[7]!, -matrix[6]!))]
}

/**
 * The irreducible real representations of SO(2): the rotation of the plane by `frequency` times the angle. Frequency 0 is the trivial representation.
 *
 * @returns float64 [2, 2] row-major, or [1] for frequency 0.
 */
export function planeRotation(frequency: number, angle: number): Float64Array {
  requireInteger('planeRotation', 'the frequency', frequency, 0, Number.MAX_SAFE_INTEGER)
  if (frequency === 0) return Float64Array.of(1)
  const cos = Math.cos(frequency * angle)
  const sin = Math.sin(frequency * angle)
  return Float64Array.of(cos, -sin, sin, cos)
}
