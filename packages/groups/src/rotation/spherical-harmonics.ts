import type { Complex } from './complex.ts'
import { signedBy } from './sign.ts'
import { wignerSmallD } from './wigner.ts'

/**
 * A complex spherical harmonic: Y_lm(theta, phi) = sqrt((2l + 1) / 4 pi) d^l_m0(theta) e^(i m phi). Orthonormal on the sphere, Condon-Shortley phase.
 *
 * @param theta - the polar angle from the z axis, radians.
 * @param phi - the azimuth from the x axis, radians.
 * @throws DomainError if l is not an integer from 0 to 2047, or m is not an integer from -l to l.
 * @remarks Accuracy 1e-13 up to l = 100.
 */
export function sphericalHarmonic(l: number, m: number, theta: number, phi: number): Complex {
  const value = Math.sqrt((2 * l + 1) / (4 * Math.PI)) * wignerSmallD(l, m, 0, theta)
  return { re: value * Math.cos(m * phi), im: value * Math.sin(m * phi) }
}

/**
 * A real spherical harmonic, orthonormal on the sphere. For degree 1 and m = -1, 0, 1 it is sqrt(3 / 4 pi) times y, z, x.
 *
 * For m > 0 it is sqrt(2) (-1)^m times the real part of Y_lm; for m < 0, sqrt(2) (-1)^m times the imaginary part of Y_l|m|; for m = 0, Y_l0.
 *
 * @param theta - the polar angle from the z axis, radians.
 * @param phi - the azimuth from the x axis, radians.
 */
export function realSphericalHarmonic(l: number, m: number, theta: number, phi: number): number {
  const { re, im } = sphericalHarmonic(l, Math.abs(m), theta, phi)
  if (m === 0) return re
  return signedBy(m, Math.SQRT2) * (m > 0 ? re : im)
}
