import { isPrime } from '../integers.ts'
import { seededRandom } from '../random.ts'
import { orbitsOf } from './order-bound.ts'
import { ProductReplacement } from './product-replacement.ts'

/** The number of random elements that are searched for a cycle of prime length. At 10,000 points one in 13 elements of A_n has one. */
const DRAWS = 200

/** Whether a permutation has a cycle whose length is a prime p with n/2 < p < n - 2. */
function hasLongPrimeCycle(images: Uint32Array): boolean {
  const n = images.length
  const seen = new Uint8Array(n)
  for (const start of images.keys()) {
    let length = 0
    for (let point = start; seen[point] === 0; point = images[point]!) {
      seen[point] = 1
      length++
    }
    if (2 * length > n) return length < n - 2 && isPrime(length)
  }
  return false
}

/**
 * Whether random elements prove that a group contains the alternating group of its points. True is certain; false is not.
 *
 * A transitive group with an element that has a cycle of prime length p, n/2 < p < n - 2, contains A_n: p divides the order, so the group is primitive, and a
 * power of the element is a p-cycle.
 *
 * @see Jordan 1873; Wielandt 1964, "Finite permutation groups", theorem 13.9.
 * @param generators - at least one.
 */
export function containsAlternating(degree: number, generators: readonly Uint32Array[]): boolean {
  if (orbitsOf(degree, generators).length !== 1) return false
  const source = new ProductReplacement(generators, seededRandom(1), 60)
  // Stryker disable next-line EqualityOperator: one element more is as good
  for (let draw = 0; draw < DRAWS; draw++) if (hasLongPrimeCycle(source.next())) return true
  return false
}
