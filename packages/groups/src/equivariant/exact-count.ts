import { seededRandom } from '../random.ts'
import { PrimeField } from '../representation/prime-field.ts'
import type { Constraints } from './constraints.ts'

/** The largest prime below 2^26. */
const PRIME = 67_108_859
/** The most unknowns: elimination costs their cube. */
const MOST_UNKNOWNS = 256

/**
 * An upper bound of the number of independent solutions, by elimination in exact integers modulo a prime; undefined if entries are not multiples of 1/4 or there
 * are more than 256 unknowns.
 *
 * Law: at least the number of solutions. A rank modulo a prime is at most the rank of the rational matrix, and random sums of equations imply no more than the
 * equations. So a set of solutions of this count is complete.
 */
export function exactCount(constraints: Constraints): number | undefined {
  const { size } = constraints
  if (size > MOST_UNKNOWNS) return undefined
  const field = new PrimeField(PRIME)
  const random = seededRandom(2)
  const sums = Array.from({ length: size + 4 }, () => new Array<number>(size).fill(0))
  const factors = Array.from({ length: constraints.count * size }, () => sums.map(() => Math.floor(random() * PRIME)))
  for (let unknown = 0; unknown < size; unknown++) {
    const unit = new Float64Array(size)
    unit[unknown] = 1
    const column = constraints.forward(unit)
    for (let row = 0; row < column.length; row++) {
      const value = 4 * column[row]!
      if (!Number.isInteger(value) || Math.abs(value) >= PRIME) return undefined
      if (value === 0) continue
      const entry = field.reduce(value)
      const scales = factors[row]!
      for (let k = 0; k < sums.length; k++) sums[k]![unknown] = (sums[k]![unknown]! + ((entry * scales[k]!) % PRIME)) % PRIME
    }
  }
  return size - field.eliminate(sums).length
}
