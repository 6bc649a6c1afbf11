import type { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { classSize, type Partition, partitions } from './partition.ts'

/** A representative of a conjugacy class, and the number of elements of the class. */
export interface ClassRepresentative {
  readonly representative: Permutation
  readonly size: bigint
}

/** A permutation of a given cycle type, with cycles on consecutive points. */
function permutationOfType(cycleType: Partition): Permutation {
  let start = 0
  const cycles = cycleType.map((length) => {
    start += length
    return Array.from({ length }, (_, i) => start - length + i)
  })
  return Permutation.fromCycles(start, cycles)
}

function join(a: Permutation, b: Permutation): Permutation {
  const images = new Uint32Array(a.degree + b.degree)
  images.set(a.images)
  images.set(
    b.images.map((image) => a.degree + image),
    a.degree,
  )
  return Permutation.fromUncheckedImages(images)
}

/**
 * The conjugacy classes of a group. Symmetric groups use cycle types, direct products use pairs of classes, and all others are enumerated.
 *
 * @throws DomainError if the group must be enumerated and has more than 2,000,000 elements.
 */
export function classRepresentatives(group: PermutationGroup): ClassRepresentative[] {
  const { construction } = group
  if (construction?.kind === 'symmetric') {
    return partitions(group.degree)
      .reverse()
      .map((cycleType) => ({ representative: permutationOfType(cycleType), size: classSize(cycleType) }))
  }
  if (construction?.kind === 'direct') {
    const right = classRepresentatives(construction.right)
    return classRepresentatives(construction.left).flatMap((a) =>
      right.map((b) => ({ representative: join(a.representative, b.representative), size: a.size * b.size })),
    )
  }
  return group.conjugacyClasses().map(({ representative, size }) => ({ representative, size: BigInt(size) }))
}
