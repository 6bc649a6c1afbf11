import { driscollHealyGrid } from './grid.ts'
import { realScale } from './real-wigner.ts'
import { signedBy } from './sign.ts'
import { halfAngles, smallDColumn } from './wigner.ts'

/**
 * The polar factor of the real harmonics R^l_M0 on the sphere, on driscollHealyGrid(b): sqrt(2) (-1)^m d^l_m0(beta_j) for m > 0, d^l_00(beta_j) for m = 0.
 *
 * @returns float64 [degrees (m), degrees (l), 2b]; entries with l < m are 0.
 */
export function spherePolarTable(degrees: number, b: number): Float64Array {
  const angles = halfAngles(driscollHealyGrid(b).beta)
  const table = new Float64Array(degrees * degrees * 2 * b)
  for (let m = 0; m < degrees; m++) {
    const scale = signedBy(m, m === 0 ? 1 : Math.SQRT2)
    const column = smallDColumn(m, 0, angles, degrees - 1)
    table.set(
      column.map((value) => scale * value),
      (m * degrees + m) * 2 * b,
    )
  }
  return table
}

/**
 * The polar factor of the real matrix elements R^l_MN of SO(3), on driscollHealyGrid(b): realScale(m, n) d^l_mn(beta_j) for m, n >= 0.
 *
 * Elements with a negative order follow from it: realScale(m, n) (-1)^n d^l_m,-n(beta_j) is (-1)^(l + m + n) times the entry at pi - beta_j, which has
 * index 2b - 1 - j.
 *
 * @returns float64 [degrees (m), degrees (n), degrees (l), 2b]; entries with l < max(m, n) are 0.
 */
export function rotationPolarTable(degrees: number, b: number): Float64Array {
  const angles = halfAngles(driscollHealyGrid(b).beta)
  const table = new Float64Array(degrees ** 3 * 2 * b)
  for (let m = 0; m < degrees; m++)
    for (let n = 0; n < degrees; n++) {
      const scale = realScale(m, n)
      const column = smallDColumn(m, n, angles, degrees - 1)
      table.set(
        column.map((value) => scale * value),
        ((m * degrees + n) * degrees + Math.max(m, n)) * 2 * b,
      )
    }
  return table
}
