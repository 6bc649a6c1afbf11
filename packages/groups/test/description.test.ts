import {
  Action,
  affineGeneral,
  alternating,
  cyclic,
  DomainError,
  dihedral,
  directProduct,
  hyperoctahedral,
  naturalAction,
  Permutation,
  PermutationGroup,
  parseGroup,
  projectiveSpecialLinear,
  regularAction,
  subsetAction,
  symmetric,
  translations,
  trivial,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { describeGroup, formatDescription, type GroupDescription } from '@equivar/groups/picture'
import { describe, expect, test } from 'vitest'
import { log10Factorial } from '../src/group/order-size.ts'
import { triesMutants } from './random-groups.ts'

/** The same action without anything that is known of its construction: everything is computed from the generators. */
const forget = ({ group, degree, generators }: Action): Action =>
  new Action(new PermutationGroup(group.degree, group.generators), degree, generators)

/** All that does not depend on how the group was constructed. */
const facts = (action: Action): Omit<GroupDescription, 'orderLog10'> => {
  const { orderLog10, ...others } = describeGroup(action)
  expect(orderLog10).toBeCloseTo(Math.log10(Number(others.order)), 10)
  return others
}

const named: [string, PermutationGroup][] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 12].flatMap((n): [string, PermutationGroup][] => [
    [`S_${n}`, symmetric(n)],
    [`A_${n}`, alternating(n)],
    [`C_${n}`, cyclic(n)],
    [`D_${n}`, dihedral(n)],
    [`B_${n}`, hyperoctahedral(n)],
    [`trivial on ${n}`, trivial(n)],
  ]),
  ...(
    [
      [2, 2],
      [2, 3],
      [2, 4],
      [2, 5],
      [2, 7],
      [2, 8],
      [2, 9],
      [3, 2],
      [3, 3],
      [4, 2],
    ] as const
  ).map(([d, q]): [string, PermutationGroup] => [`PSL(${d}, ${q})`, projectiveSpecialLinear(d, q)]),
  ...(
    [
      [1, 2],
      [1, 3],
      [1, 4],
      [1, 5],
      [1, 8],
      [2, 2],
      [2, 3],
      [3, 2],
      [2, 4],
      [4, 2],
    ] as const
  ).map(([d, q]): [string, PermutationGroup] => [`AGL(${d}, ${q})`, affineGeneral(d, q)]),
  ['T(3,4)', translations(3, 4)],
  ['T(1,1)', translations(1, 1)],
  ['T(1,9)', translations(1, 9)],
  ['T(2)', translations(2)],
]

const parts = ['S1', 'S3', 'C4', 'I2', 'A4', 'D4', 'T(2,3)', '<(0 1)(2 3)>', '<(0 1 2 3), (0 2)>', 'B2', 'A2', 'S0']
const products = parts.flatMap((left) =>
  parts.flatMap((right) => [`${left} x ${right}`, `${left} wr ${right}`, `(${left} x S2) wr ${right}`, `${left} wr (${right} x I1)`]),
)

describe('closed forms agree with what the generators give', () => {
  test.each(named)('%s', (_, group) => {
    const action = naturalAction(group)
    expect(facts(action)).toEqual(facts(forget(action)))
    expect(group.generators).toHaveLength(group.generatorCount)
    for (const generator of group.generators) expect(generator.isIdentity()).toBe(false)
  })

  test.each(products)('%s', (text) => {
    const action = parseGroup(text)
    expect(facts(action)).toEqual(facts(forget(action)))
    expect(action.group.generators).toHaveLength(action.group.generatorCount)
  })

  test.each([0, 1, 2, 3, 4, 5, 6].flatMap((n) => Array.from({ length: n + 1 }, (_, k) => [n, k] as const)))(
    'subsets of %i points of size %i',
    (n, k) => {
      const action = subsetAction(symmetric(n), k)
      expect(facts(action)).toEqual(facts(forget(action)))
    },
  )

  test.each([
    ['S3 on 3-tuples', tupleAction(symmetric(3), 3)],
    ['S2 on 4-tuples', tupleAction(symmetric(2), 4)],
    ['S5 on pairs', tupleAction(symmetric(5), 2)],
    ['S1 on 4-tuples', tupleAction(symmetric(1), 4)],
    ['S4 on 0-tuples', tupleAction(symmetric(4), 0)],
    ['C4 on pairs', tupleAction(cyclic(4), 2)],
    ['C3 x S3 on pairs', parseGroup('C3 x S3 on pairs')],
    ['S4 on itself', regularAction(symmetric(4))],
    ['C7 on itself', regularAction(cyclic(7))],
    ['C2 on itself', regularAction(cyclic(2))],
    ['D4 on nothing', parseGroup('D4 on nothing')],
  ])('%s', (_, action) => {
    expect(facts(action)).toEqual(facts(forget(action)))
  })

  test('translations of 4 axes have blocks of every divisor, of which the computation finds the smallest only', () => {
    const action = naturalAction(translations(2, 2, 2, 2))
    expect(describeGroup(action).blocks).toEqual([2, 4, 8])
    expect(describeGroup(forget(action)).blocks).toEqual([2])
  })
})

describe('large groups are described without their generators', () => {
  test.each<[string, Partial<GroupDescription>]>([
    ['S1000000', { rank: 2, transitivity: 1_000_000, primitive: true, orbits: [1_000_000], biases: 1, abelian: false, generators: 2 }],
    ['A9999999', { rank: 2, transitivity: 9_999_997, primitive: true }],
    ['C1000000', { rank: 1_000_000, abelian: true, order: 1_000_000n, generators: 1, transitivity: 1, primitive: false }],
    ['D9999991', { rank: 4_999_996, abelian: false, order: 19_999_982n, primitive: true, blocks: [] }],
    ['T(1000,1000)', { rank: 1_000_000, order: 1_000_000n, abelian: true }],
    ['B100000', { rank: 3, degree: 200_000, blocks: [2], transitivity: 1 }],
    ['C2 wr S32 wr S32 wr S3', { degree: 6144, rank: 5, blocks: [2, 64, 2048], transitivity: 1 }],
    ['S1000000 x S1000000', { degree: 2_000_000, rank: 6, biases: 2, transitivity: 0 }],
    [
      Array.from({ length: 8 }, () => 'S1000000').join(' x '),
      { degree: 8_000_000, rank: 72, orbits: Array.from({ length: 8 }, () => 1_000_000), generators: 16 },
    ],
    ['S8000 wr S8000', { degree: 64_000_000, rank: 3, blocks: [8000] }],
    ['S1000 on 2-subsets', { degree: 499_500, rank: 3, primitive: true }],
    ['C1000000 on nothing', { degree: 1, rank: 1 }],
    ['S9999999 wr S1', { degree: 9_999_999, transitivity: 9_999_999 }],
    [Array.from({ length: 1000 }, () => 'S60000').join(' x '), { degree: 60_000_000, rank: 1_001_000, generators: 2000 }],
    [Array.from({ length: 1000 }, () => 'S1').join(' wr '), { degree: 1 }],
  ])('%s', (text, expected) => {
    expect(describeGroup(parseGroup(text))).toMatchObject(expected)
  })

  describe.skipIf(triesMutants)('what takes longer', () => {
    test.each<[string, Partial<GroupDescription>]>([
      ['I1000000', { rank: 1e12, biases: 1_000_000, order: 1n }],
      ['AGL(1,65521)', { rank: 2, transitivity: 2, order: 65_521n * 65_520n }],
      ['AGL(19,2)', { degree: 524_288, rank: 2, transitivity: 3 }],
      ['PSL(2,4096)', { degree: 4097, rank: 2, transitivity: 3 }],
      ['S1000 on pairs', { degree: 1_000_000, rank: 15 }],
      ['S2 on 19-tuples', { degree: 524_288, rank: 2 ** 37 }],
      ['S9 on itself', { degree: 362_880, rank: 362_880, primitive: undefined }],
      ['S1000 x C1000 on pairs', { degree: 1_000_000, rank: 2000, transitivity: 1, primitive: undefined }],
    ])('%s', (text, expected) => {
      expect(describeGroup(parseGroup(text))).toMatchObject(expected)
    })
  })

  test('symmetric and alternating groups are recognized from generators alone', () => {
    for (const [n, make] of (triesMutants ? [100, 101] : [100, 101, 1500]).flatMap((m) => [
      [m, symmetric] as const,
      [m, alternating] as const,
    ])) {
      const group = make(n)
      const unnamed = new PermutationGroup(n, group.generators)
      expect(unnamed.isOrderKnown()).toBe(true)
      expect(unnamed.order()).toBe(group.order())
      expect(describeGroup(naturalAction(unnamed)).transitivity).toBe(make === symmetric ? n : n - 2)
    }
  })

  test('other groups are not taken for them', () => {
    const others = [
      hyperoctahedral(50),
      dihedral(100),
      projectiveSpecialLinear(2, 101),
      directProduct(symmetric(60), symmetric(60)),
      affineGeneral(7, 2),
    ]
    for (const group of others) {
      const unnamed = new PermutationGroup(group.degree, group.generators)
      expect(unnamed.isOrderKnown()).toBe(false)
      expect(unnamed.order()).toBe(group.order())
      expect(unnamed.isOrderKnown()).toBe(true)
    }
  })

  test('the order of a group with one generator is the least common multiple of its cycle lengths, however large', () => {
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61]
    let start = 0
    const cycles = [...primes, 4, 4, 6].map((p) => Array.from({ length: p }, () => start++))
    const group = new PermutationGroup(start + 3, [Permutation.fromCycles(start + 3, cycles)])
    expect(group.order()).toBe(2n * primes.reduce((product, p) => product * BigInt(p), 1n))
    expect(new PermutationGroup(3, []).order()).toBe(1n)
  })

  test.skipIf(triesMutants)('the order is exact up to 100,000 digits, and a logarithm above', () => {
    const lines = (text: string): string => formatDescription(describeGroup(parseGroup(text)))
    expect(lines('S25000')).toContain('order         5.4479... x 10^99093 (99094 digits), 2 generators\n')
    expect(describeGroup(parseGroup('S25000')).order?.toString()).toHaveLength(99_094)
    expect(describeGroup(parseGroup('S1000000')).order).toBeUndefined()
    // log10(1000000!) = 5565708.917186...
    expect(lines('S1000000')).toContain('order         8.2639... x 10^5565708 (5565709 digits), 2 generators\n')
    expect(lines('S1000000 on nothing')).toContain('weights       1 of 1\n')
    expect(lines('S9 on itself')).toContain('transitivity  transitive (block systems are computed up to 2000 points)\n')
  })

  test.each([
    ['S25000', 25_000],
    ['S1000', 1000],
    ['S33', 33],
    ['S31', 31],
    ['S0', 0],
  ])('log10 of the order of %s, against the sum of logarithms', (text, n) => {
    let sum = 0
    for (let k = 2; k <= n; k++) sum += Math.log10(k)
    const { group } = parseGroup(text)
    expect(Math.abs(group.orderLog10() - sum)).toBeLessThan(1e-9)
    group.order()
    expect(Math.abs(group.orderLog10() - sum)).toBeLessThan(1e-9)
  })
})

test("Stirling's series gives log10(n!) to 1e-13 from 31 on, against the exact factorial", () => {
  let factorial = 1n
  for (let n = 1; n <= 170; n++) {
    factorial *= BigInt(n)
    expect(Math.abs(log10Factorial(n) - Math.log10(Number(factorial)))).toBeLessThan(n < 100 ? 1e-13 : 5e-13)
  }
})

describe('limits are in the error, before the work', () => {
  test.each<[string, () => unknown, string]>([
    [
      'orders',
      () => symmetric(2_000_000).order(),
      'PermutationGroup.order: expected an order of at most 10000000 digits, received one of 11733475 digits. Use orderLog10().',
    ],
    [
      'generators',
      () => wreathProduct(symmetric(2), trivial(1_000_000)).generators,
      'PermutationGroup.generators: expected at most 268435456 images in all generators, received 1000000 generators of 2000000 points.',
    ],
    [
      'images of generators',
      () => tupleAction(directProduct(symmetric(8000), symmetric(8000)), 2).generators,
      'Action.generators: expected at most 268435456 images in all generators, received 4 generators of 256000000 points.',
    ],
    ['orbits', () => describeGroup(parseGroup('I1000001')), 'describeGroup: expected at most 1000000 orbits, received 1000001.'],
    ['orbits of a wreath product', () => describeGroup(parseGroup('I2000 wr I2000')), 'expected at most 1000000 orbits, received 4000000.'],
    ['points', () => describeGroup(naturalAction(cyclic(2 ** 27))), 'describeGroup: expected at most 67108864 points, received 134217728.'],
    [
      'pairs without a closed form',
      () => describeGroup(parseGroup('(0 1)(2 16999)')),
      'sharingRule: expected at most 268435456 pairs, received 17000 x 17000 = 289000000.',
    ],
    [
      'points of a group without a construction',
      () => describeGroup(parseGroup('S3 wr <(0 1),(2 3)(1000 1001)>')),
      'describeGroup: expected at most 1000 points for a group of two or more generators, received 1002. Use named groups',
    ],
    [
      'pairs for each generator',
      () => describeGroup(parseGroup(`${Array.from({ length: 500 }, () => '(0 1)').join()} on 1000 points`)),
      'sharingRule: expected at most 536870 pairs, received 1000 x 1000 = 1000000.',
    ],
    [
      'elements',
      () => parseGroup('B100000 on itself'),
      'expected a group of at most 1000000 elements, received "itself" at character 12. It received one of order 2.8214... x 10^486676 (486677 digits).',
    ],
    [
      'images of elements',
      () => parseGroup('C1000000 on itself'),
      'expected at most 67108864 images of all elements, received "itself" at character 13. It received 1000000 elements of 1000000 points.',
    ],
    [
      'elements of subsets',
      () => parseGroup('S1000000 on 999999-subsets'),
      'expected at most 268435456 elements in all subsets, received "999999" at character 13. It received 1000000 subsets of 999999 elements.',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(DomainError)
    expect(act).toThrow(message)
  })
})
