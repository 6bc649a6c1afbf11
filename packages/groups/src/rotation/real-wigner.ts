import { signedBy } from './sign.ts'
import { wignerSmallD } from './wigner.ts'

/** The factor between d^l_mn and the polar factor of a real matrix element, for m, n >= 0: (-1)^(m + n), times sqrt(1/2) for each order that is 0. */
export function realScale(m: number, n: number): number {
  const size = (m === 0 ? Math.SQRT1_2 : 1) * (n === 0 ? Math.SQRT1_2 : 1)
  return signedBy(m, signedBy(n, size))
}

/**
 * The irreducible representation of SO(3) of degree l as real orthogonal matrices, in the basis of real spherical harmonics.
 *
 * Law: realWignerD(Q R) = realWignerD(Q) realWignerD(R), and y_n(R^-1 x) = sum_m y_m(x) realWignerD_mn(R) for the real harmonics y. For degree 1 it is the
 * rotation matrix with the axes in the order y, z, x.
 *
 * @param alpha - in radians, as are beta and gamma: R = R_z(alpha) R_y(beta) R_z(gamma).
 * @returns float64 [2l + 1, 2l + 1] row-major.
 */
export function realWignerD(l: number, alpha: number, beta: number, gamma: number): Float64Array {
  const d = wignerSmallD(l, beta)
  const size = 2 * l + 1
  const entry = (m: number, n: number): number => d[(m + l) * size + n + l]!
  const result = new Float64Array(size * size)
  const set = (m: number, n: number, value: number): void => {
    result[(m + l) * size + n + l] = value
  }
  for (let m = 0; m <= l; m++) {
    for (let n = 0; n <= l; n++) {
      const scale = realScale(m, n)
      const same = entry(m, n) * scale
      const opposite = entry(m, -n) * signedBy(n, scale)
      const sum = m * alpha + n * gamma
      const difference = m * alpha - n * gamma
      set(m, n, same * Math.cos(sum) + opposite * Math.cos(difference))
      if (n > 0) set(m, -n, -same * Math.sin(sum) + opposite * Math.sin(difference))
      if (m > 0) set(-m, n, same * Math.sin(sum) + opposite * Math.sin(difference))
      if (m > 0 && n > 0) set(-m, -n, same * Math.cos(sum) - opposite * Math.cos(difference))
    }
  }
  return result
}
