import { requireInteger } from '../errors.ts'
import { factorial } from '../group/order-bound.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The trivial group on n points. */
export function trivial(n: number): PermutationGroup {
  return new PermutationGroup(n, [], { order: 1n, construction: { kind: 'trivial' } })
}

/** The symmetric group S_n: all n! permutations of n points. Generators: (0 1 ... n-1) and (0 1). */
export function symmetric(n: number): PermutationGroup {
  requireInteger('symmetric', 'the number of points', n, 0)
  const cycle = n > 2 ? [Permutation.fromCycles(n, [range(n)])] : []
  const swap = n > 1 ? [Permutation.fromCycles(n, [[0, 1]])] : []
  return new PermutationGroup(n, [...cycle, ...swap], { order: () => factorial(n), construction: { kind: 'symmetric' } })
}

/** The alternating group A_n: the n!/2 even permutations of n points. Generators: (0 1 2), and (0 1 ... n-1) for odd n or (1 2 ... n-1) for even n. */
export function alternating(n: number): PermutationGroup {
  requireInteger('alternating', 'the number of points', n, 0)
  const three = n > 2 ? [Permutation.fromCycles(n, [[0, 1, 2]])] : []
  const long = n > 3 ? [Permutation.fromCycles(n, [range(n).slice(n % 2 === 0 ? 1 : 0)])] : []
  return new PermutationGroup(n, [...long, ...three], {
    order: () => (n < 2 ? 1n : factorial(n) / 2n),
    construction: { kind: 'alternating' },
  })
}

/** The cyclic group C_n: the n rotations of n points on a circle. Generator: i -> i + 1 mod n. */
export function cyclic(n: number): PermutationGroup {
  requireInteger('cyclic', 'the number of points', n, 0)
  const generators = n > 1 ? [Permutation.fromCycles(n, [range(n)])] : []
  return new PermutationGroup(n, generators, { order: BigInt(Math.max(n, 1)), construction: { kind: 'cyclic' } })
}

/** The dihedral group D_n: the 2n rotations and reflections of n points on a circle (order n for n = 1, 2). Generators: i -> i + 1 and i -> -i mod n. */
export function dihedral(n: number): PermutationGroup {
  const { generators } = cyclic(n)
  const reflection = n > 2 ? [Permutation.fromImages(range(n).map((i) => (n - i) % n))] : []
  const order = BigInt(n > 2 ? 2 * n : Math.max(n, 1))
  return new PermutationGroup(n, [...generators, ...reflection], { order, construction: { kind: 'dihedral' } })
}

/**
 * The translations C_a x C_b x ... of a periodic grid of a x b x ... points, numbered row-major.
 *
 * @param sizes - the length of each axis. Every axis of length 2 or more contributes one generator.
 */
export function translations(...sizes: number[]): PermutationGroup {
  for (const size of sizes) requireInteger('translations', 'every axis', size, 1)
  const degree = requireInteger(
    'translations',
    'the number of points',
    sizes.reduce((product, size) => product * size, 1),
    1,
  )
  let stride = degree
  const generators = sizes.map((size) => {
    stride /= size
    const step = stride
    return Permutation.fromImages(range(degree).map((i) => (Math.floor(i / step) % size === size - 1 ? i - step * (size - 1) : i + step)))
  })
  return new PermutationGroup(
    degree,
    generators.filter((generator) => !generator.isIdentity()),
    { order: BigInt(degree), construction: { kind: 'translations', sizes: [...sizes] } },
  )
}
