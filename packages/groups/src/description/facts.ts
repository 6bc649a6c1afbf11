import { countOrbits, type OrbitRun } from '../group/orbit-lengths.ts'

/** What a description says of a group that acts on points. */
export interface Facts {
  readonly degree: number
  /** The lengths of the orbits, in the order of their smallest points. */
  readonly orbits: readonly OrbitRun[]
  /** The number of orbits on ordered pairs. */
  readonly rank: number
  /** The largest k for which the action is k-transitive; 0 if it is not transitive. */
  readonly transitivity: number
  /** The lengths of the blocks of nontrivial block systems, in increasing order; none if the action is not transitive; undefined if not computed. */
  readonly blocks: readonly number[] | undefined
}

/** The divisors of n other than 1 and n, in increasing order. */
export function properDivisors(n: number): number[] {
  const small: number[] = []
  const large: number[] = []
  for (let d = 2; d * d <= n; d++) {
    if (n % d !== 0) continue
    small.push(d)
    if (d * d !== n) large.push(n / d)
  }
  return [...small, ...large.reverse()]
}

/** Facts of an action that fixes all points. */
export function fixedFacts(degree: number): Facts {
  const orbits = degree === 0 ? [] : [{ length: 1, count: degree }]
  return { degree, orbits, rank: degree * degree, transitivity: degree === 1 ? 1 : 0, blocks: [] }
}

/** Facts of a transitive action on at least one point. */
export function transitiveFacts(degree: number, rank: number, transitivity: number, blocks: readonly number[] | undefined): Facts {
  return { degree, orbits: [{ length: degree, count: 1 }], rank, transitivity, blocks }
}

/** Facts of an action that is k-transitive and not more. All such actions for k >= 2 have rank 2 and are primitive. */
export const multiplyTransitive = (degree: number, k: number): Facts => transitiveFacts(degree, degree === 1 ? 1 : 2, k, [])

/** Facts of two groups that act independently on disjoint sets of points. */
export function directFacts(left: Facts, right: Facts): Facts {
  if (left.degree === 0) return right
  if (right.degree === 0) return left
  const rank = left.rank + right.rank + 2 * countOrbits(left.orbits) * countOrbits(right.orbits)
  return { degree: left.degree + right.degree, orbits: [], rank, transitivity: 0, blocks: [] }
}

/**
 * Facts of a wreath product of groups of at least two points each, with its orbits.
 *
 * A block with points of two blocks of the product contains both, since the inner group moves one of the points and fixes the other. So the block systems
 * are those of the inner group, the blocks of the product, and the unions of these that the outer group permutes.
 */
export function wreathFacts(inner: Facts, outer: Facts, orbits: readonly OrbitRun[]): Facts {
  const degree = inner.degree * outer.degree
  const [within, between] = [countOrbits(inner.orbits), countOrbits(outer.orbits)]
  const rank = between * inner.rank + (outer.rank - between) * within * within
  if (within * between > 1) return { degree, orbits, rank, transitivity: 0, blocks: [] }
  const blocks =
    inner.blocks === undefined || outer.blocks === undefined
      ? undefined
      : [...inner.blocks, inner.degree, ...outer.blocks.map((length) => inner.degree * length)]
  return { degree, orbits, rank, transitivity: 1, blocks }
}
