import { driscollHealyGrid } from './grid.ts'
import { realScale } from './real-wigner.ts'
import { halfAngles, smallDColumn } from './wigner.ts'

/**
 * The polar part of the real harmonics R^l_M0 of the sphere on driscollHealyGrid(b): sqrt(2) (-1)^m d^l_m0(beta_j), 1 times it for m = 0.
 *
 * @returns float64 [degrees (m), degrees (l), 2b]; 0 for l < m.
 */
export function spherePolarTable(degrees: number, b: number): Float64Array {
  const angles = halfAngles(driscollHealyGrid(b).beta)
  const table = new Float64Array(degrees * degrees * 2 * b)
  for (let m = 0; m < degrees; m++) {
    const scale = (m === 0 ? 1 : Math.SQRT2) * (m % 2 === 0 ? 1 : -1)
    const column = smallDColumn(m, 0, angles, degrees - 1)
    table.set(
      column.map((value) => scale * value),
      (m * degrees + m) * 2 * b,
    )
  }
  return table
}

/**
 * The polar part of the real matrix elements R^l_MN of SO(3) on driscollHealyGrid(b): realScale(m, n) d^l_mn(beta_j). Those with a negative order
 * follow from it: realScale(m, n) (-1)^n d^l_m,-n(beta_j) is (-1)^(l + m + n) times the entry of pi - beta_j, which stands at 2b - 1 - j.
 *
 * @returns float64 [degrees (m), degrees (n), degrees (l), 2b]; 0 for l < max(m, n).
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
