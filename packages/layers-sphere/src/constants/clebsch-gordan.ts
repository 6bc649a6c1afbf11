import { realClebschGordan } from '@equivar/groups'
import { constant, type Tensor } from '@equivar/tensor'
import { cached } from './cache.ts'

/** The real Clebsch-Gordan coefficients of a pair (l1, l2) for several output degrees, stacked: [rows, (2 l1 + 1) (2 l2 + 1)]. */
export function coefficientsOfPair(l1: number, l2: number, degrees: readonly number[]): Tensor {
  return cached('clebsch gordan', [l1, l2, ...degrees], () => {
    const width = (2 * l1 + 1) * (2 * l2 + 1)
    const rows = degrees.reduce((n, l) => n + 2 * l + 1, 0)
    const data = new Float64Array(rows * width)
    let start = 0
    for (const l of degrees) {
      data.set(realClebschGordan(l1, l2, l), start)
      start += (2 * l + 1) * width
    }
    return constant(data, [rows, width])
  })
}
