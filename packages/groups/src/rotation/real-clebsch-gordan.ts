import { clebschGordan } from './clebsch-gordan.ts'
import { signedBy } from './sign.ts'

/** The nonzero entries [m, re, im] in column M of the matrix U that converts complex to real harmonics: y_M = sum over m of Y_m U_mM. */
function realColumn(order: number): readonly (readonly [number, number, number])[] {
  const m = Math.abs(order)
  const sign = signedBy(m, Math.SQRT1_2)
  if (order === 0) return [[0, 1, 0]]
  return order > 0
    ? [
        [m, sign, 0],
        [-m, Math.SQRT1_2, 0],
      ]
    : [
        [m, 0, -sign],
        [-m, 0, Math.SQRT1_2],
      ]
}

/** Adds what one complex coefficient contributes to the real ones: conj(U_mM) <l1 m1 l2 m2 | l m> U_m1M1 U_m2M2, with m = m1 + m2. */
function spread(table: Float64Array, [l1, l2, l]: readonly [number, number, number], m1: number, m2: number, value: number): void {
  const width = (2 * l1 + 1) * (2 * l2 + 1)
  const ordersOf = (m: number): number[] => (m === 0 ? [0] : [m, -m])
  const entry = (order: number, m: number) => realColumn(order).find(([row]) => row === m) as readonly [number, number, number]
  for (const M1 of ordersOf(m1))
    for (const M2 of ordersOf(m2))
      for (const M of ordersOf(m1 + m2)) {
        const [, a, b] = entry(M1, m1)
        const [, c, d] = entry(M2, m2)
        const [, e, f] = entry(M, m1 + m2)
        const [re, im] = [a * c - b * d, a * d + b * c]
        // The sum is real if l1 + l2 + l is even, and imaginary if it is odd.
        const part = (l1 + l2 + l) % 2 === 0 ? re * e + im * f : im * e - re * f
        const at = (M + l) * width + (M1 + l1) * (2 * l2 + 1) + M2 + l2
        table[at] = table[at]! + value * part
      }
}

/**
 * Clebsch-Gordan coefficients in the basis of real harmonics: the projection of the tensor product of degrees l1 and l2 onto degree l.
 *
 * Law: C (R^l1(Q) x R^l2(Q)) = R^l(Q) C, where R = realWignerD and x is the Kronecker product. The rows are orthonormal. This determines C up to sign.
 *
 * @returns float64 [2l + 1, (2 l1 + 1) (2 l2 + 1)] row-major; all zeros unless |l1 - l2| <= l <= l1 + l2.
 */
export function realClebschGordan(l1: number, l2: number, l: number): Float64Array {
  const table = new Float64Array((2 * l + 1) * (2 * l1 + 1) * (2 * l2 + 1))
  if (l < Math.abs(l1 - l2) || l > l1 + l2) return table
  for (let m1 = 0; m1 <= l1; m1++)
    for (let m2 = m1 === 0 ? 0 : -l2; m2 <= l2; m2++) {
      // Stryker disable next-line ConditionalExpression: these coefficients are 0
      if (Math.abs(m1 + m2) > l) continue
      const value = clebschGordan(l1, m1, l2, m2, l, m1 + m2)
      spread(table, [l1, l2, l], m1, m2, value)
      if (m1 !== 0 || m2 !== 0) spread(table, [l1, l2, l], -m1, -m2, signedBy(l1, signedBy(l2, signedBy(l, value))))
    }
  return table
}
