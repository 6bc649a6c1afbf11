import { DomainError } from '../errors.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'

/** Generators in the usual cycle notation, points from 1, and the order. */
const TABLES: Record<number, { readonly cycles: readonly string[]; readonly order: bigint }> = {
  11: { cycles: ['(1 2 3 4 5 6 7 8 9 10 11)', '(3 7 11 8)(4 10 5 6)'], order: 7920n },
  12: { cycles: ['(1 2 3 4 5 6 7 8 9 10 11)', '(3 7 11 8)(4 10 5 6)', '(1 12)(2 11)(3 6)(4 8)(5 9)(7 10)'], order: 95_040n },
  22: {
    cycles: [
      '(1 2 3 4 5 6 7 8 9 10 11)(12 13 14 15 16 17 18 19 20 21 22)',
      '(1 4 5 9 3)(2 8 10 7 6)(12 15 16 20 14)(13 19 21 18 17)',
      '(1 21)(2 10 8 6)(3 13 4 17)(5 19 9 18)(11 22)(12 14 16 20)',
    ],
    order: 443_520n,
  },
  23: {
    cycles: ['(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23)', '(3 17 10 7 9)(4 13 14 19 5)(8 18 11 12 23)(15 20 22 21 16)'],
    order: 10_200_960n,
  },
  24: {
    cycles: [
      '(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23)',
      '(3 17 10 7 9)(4 13 14 19 5)(8 18 11 12 23)(15 20 22 21 16)',
      '(1 24)(2 23)(3 12)(4 16)(5 18)(6 10)(7 20)(8 14)(9 21)(11 17)(13 22)(15 19)',
    ],
    order: 244_823_040n,
  },
}

/**
 * The Mathieu group of degree n, one of 11, 12, 22, 23, 24. These groups are simple, and sharply 4-, sharply 5-, 3-, 4- and 5-transitive respectively.
 *
 * @see Conway, Sloane 1999, "Sphere packings, lattices and groups", chapters 10 and 11.
 */
export function mathieu(n: 11 | 12 | 22 | 23 | 24): PermutationGroup {
  const table = TABLES[n]
  if (table === undefined) throw new DomainError('mathieu', 'one of 11, 12, 22, 23, 24', String(n))
  const generators = table.cycles.map((cycles) =>
    Permutation.parse(
      n,
      cycles.replace(/\d+/g, (point) => String(Number(point) - 1)),
    ),
  )
  return new PermutationGroup(n, generators, { order: table.order })
}
