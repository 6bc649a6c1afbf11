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
/** The same group without its construction, so its structure is unknown. */
const unnamed = ({ degree, generators }: { degree: number; generators: readonly Permutation[] }): Action =>
  points(new PermutationGroup(degree, generators))
const namesOf = (action: Action): string[] => chooseEvaluation(action, action, channels).candidates.map(({ name }) => name)

describe('candidates', () => {
  test.each<[string, () => Action, readonly string[]]>([
    ['S6', () => points(symmetric(6)), ['own and total', 'orbit sums', 'dense']],
    ['C7', () => points(cyclic(7)), ['convolution', 'orbit sums', 'dense']],
    [
      'C7 with its points in another order',
      () => unnamed({ degree: 7, generators: [Permutation.fromCycles(7, [[0, 3, 1, 5, 2, 6, 4]])] }),
      ['convolution', 'dense'],
    ],
    ['D6 from generators', () => unnamed(dihedral(6)), ['convolution', 'orbit sums', 'dense']],
    ['S4 x C3', () => productAction(symmetric(4), cyclic(3)), ['product (own and total x dense)', 'dense']],
    [
      'S3 x S4 from generators',
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
    const { name, reason, cost, candidates } = chooseEvaluation(action, action, channels)
    const names = candidates.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining([...expected]))
    expect(new Set(names).size).toBe(names.length)
    const costs = candidates.map((one) => one.cost)
    expect(costs).toEqual([...costs].sort((a, b) => a - b))
    expect([name, cost]).toEqual([names[0], costs[0]])
    for (const one of candidates) {
      expect(one.reason).not.toBe('')
      const forced = new SharingLinear({ output: action, input: action, ...channels, evaluation: one.name })
      expect(forced.evaluation.name).toBe(one.name)
    }
    expect(new SharingLinear({ output: action, input: action, ...channels }).evaluation).toEqual({ name, reason, cost })
  })
})

test('a wreath product of cyclic groups has a wreath evaluation', () => {
  expect(namesOf(points(wreathProduct(cyclic(4), symmetric(3)))).some((name) => name.startsWith('wreath ('))).toBe(true)
})

test('the trivial group has a dense n x n weight', () => {
  const free = points(trivial(5))
  const layer = new SharingLinear({ output: free, input: free, inChannels: 64, outChannels: 64 })
  expect([layer.weight.sizes, layer.bias?.sizes, layer.evaluation.name]).toEqual([[25, 64, 64], [5, 64], 'dense'])
})

test('a large 2-transitive group is recognized by its two labels', () => {
  const large = unnamed(symmetric(2100))
  const { name, reason } = chooseEvaluation(large, large, channels)
  expect([name, reason]).toEqual(['own and total', 'the group is 2-transitive'])
})

test('actions without points have no evaluation to choose', () => {
  const set = points(symmetric(3))
  expect(chooseEvaluation(set, trivialAction(symmetric(3), 0), channels)).toMatchObject({ name: 'empty', cost: 0 })
})

describe('errors', () => {
  test('an evaluation that does not fit', () => {
    const set = points(symmetric(5))
    expect(() => new SharingLinear({ output: set, input: set, ...channels, evaluation: 'tuples' })).toThrow(
      'SharingLinear: expected an evaluation for 5 x 5 pairs, received "tuples". A dense weight has at most 2^24 entries, and orbit sums need a table of at most 2^22. These evaluations fit: "dense", "own and total", "orbit sums", "blocks (orbit sums)", "convolution".',
    )
  })
  test('too large a table for a group of unknown structure, before memory is allocated', () => {
    const large = unnamed(symmetric(5000))
    expect(() => chooseEvaluation(large, large, channels)).toThrow(
      'sharingRule: expected at most 16777216 pairs, received 5000 x 5000 = 25000000. The structure of these actions is unknown, so they need a table. Build the group with a named constructor (symmetric, wreathProduct, ...).',
    )
  })
})
