import {
  Action,
  affineGeneral,
  alternating,
  type Construction,
  cyclic,
  dihedral,
  directProduct,
  hyperoctahedral,
  mathieu,
  naturalAction,
  PermutationGroup,
  productAction,
  projectiveSpecialLinear,
  regularAction,
  rubik,
  sharingRule,
  subsetAction,
  symmetric,
  translations,
  trivial,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { describeGroup } from '@equivar/groups/picture'
import { describe, expect, test } from 'vitest'
import { wreathFacts } from '../src/description/facts.ts'

/** How the same group was constructed, from factors whose generators cannot be made. */
function sealedConstruction(construction: Construction | undefined): Construction | undefined {
  if (construction?.kind === 'direct') return { ...construction, left: sealed(construction.left), right: sealed(construction.right) }
  if (construction?.kind === 'wreath') return { ...construction, inner: sealed(construction.inner), outer: sealed(construction.outer) }
  return construction
}

/** The same group, as its constructor states it, but its generators cannot be made. */
function sealed(group: PermutationGroup): PermutationGroup {
  const { degree, generatorCount: count } = group
  const construction = sealedConstruction(group.construction)
  const make = (): never => {
    throw new Error('the generators were made.')
  }
  return new PermutationGroup(degree, { count, make }, { order: group.order(), ...(construction === undefined ? {} : { construction }) })
}

const named: [string, PermutationGroup][] = [
  ['trivial on 3', trivial(3)],
  ['trivial on 0', trivial(0)],
  ['S_0', symmetric(0)],
  ['S_1', symmetric(1)],
  ['S_2', symmetric(2)],
  ['S_5', symmetric(5)],
  ['A_2', alternating(2)],
  ['A_3', alternating(3)],
  ['A_6', alternating(6)],
  ['C_12', cyclic(12)],
  ['D_2', dihedral(2)],
  ['D_9', dihedral(9)],
  ['T(3,4)', translations(3, 4)],
  ['AGL(1, 2)', affineGeneral(1, 2)],
  ['AGL(2, 3)', affineGeneral(2, 3)],
  ['PSL(2, 7)', projectiveSpecialLinear(2, 7)],
  ['C_2 x C_3', directProduct(cyclic(2), cyclic(3))],
  ['S_3 x C_4', directProduct(symmetric(3), cyclic(4))],
  ['S_3 wr T(2,3)', wreathProduct(symmetric(3), translations(2, 3))],
  ['C_3 wr (I_2 x D_4)', wreathProduct(cyclic(3), directProduct(trivial(2), dihedral(4)))],
  ['(C_3 x A_4) wr I_2', wreathProduct(directProduct(cyclic(3), alternating(4)), trivial(2))],
  ['(I_1 x I_1) wr C_3', wreathProduct(directProduct(trivial(1), trivial(1)), cyclic(3))],
]

describe('closed forms need no generators', () => {
  test('the groups of this test have none', () => {
    expect(() => sealed(symmetric(3)).generators).toThrow('the generators were made.')
  })

  test.each(named)('the description of %s', (_, group) => {
    expect(describeGroup(naturalAction(sealed(group)))).toEqual(describeGroup(naturalAction(group)))
  })

  test.each(named)('the description of subsets, elements and tuples of %s', (_, group) => {
    const points = naturalAction(sealed(group))
    const { abelian } = describeGroup(points)
    const still = new Action(points.group, 0, { count: group.generatorCount, make: () => [] }, { structure: { kind: 'trivial' } })
    expect(describeGroup(still)).toMatchObject({ degree: 0, rank: 0, abelian })
  })

  test('the description of subsets of the points of a symmetric group', () => {
    for (const k of [0, 1, 2, 3, 5, 6])
      expect(describeGroup(subsetAction(sealed(symmetric(6)), k))).toEqual(describeGroup(subsetAction(symmetric(6), k)))
    expect(() => describeGroup(subsetAction(sealed(cyclic(6)), 2))).toThrow('the generators were made.')
    expect(() => describeGroup(tupleAction(subsetAction(sealed(symmetric(4)), 2), 1))).toThrow('the generators were made.')
  })

  test('the description of a group on its own 2,001 or more elements', () => {
    expect(describeGroup(regularAction(sealed(cyclic(2003))))).toMatchObject({ rank: 2003, transitivity: 1, primitive: true, blocks: [] })
    expect(describeGroup(regularAction(sealed(cyclic(2001))))).toMatchObject({ rank: 2001, orbits: [2001], blocks: undefined })
    expect(() => describeGroup(regularAction(sealed(cyclic(1999))))).toThrow('the generators were made.')
  })

  test.each([
    ['S_7', symmetric(7)],
    ['A_4', alternating(4)],
    ['A_7', alternating(7)],
    ['C_0', cyclic(0)],
    ['C_7', cyclic(7)],
    ['D_7', dihedral(7)],
    ['D_8', dihedral(8)],
    ['T(2,3,2)', translations(2, 3, 2)],
  ])('the sharing of %s', (_, group) => {
    const [points, expected] = [naturalAction(sealed(group)), naturalAction(group)]
    expect(sharingRule(points, points, { maximumPairs: 0 }).sizes).toEqual(sharingRule(expected, expected).sizes)
  })

  test('the sharing of tuples and subsets of symmetric groups, and of products of these', () => {
    const s5 = sealed(symmetric(5))
    for (const of of [tupleAction, subsetAction]) {
      const action = of(s5, 2)
      expect(sharingRule(action, naturalAction(s5), { maximumPairs: 0 }).count).toBe(of === tupleAction ? 5 : 2)
      expect(sharingRule(naturalAction(s5), action, { maximumPairs: 0 }).count).toBe(of === tupleAction ? 5 : 2)
    }
    const [left, right] = [symmetric(4), cyclic(3)]
    const pairs = productAction(left, right)
    expect(sharingRule(pairs, pairs, { maximumPairs: 0 }).count).toBe(6)
    const given = naturalAction(directProduct(left, right))
    expect(() => sharingRule(pairs, given, { maximumPairs: 0 })).toThrow('sharingRule: expected at most 0 pairs, received 12 x 7 = 84.')
    expect(() => sharingRule(given, pairs, { maximumPairs: 0 })).toThrow('sharingRule: expected at most 0 pairs, received 7 x 12 = 84.')
  })

  test.each([
    ['direct products', directProduct(symmetric(3), cyclic(4)), 8],
    ['wreath products', wreathProduct(cyclic(4), symmetric(3)), 5],
    ['an empty wreath product', wreathProduct(cyclic(4), symmetric(0)), 0],
  ])('the sharing of %s needs no table', (_, group, count) => {
    const points = naturalAction(group)
    expect(sharingRule(points, points, { maximumPairs: 0 }).count).toBe(count)
  })
})

describe('what a constructor states', () => {
  const [g, h] = [symmetric(3), cyclic(4)]

  test.each<[string, PermutationGroup, Construction | undefined]>([
    ['trivial', trivial(3), { kind: 'trivial' }],
    ['symmetric', symmetric(4), { kind: 'symmetric' }],
    ['alternating', alternating(5), { kind: 'alternating' }],
    ['cyclic', cyclic(5), { kind: 'cyclic' }],
    ['dihedral', dihedral(5), { kind: 'dihedral' }],
    ['translations', translations(2, 1, 3), { kind: 'translations', sizes: [2, 1, 3] }],
    ['affine', affineGeneral(2, 3), { kind: 'affine', dimension: 2, fieldSize: 3 }],
    ['projective', projectiveSpecialLinear(3, 2), { kind: 'projective', dimension: 3, fieldSize: 2 }],
    ['direct', directProduct(g, h), { kind: 'direct', left: g, right: h }],
    ['wreath', wreathProduct(g, h), { kind: 'wreath', inner: g, outer: h }],
    ['wreath of one block', wreathProduct(g, symmetric(1)), { kind: 'symmetric' }],
    ['wreath of single points', wreathProduct(symmetric(1), h), { kind: 'cyclic' }],
    ['wreath of no blocks', wreathProduct(g, symmetric(0)), { kind: 'trivial' }],
    ['hyperoctahedral', hyperoctahedral(3), { kind: 'wreath', inner: symmetric(2), outer: symmetric(3) }],
    ['Mathieu', mathieu(11), undefined],
    ['Rubik', rubik(), undefined],
  ])('%s: the construction, and an order that needs no chain', (_, group, expected) => {
    const { construction } = group
    if (construction?.kind === 'direct' || construction?.kind === 'wreath') {
      const parts = Object.values(construction).filter((part): part is PermutationGroup => part instanceof PermutationGroup)
      const given = Object.values(expected ?? {}).filter((part): part is PermutationGroup => part instanceof PermutationGroup)
      expect(construction.kind).toBe(expected?.kind)
      expect(Object.keys(construction)).toEqual(Object.keys(expected ?? {}))
      expect(parts.map(String)).toEqual(given.map(String))
    } else expect(construction).toEqual(expected)
    expect(group.isOrderKnown()).toBe(true)
  })

  test('a stabilizer knows its order', () => {
    const stabilizer = mathieu(12).stabilizer(5)
    expect(stabilizer.generatorCount).toBeGreaterThan(1)
    expect(stabilizer.isOrderKnown()).toBe(true)
    expect(stabilizer.order()).toBe(7920n)
  })
})

test('the block systems of a wreath product are known only if those of both factors are', () => {
  const facts = (degree: number, blocks: readonly number[] | undefined) => ({
    degree,
    orbits: [{ length: degree, count: 1 }],
    rank: 4,
    transitivity: 1,
    blocks,
  })
  const orbits = [{ length: 24, count: 1 }]
  expect(wreathFacts(facts(4, [2]), facts(6, [2, 3]), orbits).blocks).toEqual([2, 4, 8, 12])
  expect(wreathFacts(facts(4, undefined), facts(6, [2, 3]), orbits).blocks).toBeUndefined()
  expect(wreathFacts(facts(4, [2]), facts(6, undefined), orbits).blocks).toBeUndefined()
  expect(wreathFacts(facts(4, [2]), facts(6, [2, 3]), orbits)).toMatchObject({ degree: 24, rank: 7, transitivity: 1, orbits })
})
