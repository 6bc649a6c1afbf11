import {
  type Action,
  cyclic,
  dihedral,
  naturalAction,
  Permutation,
  PermutationGroup,
  productAction,
  symmetric,
  trivial,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { chooseEvaluation, SharingLinear } from '../src/index.ts'

const points = naturalAction
const channels = { inChannels: 8, outChannels: 8 }
/** The same group by its generators alone: nothing is known of how it was made. */
const unnamed = ({ degree, generators }: { degree: number; generators: readonly Permutation[] }): Action =>
  points(new PermutationGroup(degree, generators))
const namesOf = (action: Action): string[] => chooseEvaluation(action, action, channels).candidates.map(({ name }) => name)

describe('candidates', () => {
  test.each<[string, () => Action, readonly string[]]>([
    ['S6', () => points(symmetric(6)), ['own and total', 'orbit sums', 'dense']],
    ['C7', () => points(cyclic(7)), ['convolution', 'orbit sums', 'dense']],
    [
      'C7 by a generator in another order',
      () => unnamed({ degree: 7, generators: [Permutation.fromCycles(7, [[0, 3, 1, 5, 2, 6, 4]])] }),
      ['convolution', 'dense'],
    ],
    ['D6 by its generators', () => unnamed(dihedral(6)), ['convolution', 'orbit sums', 'dense']],
    ['S4 x C3', () => productAction(symmetric(4), cyclic(3)), ['product (own and total x dense)', 'dense']],
    [
      'S3 x S4 by generators',
      () => unnamed(productAction(symmetric(3), symmetric(4))),
      ['product (orbit sums x orbit sums)', 'orbit sums', 'dense'],
    ],
    ['C4 wr S3', () => points(wreathProduct(cyclic(4), symmetric(3))), ['orbit sums', 'dense']],
    [
      'S4 wr S5',
      () => points(wreathProduct(symmetric(4), symmetric(5))),
      ['wreath (own and total in own and total)', 'orbit sums', 'dense'],
    ],
    ['S5 on pairs', () => tupleAction(symmetric(5), 2), ['tuples', 'blocks (orbit sums)', 'dense']],
    ['the trivial group', () => points(trivial(4)), ['dense']],
  ])('%s', (_, make, expected) => {
    const action = make()
    const { name, why, cost, candidates } = chooseEvaluation(action, action, channels)
    const names = candidates.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining([...expected]))
    expect(new Set(names).size).toBe(names.length)
    const costs = candidates.map((one) => one.cost)
    expect(costs).toEqual([...costs].sort((a, b) => a - b))
    expect([name, cost]).toEqual([names[0], costs[0]])
    for (const one of candidates) {
      expect(one.why).not.toBe('')
      const forced = new SharingLinear({ output: action, input: action, ...channels, evaluation: one.name })
      expect(forced.evaluation.name).toBe(one.name)
    }
    expect(new SharingLinear({ output: action, input: action, ...channels }).evaluation).toEqual({ name, why, cost })
  })
})

test('a wreath product of cyclic groups convolves inside its blocks', () => {
  expect(namesOf(points(wreathProduct(cyclic(4), symmetric(3)))).some((name) => name.startsWith('wreath ('))).toBe(true)
})

test('the group of nothing has a dense weight of n x n', () => {
  const free = points(trivial(5))
  const layer = new SharingLinear({ output: free, input: free, inChannels: 64, outChannels: 64 })
  expect([layer.weight.sizes, layer.bias?.sizes, layer.evaluation.name]).toEqual([[25, 64, 64], [5, 64], 'dense'])
})

test('a large 2-transitive group is found by its two labels', () => {
  const large = unnamed(symmetric(2100))
  const { name, why } = chooseEvaluation(large, large, channels)
  expect([name, why]).toEqual(['own and total', 'the group takes any two points to any two'])
})

test('no points, no pairs', () => {
  const set = points(symmetric(3))
  expect(chooseEvaluation(set, trivialAction(symmetric(3), 0), channels)).toMatchObject({ name: 'empty', cost: 0 })
})

describe('errors', () => {
  test('a name that does not fit', () => {
    const set = points(symmetric(5))
    expect(() => new SharingLinear({ output: set, input: set, ...channels, evaluation: 'tuples' })).toThrow(
      'SharingLinear: expected an evaluation "tuples" of 5 x 5 pairs, received none that fits: a dense weight has at most 2^24 entries, sums over orbits a table of 2^22. What fits: "dense", "own and total", "orbit sums", ',
    )
  })
  test('a table of an unknown group that is too large, before it is made', () => {
    const large = unnamed(symmetric(5000))
    expect(() => chooseEvaluation(large, large, channels)).toThrow(
      'sharingRule: expected at most 16777216 pairs, received 5000 x 5000 = 25000000. Nothing is known of the structure of these actions',
    )
  })
})
