import {
  alternating,
  cyclic,
  hyperoctahedral,
  Permutation,
  PermutationGroup,
  StabilizerChain,
  seededRandom,
  symmetric,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { bruteForceElements, randomGroup, randomPermutation } from './random-groups.ts'

/** The same generators without what the maker knows of the group, so that the order is computed. */
const forget = ({ degree, generators }: PermutationGroup): PermutationGroup => new PermutationGroup(degree, generators)

describe('orders against formulas', () => {
  test.each([
    ['S_200', symmetric(200)],
    ['A_60', alternating(60)],
    ['C_4 wr S_100', wreathProduct(cyclic(4), symmetric(100))],
    ['hyperoctahedral(30)', hyperoctahedral(30)],
    ['C_1000', cyclic(1000)],
  ])('%s', (_, group) => {
    expect(forget(group).order()).toBe(group.order())
  })
})

describe('300 random groups against brute force', () => {
  test('order, membership, elements; deterministic and randomized chains agree', () => {
    const random = seededRandom(5)
    for (let seed = 0; seed < 300; seed++) {
      const group = randomGroup(seed, 7)
      const elements = new Set(bruteForceElements(group).map((element) => element.toString()))
      expect(group.order()).toBe(BigInt(elements.size))
      expect(new Set([...group.elements()].map((element) => element.toString()))).toEqual(elements)
      const chain = new StabilizerChain(
        group.degree,
        group.generators.map(({ images }) => images),
        { method: 'deterministic' },
      )
      expect(chain.order()).toBe(group.order())
      for (let trial = 0; trial < 10; trial++) {
        const candidate = randomPermutation(group.degree, random)
        expect(group.contains(candidate)).toBe(elements.has(candidate.toString()))
        expect(chain.contains(candidate.images)).toBe(elements.has(candidate.toString()))
        expect(elements.has(group.random(random).toString())).toBe(true)
      }
    }
  })
})
