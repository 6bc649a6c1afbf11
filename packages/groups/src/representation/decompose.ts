import type { Action } from '../action/action.ts'
import type { Permutation } from '../permutation/permutation.ts'
import { characterTable } from './character-table.ts'
import { classRepresentatives } from './classes.ts'
import { hookDimension, type Partition, partitions } from './partition.ts'
import { symmetricCharacter } from './symmetric-character.ts'

/** The value of a permutation character on one conjugacy class: the number of fixed points. */
export interface PermutationCharacterValue {
  readonly representative: Permutation
  /** The number of elements of the class. */
  readonly size: bigint
  readonly value: number
}

/** An irreducible constituent of a representation. */
export interface Constituent {
  /** The partition that labels it, for a symmetric group. */
  readonly partition?: Partition
  /** The dimension over the complex numbers. */
  readonly dimension: number
  /** The number of copies. */
  readonly multiplicity: number
}

/**
 * The character of a permutation representation: the number of fixed points on every conjugacy class.
 *
 * @throws DomainError if the group is not a direct product of symmetric groups and has more than 2,000,000 elements.
 */
export function permutationCharacter(action: Action): PermutationCharacterValue[] {
  return classRepresentatives(action.group).map(({ representative, size }) => ({
    representative,
    size,
    value: action.image(representative).fixedPoints(),
  }))
}

function decomposeSymmetric(action: Action): Constituent[] {
  const order = action.group.order()
  const character = permutationCharacter(action).map(({ representative, size, value }) => ({
    type: representative.cycleType(),
    weight: size * BigInt(value),
  }))
  return partitions(action.group.degree).map((partition) => {
    const sum = character.reduce(
      (total, { type, weight }) => (weight === 0n ? total : total + weight * BigInt(symmetricCharacter(partition, type))),
      0n,
    )
    return { partition, dimension: Number(hookDimension(partition)), multiplicity: Number(sum / order) }
  })
}

/**
 * Decomposes a permutation representation into irreducible constituents with multiplicities, over the complex numbers.
 *
 * Law: the squares of the multiplicities sum to sharingScheme(action, action).count. The trivial representation comes first; its multiplicity is the number
 * of orbits.
 *
 * @throws DomainError if the group is not symmetric and has more than 100,000 elements.
 * @example
 * decompose(tupleAction(symmetric(4), 2))      // [4] twice, [3, 1] three times, [2, 2] and [2, 1, 1] once
 */
export function decompose(action: Action): Constituent[] {
  if (action.group.construction?.kind === 'symmetric') return decomposeSymmetric(action).filter(({ multiplicity }) => multiplicity > 0)
  const { classes, characters } = characterTable(action.group)
  const order = Number(action.group.order())
  const weights = classes.map(({ representative, size }) => size * action.image(representative).fixedPoints())
  return characters
    .map(({ degree, real }) => ({
      dimension: degree,
      multiplicity: Math.round(real.reduce((sum, value, l) => sum + value * weights[l]!, 0) / order),
    }))
    .filter(({ multiplicity }) => multiplicity > 0)
}
