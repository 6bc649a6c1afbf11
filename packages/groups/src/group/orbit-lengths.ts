import { DomainError } from '../errors.ts'
import type { PermutationGroup } from './permutation-group.ts'

/** Successive orbits of one length. */
export interface OrbitRun {
  readonly length: number
  readonly count: number
}

/** The largest number of orbits that are listed. */
const MAXIMUM_ORBITS = 1_000_000

/** The number of orbits in some runs. */
export const countOrbits = (runs: readonly OrbitRun[]): number => runs.reduce((sum, { count }) => sum + count, 0)

/** The lengths of some orbits as runs: neighbours of one length together. */
export function runsOf(lengths: Iterable<number>): OrbitRun[] {
  const runs: OrbitRun[] = []
  for (const length of lengths) append(runs, { length, count: 1 })
  return runs
}

function append(runs: OrbitRun[], { length, count }: OrbitRun): void {
  const last = runs.at(-1)
  if (count === 0) return
  if (last?.length === length) runs[runs.length - 1] = { length, count: last.count + count }
  else runs.push({ length, count })
}

/** The orbits of a wreath product: one for every pair of an orbit of blocks and an orbit inside a block. */
function ofWreath(inner: readonly OrbitRun[], outer: readonly OrbitRun[]): OrbitRun[] {
  const total = countOrbits(inner) * countOrbits(outer)
  if (total > MAXIMUM_ORBITS) throw new DomainError('orbitRuns', `at most ${MAXIMUM_ORBITS} orbits`, String(total))
  const runs: OrbitRun[] = []
  for (const { length: blocks, count } of outer) {
    if (inner.length === 1) append(runs, { length: blocks * inner[0]!.length, count: count * inner[0]!.count })
    else for (let k = 0; k < count; k++) for (const run of inner) append(runs, { length: blocks * run.length, count: run.count })
  }
  return runs
}

/**
 * The lengths of the orbits of a group on its points, in the order of their smallest points. Named groups and their products need no generators.
 *
 * @throws DomainError if a wreath product has more than 1,000,000 orbits.
 */
export function orbitRuns(group: PermutationGroup): OrbitRun[] {
  const { construction, degree } = group
  const fixed = degree === 0 ? [] : [{ length: 1, count: degree }]
  switch (construction?.kind) {
    case 'trivial':
      return fixed
    case 'alternating':
      return degree < 3 ? fixed : [{ length: degree, count: 1 }]
    case 'symmetric':
    case 'cyclic':
    case 'dihedral':
    case 'translations':
    case 'affine':
    case 'projective':
      return degree === 0 ? [] : [{ length: degree, count: 1 }]
    case 'direct': {
      const runs = orbitRuns(construction.left)
      for (const run of orbitRuns(construction.right)) append(runs, run)
      return runs
    }
    case 'wreath':
      return ofWreath(orbitRuns(construction.inner), orbitRuns(construction.outer))
    default:
      return runsOf(group.orbits().map((orbit) => orbit.length))
  }
}
