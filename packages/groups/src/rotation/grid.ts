import { requireInteger } from '../errors.ts'

/** An equiangular grid for bandwidth b: 2b polar angles, 2b azimuths, and quadrature weights. */
export interface DriscollHealyGrid {
  readonly bandwidth: number
  /** Polar angles pi (2j + 1) / 4b, radians. */
  readonly beta: Float64Array
  /** Azimuths 2 pi k / 2b, radians. On SO(3) the Euler angle gamma has the same values. */
  readonly alpha: Float64Array
  /** One quadrature weight per polar angle. They sum to 2, the integral of sin beta from 0 to pi. */
  readonly weights: Float64Array
}

/**
 * The Driscoll-Healy grid. Functions of degree below b are determined by their values on it, and finite sums give their integrals exactly.
 *
 * Law: sum_j w_j P(cos beta_j) is the integral of P(cos beta) sin beta for every polynomial P of degree below 2b. So the integral of f over the sphere is
 * (2 pi / 2b) sum_jk w_j f(beta_j, alpha_k), and the mean of f over SO(3) is (1 / 2 (2b)^2) sum_jkl w_j f(alpha_k, beta_j, gamma_l).
 *
 * @param b - the bandwidth, from 1 to 4096.
 * @see Driscoll, Healy 1994; Kostelec, Rockmore 2008, equation 23.
 */
export function driscollHealyGrid(b: number): DriscollHealyGrid {
  requireInteger('driscollHealyGrid', 'the bandwidth', b, 1, 4096)
  const beta = Float64Array.from({ length: 2 * b }, (_, j) => (Math.PI * (2 * j + 1)) / (4 * b))
  const weights = beta.map((angle) => {
    let sum = 0
    for (let k = b - 1; k >= 0; k--) sum += Math.sin((2 * k + 1) * angle) / (2 * k + 1)
    return (2 / b) * Math.sin(angle) * sum
  })
  return { bandwidth: b, beta, alpha: Float64Array.from({ length: 2 * b }, (_, k) => (Math.PI * k) / b), weights }
}
