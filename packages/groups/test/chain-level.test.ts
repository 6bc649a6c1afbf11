import { Permutation, seededRandom, symmetric } from '@equivar/groups'
import { expect, test } from 'vitest'
import { ChainLevel, firstMoved, StrongGenerator, TransversalBudget } from '../src/group/chain-level.ts'
import { invertImages } from '../src/permutation/images.ts'
import { randomGroup } from './random-groups.ts'

/** The orbit of a point in the order of discovery, and the product of generators that led to each of its points: slow and obvious. */
function reach(base: number, generators: readonly Permutation[], degree: number): Map<number, Permutation> {
  const found = new Map([[base, Permutation.identity(degree)]])
  for (const [point, element] of found)
    for (const generator of generators) {
      const image = generator.apply(point)
      if (!found.has(image)) found.set(image, generator.compose(element))
    }
  return found
}

function levelOf(degree: number, base: number, generators: readonly Permutation[], entries: number): ChainLevel {
  const budget = new TransversalBudget()
  budget.entries = entries
  const level = new ChainLevel(degree, base, budget)
  for (const { images } of generators) level.add(new StrongGenerator(images))
  return level
}

test.each([
  ['nothing is cached', 0],
  ['some representatives are cached', 20],
  ['all representatives are cached', 2 ** 24],
])('representatives and quotients agree with products of generators if %s', (_, entries) => {
  const random = seededRandom(6)
  for (let seed = 0; seed < 60; seed++) {
    const { degree, generators } = randomGroup(seed, 8)
    const base = seed % degree
    const level = levelOf(degree, base, generators, entries)
    const expected = reach(base, generators, degree)
    expect([...level.orbit].sort()).toEqual([...expected.keys()].sort())
    for (const point of [...level.orbit].reverse()) {
      const representative = Permutation.fromImages(level.representative(point))
      expect(representative.apply(base)).toBe(point)
      let at = point
      let path = Permutation.identity(degree)
      for (; at !== base; at = level.parent[at]!) path = path.compose(generators[level.label[at]!]!)
      expect(representative.toString()).toBe(path.toString())
      const element = representative.compose(symmetric(degree).random(random))
      const moved = element.apply(base)
      if (level.parent[moved] === -1) continue
      const quotient = element.images.slice()
      level.strip(quotient)
      expect([...quotient]).toEqual([...Permutation.fromImages(level.representative(moved)).inverse().compose(element).images])
      expect(quotient[base]).toBe(base)
    }
  }
})

test('the cache takes one table for each representative on the way to the root, and no more than its budget', () => {
  const cycle = Permutation.fromCycles(5, [[0, 1, 2, 3, 4]])
  const budget = new TransversalBudget()
  expect(budget.entries).toBe(16_777_216)
  budget.entries = 20
  const level = new ChainLevel(5, 0, budget)
  level.add(new StrongGenerator(cycle.images))
  level.representative(2)
  expect(budget.entries).toBe(10)
  level.representative(1)
  level.representative(2)
  level.representative(0)
  expect(budget.entries).toBe(10)
  level.representative(4)
  expect(budget.entries).toBe(0)
  const second = levelOf(5, 0, [cycle], 14)
  expect([...second.representative(3)]).toEqual([...cycle.power(3).images])
  expect([...second.representative(2)]).toEqual([...cycle.power(2).images])
})

test('a new generator reaches new points from those that are known, and all generators reach more from these', () => {
  const level = levelOf(6, 1, [Permutation.parse(6, '(1 2)'), Permutation.parse(6, '(2 4)(3 5)'), Permutation.parse(6, '(4 5)')], 0)
  expect(level.orbit).toEqual([1, 2, 4, 5, 3])
  expect([...level.parent]).toEqual([-1, 1, 1, 5, 2, 4])
  expect([...level.label]).toEqual([0, 0, 0, 1, 1, 2])
  expect(level.checked).toEqual([0, 0, 0])
})

test('inverse tables, and the first point that moves', () => {
  expect([...invertImages(Uint32Array.of(2, 0, 1, 3))]).toEqual([1, 2, 0, 3])
  expect(firstMoved(Uint32Array.of(0, 1, 3, 2))).toBe(2)
  expect(firstMoved(Uint32Array.of(1, 0))).toBe(0)
  expect(firstMoved(Uint32Array.of(0, 1, 2))).toBe(-1)
  const generator = new StrongGenerator(Uint32Array.of(2, 0, 1))
  expect([...generator.inverse]).toEqual([1, 2, 0])
  expect(generator.inverse).toBe(generator.inverse)
})
