import type { Permutation } from '@equivar/groups'

/** The corners of a square, counterclockwise from the upper left, as (row, column) from the centre. */
const corners = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const

/**
 * The turn or reflection of a plane that moves the corners of a square so: whether rows and columns change places, and which of the two are reversed then.
 *
 * As `C4 on axes 2 3` of `@equivar/verify` means it: the generator turns counterclockwise.
 */
export function cornersOf({ images }: Permutation): { readonly swaps: boolean; readonly reversed: readonly [boolean, boolean] } {
  const [first, second] = [corners[images[0] as 0], corners[images[1] as 1]]
  // The matrix of the map: the corners (-1, -1) and (1, -1) go to `first` and `second`.
  const entry = (i: 0 | 1, j: 0 | 1): number => (j === 0 ? second[i] - first[i] : -second[i] - first[i]) / 2
  const swaps = entry(0, 0) === 0
  return { swaps, reversed: swaps ? [entry(0, 1) < 0, entry(1, 0) < 0] : [entry(0, 0) < 0, entry(1, 1) < 0] }
}
