import { realClebschGordan } from '@equivar/groups'

const known = new Map<string, Float64Array>()

/**
 * The sign of the coupling relative to `realClebschGordan`. With it, couplings of an even sum of degrees are symmetric in all slots, those of an odd sum
 * antisymmetric, and the coupling of three vectors is the Levi-Civita symbol over sqrt(6).
 */
const signOf = (l1: number, l2: number, l3: number): number => (Math.ceil((l1 + l2 - l3) / 2) % 2 === 0 ? 1 : -1)

/**
 * The coupling of three irreducible representations (the 3j symbol in the basis of real harmonics): up to a factor, the one tensor w[i, j, k] that no rotation
 * changes, sum over i, j, k of D1_ai D2_bj D3_ck w_ijk = w_abc.
 *
 * The sum of squares is 1. Exchanging two slots multiplies by (-1)^(l1 + l2 + l3). All zeros unless |l1 - l2| <= l3 <= l1 + l2. Signs as in e3nn.
 *
 * @returns float64 [2 l1 + 1, 2 l2 + 1, 2 l3 + 1] row-major. It is shared: do not change it.
 */
export function coupling(l1: number, l2: number, l3: number): Float64Array {
  const key = `${l1},${l2},${l3}`
  let table = known.get(key)
  if (table === undefined) {
    const [n1, n2, n3] = [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1]
    const given = realClebschGordan(l1, l2, l3)
    const factor = signOf(l1, l2, l3) / Math.sqrt(n3)
    table = Float64Array.from({ length: n1 * n2 * n3 }, (_, at) => {
      const k = at % n3
      return factor * (given[k * n1 * n2 + Math.floor(at / n3)] as number)
    })
    known.set(key, table)
  }
  return table
}
