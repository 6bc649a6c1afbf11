import { StabilizerChain, seededRandom } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { bruteForceElements, randomGroup, randomPermutation, trials } from './random-groups.ts'

describe('300 random groups against brute force', () => {
  test('order, membership, elements; deterministic and randomized chains agree', () => {
    const random = seededRandom(5)
    for (let seed = 0; seed < trials(300); seed++) {
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
