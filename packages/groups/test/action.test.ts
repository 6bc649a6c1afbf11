import {
  Action,
  alternating,
  cosetAction,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  naturalAction,
  Permutation,
  PermutationGroup,
  productAction,
  regularAction,
  seededRandom,
  sharingScheme,
  subsetAction,
  symmetric,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'

const s4 = symmetric(4)

const actions: [string, Action][] = [
  ['natural', naturalAction(s4)],
  ['trivial', trivialAction(s4, 3)],
  ['regular', regularAction(s4)],
  ['cosets of a stabilizer', cosetAction(s4, s4.stabilizer(2))],
  ['cosets of D_4', cosetAction(s4, dihedral(4))],
  ['tuples', tupleAction(s4, 3)],
  ['tuples of length 0', tupleAction(s4, 0)],
  ['subsets', subsetAction(s4, 2)],
  ['pairs of subsets', tupleAction(subsetAction(s4, 2), 2)],
  ['subsets of pairs', subsetAction(tupleAction(s4, 2), 2)],
  ['union', disjointUnion(subsetAction(s4, 2), trivialAction(s4, 1))],
  ['product', productAction(s4, cyclic(3))],
  ['product of actions', productAction(subsetAction(s4, 2), tupleAction(cyclic(3), 2))],
  ['given by images', new Action(s4, 6, subsetAction(s4, 2).generators)],
  [
    'given, not faithful',
    new Action(
      s4,
      2,
      s4.generators.map((p) => Permutation.parse(2, p.sign() === 1 ? '()' : '(0 1)')),
    ),
  ],
]

describe.each(actions)('%s', (_, action) => {
  const random = seededRandom(4)

  test('is a homomorphism', () => {
    expect(action.image(Permutation.identity(action.group.degree)).isIdentity()).toBe(true)
    for (let trial = 0; trial < 20; trial++) {
      const [g, h] = [action.group.random(random), action.group.random(random)]
      expect(action.image(g.compose(h)).toString()).toBe(action.image(g).compose(action.image(h)).toString())
    }
  })

  test('maps the generators of the group to the generators of the action', () => {
    action.group.generators.forEach((generator, k) => {
      expect(action.image(generator).toString()).toBe(action.generators[k]!.toString())
    })
    for (const generator of action.generators) expect(generator.degree).toBe(action.degree)
  })
})

describe('numbering of points', () => {
  const p = Permutation.parse(4, '(0 1 2 3)')

  test('tuples row-major, subsets in lexicographic order, products row-major', () => {
    expect(
      tupleAction(s4, 2)
        .image(p)
        .apply(1 * 4 + 3),
    ).toBe(2 * 4 + 0)
    const subsets = [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]
    const image = subsetAction(s4, 2).image(p)
    subsets.forEach((subset, k) => {
      const moved = subset.map((point) => p.apply(point)).sort()
      expect(subsets[image.apply(k)]).toEqual(moved)
    })
    const pair = productAction(s4, cyclic(3)).image(Permutation.fromImages([1, 2, 3, 0, 5, 6, 4]))
    expect(pair.apply(2 * 3 + 2)).toBe(3 * 3 + 0)
  })

  test('point 0 is the subgroup for cosets, the identity for elements', () => {
    const subgroup = dihedral(4)
    const cosets = cosetAction(s4, subgroup)
    for (const element of s4.elements()) expect(cosets.image(element).apply(0) === 0).toBe(subgroup.contains(element))
    for (const element of s4.elements()) expect(regularAction(s4).image(element).apply(0) === 0).toBe(element.isIdentity())
  })

  test('wreath products apply the inner group inside each block', () => {
    const group = wreathProduct(cyclic(3), symmetric(2))
    expect(group.generators.map(String)).toEqual(['(0 1 2)', '(0 3)(1 4)(2 5)'])
    expect(directProduct(cyclic(2), cyclic(3)).generators.map(String)).toEqual(['(0 1)', '(2 3 4)'])
  })
})

test('a transitive action is isomorphic to the action on the cosets of a stabilizer', () => {
  const points = naturalAction(alternating(6))
  const cosets = cosetAction(points.group, points.group.stabilizer(4))
  expect(cosets.degree).toBe(6)
  expect(sharingScheme(cosets, points).count).toBe(2)
})

describe('invalid arguments are refused', () => {
  const c3 = cyclic(3)

  test.each<[string, () => unknown, string]>([
    ['too few images', () => new Action(s4, 2, []), 'Action: expected 2 images, one per generator of the group, received 0.'],
    [
      'images of a different degree',
      () => new Action(c3, 2, [Permutation.identity(3)]),
      'Action: expected images of 2 points, received image 0 of 3 points.',
    ],
    [
      'images that do not define an action',
      () => new Action(c3, 2, [Permutation.parse(2, '(0 1)')]).image(c3.generators[0]!),
      'expected images of the generators that define an action of the group',
    ],
    [
      'an element of a different degree',
      () => naturalAction(c3).image(Permutation.identity(4)),
      'Action.image: expected an element of the group, of 3 points, received a permutation of 4 points.',
    ],
    [
      'an element outside the group',
      () => new Action(c3, 1, [Permutation.identity(1)]).image(Permutation.parse(3, '(0 1)')),
      'Action.image: expected an element of the group, received (0 1).',
    ],
    [
      'an element outside the group, for cosets',
      () => regularAction(c3).image(Permutation.parse(3, '(0 1)')),
      'Action.image: expected an element of the group, received (0 1).',
    ],
    [
      'a subgroup that is not contained in the group',
      () => cosetAction(c3, symmetric(3)),
      'cosetAction: expected a subgroup of the group, received a group with a generator outside it.',
    ],
    [
      'too many cosets',
      () => cosetAction(symmetric(12), cyclic(12)),
      'cosetAction: expected the number of cosets to be an integer from 1 to 1000000, received 39916800.',
    ],
    [
      'too many elements',
      () => regularAction(symmetric(10)),
      'regularAction: expected a group of at most 1000000 elements, received one of order 3628800.',
    ],
    ['too many tuples', () => tupleAction(symmetric(1000), 4), 'tupleAction: expected at most 268435456 tuples, received 1000^4.'],
    ['too many subsets', () => subsetAction(symmetric(60), 30), 'subsetAction: expected at most 268435456 subsets, received 60 choose 30.'],
    [
      'subsets that are too large',
      () => subsetAction(s4, 5),
      'subsetAction: expected the size of the subsets to be an integer from 0 to 4, received 5.',
    ],
    [
      'a union of actions of different groups',
      () => disjointUnion(s4, c3),
      'disjointUnion: expected two actions of one group, received actions of groups with different generators.',
    ],
    [
      'a scheme for actions of different groups',
      () => sharingScheme(naturalAction(s4), naturalAction(dihedral(4))),
      'sharingScheme: expected two actions of one group',
    ],
    [
      'a scheme too large to store, before memory is allocated',
      () => sharingScheme(naturalAction(cyclic(20_000)), naturalAction(cyclic(20_000))),
      'sharingScheme: expected at most 268435456 pairs, received 20000 x 20000 = 400000000, a table of 2 GiB. Use sharingRule, which computes labels without a table.',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message)
  })

  test('actions of groups with equal generators can be combined', () => {
    expect(sharingScheme(naturalAction(cyclic(5)), naturalAction(new PermutationGroup(5, cyclic(5).generators))).count).toBe(5)
  })
})
