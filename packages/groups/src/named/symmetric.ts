import { requireInteger } from '../errors.ts'
import { factorial } from '../group/order-bound.ts'
import { log10Factorial } from '../group/order-size.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'

/** The permutation of n points with the given images. */
function moving(n: number, image: (point: number) => number): Permutation {
  return Permutation.fromUncheckedImages(new Uint32Array(n).map((_, point) => image(point)))
}

/** The cycle (first ... n-1). */
const cycleFrom = (n: number, first: number): Permutation => moving(n, (i) => (i < first ? i : i + 1 === n ? first : i + 1))

/** The trivial group on n points. */
export function trivial(n: number): PermutationGroup {
  return new PermutationGroup(n, [], { order: 1n, construction: { kind: 'trivial' } })
}

/** The symmetric group S_n: all n! permutations of n points. Generators: (0 1 ... n-1) and (0 1). */
export function symmetric(n: number): PermutationGroup {
  requireInteger('symmetric', 'the number of points', n, 0)
  const make = (): Permutation[] => [...(n > 2 ? [cycleFrom(n, 0)] : []), ...(n > 1 ? [Permutation.fromCycles(n, [[0, 1]])] : [])]
  return new PermutationGroup(
    n,
    { count: Math.min(2, Math.max(0, n - 1)), make },
    { order: () => factorial(n), orderLog10: () => log10Factorial(n), construction: { kind: 'symmetric' } },
  )
}

/** The alternating group A_n: the n!/2 even permutations of n points. Generators: (0 1 2), and (0 1 ... n-1) for odd n or (1 2 ... n-1) for even n. */
export function alternating(n: number): PermutationGroup {
  requireInteger('alternating', 'the number of points', n, 0)
  const make = (): Permutation[] => [
    ...(n > 3 ? [cycleFrom(n, n % 2 === 0 ? 1 : 0)] : []),
    ...(n > 2 ? [Permutation.fromCycles(n, [[0, 1, 2]])] : []),
  ]
  return new PermutationGroup(
    n,
    { count: Math.min(2, Math.max(0, n - 2)), make },
    {
      order: () => (n < 2 ? 1n : factorial(n) / 2n),
      orderLog10: () => (n < 2 ? 0 : log10Factorial(n) - Math.log10(2)),
      construction: { kind: 'alternating' },
    },
  )
}

/** The cyclic group C_n: the n rotations of n points on a circle. Generator: i -> i + 1 mod n. */
export function cyclic(n: number): PermutationGroup {
  requireInteger('cyclic', 'the number of points', n, 0)
  const source = { count: n > 1 ? 1 : 0, make: () => (n > 1 ? [cycleFrom(n, 0)] : []) }
  return new PermutationGroup(n, source, { order: BigInt(Math.max(n, 1)), construction: { kind: 'cyclic' } })
}

/** The dihedral group D_n: the 2n rotations and reflections of n points on a circle (order n for n = 1, 2). Generators: i -> i + 1 and i -> -i mod n. */
export function dihedral(n: number): PermutationGroup {
  requireInteger('dihedral', 'the number of points', n, 0)
  const make = (): Permutation[] => [...cyclic(n).generators, ...(n > 2 ? [moving(n, (i) => (n - i) % n)] : [])]
  const order = BigInt(n > 2 ? 2 * n : Math.max(n, 1))
  return new PermutationGroup(n, { count: Math.min(2, Math.max(0, n - 1)), make }, { order, construction: { kind: 'dihedral' } })
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
  const make = (): Permutation[] => {
    let stride = degree
    return sizes.flatMap((size) => {
      stride /= size
      const step = stride
      if (size === 1) return []
      return [moving(degree, (i) => (Math.floor(i / step) % size === size - 1 ? i - step * (size - 1) : i + step))]
    })
  }
  return new PermutationGroup(
    degree,
    { count: sizes.filter((size) => size > 1).length, make },
    { order: BigInt(degree), construction: { kind: 'translations', sizes: [...sizes] } },
  )
}
