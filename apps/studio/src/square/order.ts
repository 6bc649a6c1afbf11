import { Permutation, seededRandom, symmetric } from '@equivar/groups'

/** The rows of width `width`, each moved to its place in another order: row i becomes row order(i). */
export function moveRows(order: Permutation, values: Float64Array, width: number): Float64Array {
  const moved = new Float64Array(values.length)
  for (const [i, place] of order.images.entries()) moved.set(values.subarray(i * width, (i + 1) * width), place * width)
  return moved
}

/** A random order that is neither the given one nor the first. */
export function anotherOrder(order: Permutation, seed: number): Permutation {
  const random = seededRandom(seed)
  for (;;) {
    const next = symmetric(order.degree).random(random)
    if (!next.equals(order) && !next.isIdentity()) return next
  }
}

/** The order with the contents of two places exchanged. */
export function swapped(order: Permutation, a: number, b: number): Permutation {
  return Permutation.fromCycles(order.degree, [[a, b]]).compose(order)
}

/** Reads an order as it stands in an address, as 1-0-2. @throws RangeError that says what was expected. */
export function readOrder(state: URLSearchParams, first: Permutation): Permutation {
  const text = state.get('order')
  if (text === null) return first
  const images = text.split('-').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  if ([...images].sort((a, b) => a - b).some((image, i) => image !== i) || images.length !== first.degree) {
    const example = anotherOrder(first, 1).images.join('-')
    throw new RangeError(`order: expected the numbers 0 to ${first.degree - 1} in some order, as in ${example}, received “${text}”.`)
  }
  return Permutation.fromImages(images)
}

/** An order as it stands in an address. */
export const writeOrder = (order: Permutation): string => order.images.join('-')
