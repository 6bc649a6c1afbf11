import {
  cyclic,
  dihedral,
  directProduct,
  mathieu,
  Permutation,
  PermutationGroup,
  StabilizerChain,
  seededRandom,
  symmetric,
  translations,
  trivial,
  wreathProduct,
} from '@equivar/groups'
import { expect, test } from 'vitest'
import { constituentBound } from '../src/group/constituent-bound.ts'
import { randomGroup, randomPermutation, trials } from './random-groups.ts'

/** The degrees and orders of the groups that a bound is computed from. */
function boundOf({ degree, generators }: PermutationGroup): { bound: bigint | undefined; parts: string[] } {
  const parts: string[] = []
  const images = generators.map((generator) => generator.images)
  const bound = constituentBound(degree, images, (n, induced) => {
    for (const table of induced) Permutation.fromImages(table)
    const order = new StabilizerChain(n, induced).order()
    parts.push(`${order} on ${n}`)
    return order
  })
  return { bound, parts }
}

/** The same group with its points in another order. */
function renumbered(group: PermutationGroup, seed: number): PermutationGroup {
  const order = randomPermutation(group.degree, seededRandom(seed))
  return new PermutationGroup(
    group.degree,
    group.generators.map((generator) => order.compose(generator).compose(order.inverse())),
  )
}

test.each([
  ['S_3 x C_4', directProduct(symmetric(3), cyclic(4)), 24n, ['6 on 3', '4 on 4']],
  ['I_2 x C_4', directProduct(trivial(2), cyclic(4)), 4n, ['1 on 1', '1 on 1', '4 on 4']],
  ['one 3-cycle on each of two orbits', new PermutationGroup(6, [Permutation.parse(6, '(0 1 2)(3 4 5)')]), 9n, ['3 on 3', '3 on 3']],
  ['S_3 wr C_5', wreathProduct(symmetric(3), cyclic(5)), 6n ** 5n * 5n, ['6 on 3', '5 on 5']],
  ['C_5 wr S_3', wreathProduct(cyclic(5), symmetric(3)), 5n ** 3n * 6n, ['5 on 5', '6 on 3']],
  ['D_4', dihedral(4), 8n, ['2 on 2', '2 on 2']],
  ['C_9', cyclic(9), 81n, ['3 on 3', '3 on 3']],
  ['T(3,5)', translations(3, 5), 5n ** 3n * 3n, ['5 on 5', '3 on 3']],
  ['M_11', mathieu(11), undefined, []],
  ['S_5', symmetric(5), undefined, []],
] as const)('%s: the bound, from the groups on its orbits or blocks', (_, group, bound, parts) => {
  expect(boundOf(group)).toEqual({ bound, parts })
  for (const seed of [1, 2]) {
    const moved = boundOf(renumbered(group, seed))
    expect({ bound: moved.bound, parts: moved.parts.sort() }).toEqual({ bound, parts: [...parts].sort() })
  }
})

test('200 random groups: a multiple of the order, if there is a bound', () => {
  for (let seed = 0; seed < trials(200); seed++) {
    const group = randomGroup(seed, 8)
    const { bound } = boundOf(group)
    if (bound === undefined) expect(group.isPrimitive()).toBe(true)
    else expect(bound % group.order()).toBe(0n)
  }
})
