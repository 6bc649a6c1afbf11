import type { Complex } from './complex.ts'
import { wignerSmallD } from './wigner.ts'

/**
 * A spherical harmonic: Y_lm(theta, phi) = sqrt((2l + 1) / 4 pi) d^l_m0(theta) e^(i m phi), orthonormal on the sphere, with Condon and Shortley's phase.
 *
 * @param theta - the polar angle from the z axis, radians.
 * @param phi - the azimuth from the x axis, radians.
 * @throws DomainError if l is not an integer from 0 to 2047, or m not one from -l to l.
 * @remarks Accuracy 1e-13 to l = 100.
 */
export function sphericalHarmonic(l: number, m: number, theta: number, phi: number): Complex {
  const value = Math.sqrt((2 * l + 1) / (4 * Math.PI)) * wignerSmallD(l, m, 0, theta)
  return { re: value * Math.cos(m * phi), im: value * Math.sin(m * phi) }
}

/**
 * A real spherical harmonic, orthonormal on the sphere: of degree 1, y, z and x times sqrt(3 / 4 pi) for m = -1, 0, 1.
 *
 * sqrt(2) (-1)^m times the real part of Y_lm for m > 0, the imaginary part of Y_l|m| for m < 0, and Y_l0 for m = 0.
 *
 * @param theta - the polar angle from the z axis, radians.
 * @param phi - the azimuth from the x axis, radians.
 */
export function realSphericalHarmonic(l: number, m: number, theta: number, phi: number): number {
  const { re, im } = sphericalHarmonic(l, Math.abs(m), theta, phi)
  if (m === 0) return re
  const sign = m % 2 === 0 ? Math.SQRT2 : -Math.SQRT2
  return sign * (m > 0 ? re : im)
}
