import {
  type Action,
  affineGeneral,
  alternating,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  hyperoctahedral,
  naturalAction,
  PermutationGroup,
  productAction,
  regularAction,
  sharingRule,
  sharingScheme,
  subsetAction,
  symmetric,
  translations,
  trivial,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'

/** The actions of a group to use as output and as input. */
const actions = (group: PermutationGroup): Action[] => {
  const points = naturalAction(group)
  return [points, trivialAction(group, 2), tupleAction(group, 2), disjointUnion(points, disjointUnion(trivialAction(group, 1), points))]
}

const groups: [string, PermutationGroup][] = [
  ['trivial on 3', trivial(3)],
  ['S_1', symmetric(1)],
  ['S_2', symmetric(2)],
  ['S_5', symmetric(5)],
  ['A_3', alternating(3)],
  ['A_4', alternating(4)],
  ['A_5', alternating(5)],
  ['C_6', cyclic(6)],
  ['D_2', dihedral(2)],
  ['D_6', dihedral(6)],
  ['D_7', dihedral(7)],
  ['shifts of 2 x 3 x 2', translations(2, 3, 2)],
  ['S_3 x C_4 side by side', directProduct(symmetric(3), cyclic(4))],
  ['C_4 wr S_3', wreathProduct(cyclic(4), symmetric(3))],
  ['S_3 wr C_3', wreathProduct(symmetric(3), cyclic(3))],
  ['(S_2 x C_3) wr (trivial on 2)', wreathProduct(directProduct(symmetric(2), cyclic(3)), trivial(2))],
  ['S_2 wr S_2 wr S_2', wreathProduct(wreathProduct(symmetric(2), symmetric(2)), symmetric(2))],
  ['B_4', hyperoctahedral(4)],
  ['AGL(1, 7)', affineGeneral(1, 7)],
]

function expectSame(output: Action, input: Action): void {
  const rule = sharingRule(output, input)
  const { rows, columns, count, labels, sizes } = sharingScheme(output, input)
  expect(rule).toMatchObject({ rows, columns, count, sizes: [...sizes] })
  const ruled = Int32Array.from(labels, (_, p) => rule.label(Math.floor(p / columns), p % columns))
  expect(ruled).toEqual(labels)
  const firsts = Array.from({ length: count }, (_, label) => rule.first(label))
  expect(firsts.map(([row, column]) => row * columns + column)).toEqual(Array.from({ length: count }, (_, label) => labels.indexOf(label)))
}

describe('sharingRule agrees with the table of sharingScheme', () => {
  test.each(groups)('%s', (_, group) => {
    for (const output of actions(group)) for (const input of actions(group)) expectSame(output, input)
  })

  test('tuples of symmetric groups, also with fewer points than entries', () => {
    for (let n = 1; n <= 5; n++) {
      const group = symmetric(n)
      for (let k = 0; k <= 3; k++) for (let l = 0; l + k <= 5; l++) expectSame(tupleAction(group, k), tupleAction(group, l))
    }
  })

  test('subsets of symmetric groups', () => {
    for (let n = 1; n <= 6; n++) {
      const group = symmetric(n)
      for (let k = 0; k <= n; k++) for (let l = 0; l <= n; l++) expectSame(subsetAction(group, k), subsetAction(group, l))
    }
  })

  test('products of different groups and of actions', () => {
    const left = symmetric(4)
    const right = cyclic(3)
    expectSame(productAction(left, right), productAction(left, right))
    expectSame(productAction(tupleAction(left, 2), right), productAction(left, trivialAction(right, 2)))
    expectSame(productAction(left, right), trivialAction(directProduct(left, right), 1))
    expectSame(productAction(left, right), naturalAction(directProduct(left, right)))
  })

  test('mixed actions of one group', () => {
    const group = symmetric(4)
    expectSame(tupleAction(group, 2), subsetAction(group, 2))
    expectSame(regularAction(group), naturalAction(group))
    expectSame(tupleAction(subsetAction(group, 2), 1), naturalAction(group))
  })
})

test('counts are Bell numbers if there are enough points', () => {
  const bell = [1, 1, 2, 5, 15, 52, 203, 877, 4140]
  const group = symmetric(8)
  for (let k = 0; k <= 4; k++)
    for (let l = 0; l <= 4; l++) expect(sharingRule(tupleAction(group, k), tupleAction(group, l)).count).toBe(bell[k + l])
})

test('huge structures have closed forms', () => {
  const blocks = naturalAction(wreathProduct(symmetric(5), symmetric(200_000)))
  const rule = sharingRule(blocks, blocks)
  expect(rule.sizes).toEqual([1_000_000, 4_000_000, 1_000_000 * 999_995])
  expect(rule.label(999_999, 999_995)).toBe(1)
})

test('invalid arguments are refused', () => {
  const points = naturalAction(symmetric(3))
  expect(() => sharingRule(points, points).label(3, 0)).toThrow(
    'SharingRule.label: expected a row below 3 and a column below 3, received 3 and 0.',
  )
  expect(() => sharingRule(points, points).first(2)).toThrow('SharingRule.first: expected a label from 0 to 1, received 2.')
  expect(() => sharingRule(points, naturalAction(cyclic(3)))).toThrow('expected two actions of one group')
  const unknown = naturalAction(new PermutationGroup(50, symmetric(50).generators))
  expect(() => sharingRule(unknown, unknown, { maximumPairs: 2499 })).toThrow(
    'sharingRule: expected at most 2499 pairs, received 50 x 50 = 2500. The structure of these actions is unknown, so they need a table. Build the group with a named constructor (symmetric, wreathProduct, ...).',
  )
  expect(sharingRule(unknown, unknown, { maximumPairs: 2500 }).count).toBe(2)
  const still = trivialAction(unknown.group, 2)
  expect(sharingRule(unknown, still, { maximumPairs: 0 }).sizes).toEqual([50, 50])
  expect(sharingRule(still, unknown, { maximumPairs: 0 }).sizes).toEqual([50, 50])
  expect(sharingRule(naturalAction(symmetric(50)), naturalAction(symmetric(50)), { maximumPairs: 0 }).count).toBe(2)
})
