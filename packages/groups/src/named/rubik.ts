import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'

/** The quarter turn of each face, as five 4-cycles: the corners and the edges of the face, and three cycles of stickers on the adjacent faces. */
const TURNS: readonly string[] = [
  '(0 2 7 5)(1 4 6 3)(8 32 24 16)(9 33 25 17)(10 34 26 18)',
  '(8 10 15 13)(9 12 14 11)(0 16 40 39)(3 19 43 36)(5 21 45 34)',
  '(16 18 23 21)(17 20 22 19)(5 24 42 15)(6 27 41 12)(7 29 40 10)',
  '(24 26 31 29)(25 28 30 27)(2 37 42 18)(4 35 44 20)(7 32 47 23)',
  '(32 34 39 37)(33 36 38 35)(2 8 45 31)(1 11 46 28)(0 13 47 26)',
  '(40 42 47 45)(41 44 46 43)(13 21 29 37)(14 22 30 38)(15 23 31 39)',
]

/**
 * The group of the 3 x 3 x 3 Rubik's cube, acting on the 48 stickers that are not centres. It has 43,252,003,274,489,856,000 elements.
 *
 * Generators: the quarter turns of the faces up, left, front, right, back, down. Stickers are numbered face by face in this order, row by row, without the
 * centres.
 */
export function rubik(): PermutationGroup {
  return new PermutationGroup(
    48,
    TURNS.map((turn) => Permutation.parse(48, turn)),
    { order: 43_252_003_274_489_856_000n },
  )
}
