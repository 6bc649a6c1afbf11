import {
  affineGeneral,
  alternating,
  type ChainOptions,
  cyclic,
  dihedral,
  directProduct,
  hyperoctahedral,
  mathieu,
  Permutation,
  PermutationGroup,
  projectiveSpecialLinear,
  restriction,
  rubik,
  StabilizerChain,
  seededRandom,
  symmetric,
  translations,
  trivial,
  WordTable,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { bruteForceElements, randomGroup, randomPermutation, trials, triesMutants } from './random-groups.ts'

const forget = ({ degree, generators }: PermutationGroup): PermutationGroup => new PermutationGroup(degree, generators)

describe('stabilizers and transversals', () => {
  test('100 random groups: orbit-stabilizer theorem, stabilizers fix the point, transversals map it', () => {
    for (let seed = 0; seed < trials(100); seed++) {
      const group = randomGroup(seed, 8)
      for (let point = 0; point < group.degree; point++) {
        const stabilizer = group.stabilizer(point)
        const transversal = group.transversal(point)
        const orbit = group.orbits().find((candidate) => candidate.includes(point))!
        expect([...transversal.keys()].sort((a, b) => a - b)).toEqual(orbit)
        for (const [image, element] of transversal) {
          expect(element.apply(point)).toBe(image)
          expect(group.contains(element)).toBe(true)
        }
        expect(stabilizer.order() * BigInt(orbit.length)).toBe(group.order())
        expect(forget(stabilizer).order()).toBe(stabilizer.order())
        for (const generator of stabilizer.generators) {
          expect(generator.apply(point)).toBe(point)
          expect(group.contains(generator)).toBe(true)
        }
      }
    }
  })

  test('the orbit lengths of the chain of M_24 are 24, 23, 22, 21, 20, and its last stabilizer has order 48', () => {
    const orders: bigint[] = []
    for (let group = forget(mathieu(24)), point = 0; group.order() > 1n && point < 6; point++) {
      orders.push(group.order())
      group = group.stabilizer(point)
    }
    expect(orders).toEqual([244_823_040n, 10_200_960n, 443_520n, 20_160n, 960n, 48n])
  })
})

/** A chi-square statistic as a number of standard deviations, by the Wilson-Hilferty approximation. */
const deviations = (chiSquare: number, degrees: number): number =>
  ((chiSquare / degrees) ** (1 / 3) - (1 - 2 / (9 * degrees))) / Math.sqrt(2 / (9 * degrees))

describe('random elements', () => {
  test.each([
    ['S_4', symmetric(4)],
    ['A_5', alternating(5)],
    ['C_4 wr S_2', wreathProduct(cyclic(4), symmetric(2))],
    ['PSL(2, 7)', projectiveSpecialLinear(2, 7)],
  ])('of %s pass a chi-square test of uniformity', (_, group) => {
    const random = seededRandom(17)
    const order = Number(group.order())
    const counts = new Map<string, number>()
    for (let k = 0; k < 60 * order; k++) {
      const key = group.random(random).toString()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(order)
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 60) ** 2 / 60, 0)
    expect(Math.abs(deviations(chiSquare, order - 1))).toBeLessThan(4)
  })

  test.skipIf(triesMutants)(
    "of the Rubik's cube group are members and move a sticker to every place equally often; random permutations are rarely members",
    () => {
      const group = forget(rubik())
      const random = seededRandom(3)
      const counts = new Array<number>(48).fill(0)
      let members = 0
      for (let k = 0; k < 4800; k++) {
        const element = group.random(random)
        counts[element.apply(0)]!++
        if (k < 300) expect(group.contains(element)).toBe(true)
        if (k < 300 && group.contains(randomPermutation(48, random))) members++
      }
      const reached = counts.filter((count) => count > 0)
      expect(reached).toHaveLength(24)
      const chiSquare = reached.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)
      expect(Math.abs(deviations(chiSquare, 23))).toBeLessThan(4)
      expect(members).toBe(0)
    },
  )

  test('membership: one twelfth of the randomly reassembled cubes can be solved', () => {
    const group = rubik()
    const random = seededRandom(5)
    const corner = Permutation.parse(48, '(0 8 34)')
    const edge = Permutation.parse(48, '(1 33)')
    const swap = Permutation.parse(48, '(1 3)(33 9)')
    expect(group.contains(corner)).toBe(false)
    expect(group.contains(edge)).toBe(false)
    expect(group.contains(swap)).toBe(false)
    for (let k = 0; k < 50; k++) {
      const element = group.random(random)
      expect(group.contains(element.compose(corner))).toBe(false)
      expect(group.contains(element.compose(corner).compose(corner).compose(corner))).toBe(true)
    }
  })
})

describe('conjugacy classes', () => {
  test('60 random groups against brute force', () => {
    for (let seed = 0; seed < 60; seed++) {
      const group = randomGroup(seed, 5)
      const elements = bruteForceElements(group)
      const classes = group.conjugacyClasses()
      expect(classes.reduce((sum, { size }) => sum + size, 0)).toBe(elements.length)
      expect(classes[0]!.representative.isIdentity()).toBe(true)
      for (const { representative, size } of classes) {
        const conjugates = new Set(elements.map((g) => g.compose(representative).compose(g.inverse()).toString()))
        expect(conjugates.size).toBe(size)
      }
    }
  })

  test('are refused for a large group, and the error names its order', () => {
    expect(() => symmetric(20).conjugacyClasses()).toThrow(
      'PermutationGroup.conjugacyClasses: expected a group of at most 2000000 elements, received one of order 2432902008176640000.',
    )
  })
})

describe('blocks', () => {
  const sizes = (group: PermutationGroup): number[] =>
    group
      .blockSystems()
      .map((system) => system[0]!.length)
      .sort((a, b) => a - b)

  test.each([
    ['C_12', cyclic(12), [2, 3, 4, 6]],
    ['D_6', dihedral(6), [2, 3]],
    ['C_4 wr S_5', wreathProduct(cyclic(4), symmetric(5)), [2, 4]],
    ['S_2 wr S_2 wr S_3', wreathProduct(wreathProduct(symmetric(2), symmetric(2)), symmetric(3)), [2, 4]],
    ['shifts of 2 x 2 x 2: the subspaces', translations(2, 2, 2), [2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4]],
    ['S_7', symmetric(7), []],
    ['AGL(1, 8)', affineGeneral(1, 8), []],
  ])('%s', (_, group, expected) => {
    expect(sizes(group)).toEqual(expected)
    expect(group.isPrimitive()).toBe(expected.length === 0)
    for (const system of group.blockSystems()) {
      const keys = new Set(system.map((block) => block.join()))
      for (const generator of group.generators) {
        for (const block of system)
          expect(
            keys.has(
              block
                .map((point) => generator.apply(point))
                .sort((a, b) => a - b)
                .join(),
            ),
          ).toBe(true)
      }
    }
  })

  test('minimal block systems have no nontrivial refinement', () => {
    const minimal = cyclic(12).minimalBlockSystems()
    expect(minimal.map((system) => system[0]!.length).sort()).toEqual([2, 3])
  })

  test('are refused for an intransitive group', () => {
    expect(() => directProduct(cyclic(2), cyclic(3)).blockSystems()).toThrow(
      'PermutationGroup.blockSystems: expected a transitive group, received one with 2 orbits. Restrict the group to one orbit with restriction(group, orbit).',
    )
    expect(directProduct(cyclic(2), cyclic(3)).isPrimitive()).toBe(false)
  })
})

describe('properties', () => {
  test('transitive, abelian, subgroup, restriction', () => {
    expect(trivial(1).isTransitive()).toBe(true)
    expect(trivial(0).isTransitive()).toBe(false)
    expect(trivial(2).isTransitive()).toBe(false)
    expect(translations(3, 4).isAbelian()).toBe(true)
    expect(dihedral(3).isAbelian()).toBe(false)
    expect(alternating(5).isSubgroupOf(symmetric(5))).toBe(true)
    expect(symmetric(5).isSubgroupOf(alternating(5))).toBe(false)
    const product = directProduct(symmetric(3), cyclic(4))
    expect(restriction(product, [3, 4, 5, 6]).order()).toBe(4n)
    expect(() => restriction(product, [0, 1])).toThrow('restriction: expected a set of points that the group preserves')
  })

  test('elements are iterated on demand, the identity first, even for huge groups', () => {
    const elements = symmetric(60).elements()
    expect(elements.next().value!.isIdentity()).toBe(true)
    expect(new Set(Array.from({ length: 50 }, () => elements.next().value!.toString())).size).toBe(50)
    expect([...trivial(3).elements()]).toHaveLength(1)
  })

  test('invalid arguments are refused', () => {
    expect(() => new PermutationGroup(3, [Permutation.identity(4)])).toThrow(
      'PermutationGroup: expected generators of 3 points, received generator 0 of 4 points.',
    )
    expect(() => symmetric(3).stabilizer(3)).toThrow(
      'PermutationGroup.stabilizer: expected the point to be an integer from 0 to 2, received 3.',
    )
    expect(() => mathieu(13 as 11)).toThrow('mathieu: expected one of 11, 12, 22, 23, 24, received 13.')
    expect(() => affineGeneral(2, 6)).toThrow('finiteField: expected a prime power of at most 65536, received 6.')
    expect(() => projectiveSpecialLinear(40, 3)).toThrow('expected the number of vectors to be an integer from 2 to 268435456')
    expect(() => symmetric(1e10)).toThrow(
      'symmetric: expected the number of points to be an integer from 0 to 268435456, received 10000000000.',
    )
    expect(() => translations(100_000, 100_000)).toThrow('translations: expected the number of points to be an integer from 1 to 268435456')
    expect(symmetric(3).contains(Permutation.identity(4))).toBe(false)
  })

  test('a wrong order in the options is detected', () => {
    const { generators } = dihedral(7)
    for (const order of [7n, 28n]) {
      expect(() => new PermutationGroup(7, generators, { order }).chain()).toThrow(`received ${order} for a group of order 14`)
    }
  })
})

describe('chains', () => {
  test('agree for every seed and method, on groups that are hard for random methods', () => {
    const hard = [
      hyperoctahedral(5),
      wreathProduct(cyclic(2), cyclic(8)),
      directProduct(alternating(5), wreathProduct(symmetric(3), cyclic(3))),
    ]
    for (const group of hard) {
      const images = group.generators.map((generator) => generator.images)
      for (let seed = 0; seed < 20; seed++) expect(new StabilizerChain(group.degree, images, { seed }).order()).toBe(group.order())
      expect(new StabilizerChain(group.degree, images, { method: 'deterministic' }).order()).toBe(group.order())
      expect(new StabilizerChain(group.degree, images, { base: [group.degree - 1, 0] }).order()).toBe(group.order())
    }
  })
})

describe('a chain is the same on every machine: the base points, and how many generators each level has', () => {
  const shape = ({ levels }: StabilizerChain): string => levels.map(({ base, generators }) => `${base}:${generators.length}`).join(' ')

  test.each<[string, PermutationGroup, Record<'usual' | 'otherSeed' | 'deterministic' | 'ownBase', string>]>([
    [
      'S_6',
      symmetric(6),
      {
        usual: '0:2 1:3 2:3 3:3 4:1',
        otherSeed: '0:2 1:4 2:4 3:4 4:1',
        deterministic: '0:2 1:2 4:2 2:2 3:1',
        ownBase: '5:2 2:3 0:3 1:3 3:1',
      },
    ],
    [
      'S_3 wr C_4',
      wreathProduct(symmetric(3), cyclic(4)),
      {
        usual: '0:3 1:5 3:5 6:5 7:5 9:3 10:2 4:1',
        otherSeed: '0:3 1:6 3:6 4:6 6:6 10:4 7:2 9:1',
        deterministic: '0:3 1:7 9:6 10:5 6:4 7:3 3:2 4:1',
        ownBase: '11:3 2:6 0:6 3:6 4:4 6:3 7:2 9:1',
      },
    ],
    [
      'M_12',
      mathieu(12),
      {
        usual: '0:3 1:3 2:3 3:3 4:3',
        otherSeed: '0:3 1:7 2:7 3:4 4:2',
        deterministic: '0:3 2:3 1:3 3:3 4:2',
        ownBase: '11:3 2:4 0:4 1:4 3:4',
      },
    ],
    [
      'C_2 wr C_8',
      wreathProduct(cyclic(2), cyclic(8)),
      {
        usual: '0:2 2:7 4:7 6:5 8:4 14:3 10:2 12:1',
        otherSeed: '0:2 4:7 6:7 2:5 8:4 14:3 10:2 12:1',
        deterministic: '0:2 14:7 12:6 10:5 8:4 6:3 4:2 2:1',
        ownBase: '15:2 2:7 4:7 0:5 8:4 10:3 6:2 12:1',
      },
    ],
  ])('%s', (_, group, expected) => {
    const images = group.generators.map((generator) => generator.images)
    const chain = (options: ChainOptions): string => shape(new StabilizerChain(group.degree, images, options))
    expect(chain({})).toBe(expected.usual)
    expect(chain({ seed: 1, method: 'randomized' })).toBe(expected.usual)
    expect(chain({ order: group.order() })).toBe(expected.usual)
    expect(chain({ seed: 5 })).toBe(expected.otherSeed)
    expect(chain({ method: 'deterministic' })).toBe(expected.deterministic)
    expect(chain({ base: [group.degree - 1, 2] })).toBe(expected.ownBase)
  })

  test('identities among the generators are left out; the trivial group has no levels', () => {
    const identity = Permutation.identity(3).images
    expect(shape(new StabilizerChain(3, [identity, Uint32Array.of(1, 0, 2)]))).toBe('0:1')
    const none = new StabilizerChain(3, [identity], { order: 1n })
    expect(none.levels).toHaveLength(0)
    expect([...none.element([])]).toEqual([0, 1, 2])
    expect(none.sift(Uint32Array.of(1, 0, 2))).toEqual({ residue: Uint32Array.of(1, 0, 2), level: 0 })
  })

  test('sifting starts at a level, and says where it stopped', () => {
    const chain = new StabilizerChain(
      5,
      symmetric(4).generators.map(({ images }) => Uint32Array.of(...images, 4)),
    )
    expect(chain.sift(Uint32Array.of(1, 2, 3, 0, 4)).level).toBe(chain.levels.length)
    expect(chain.sift(Uint32Array.of(4, 1, 2, 3, 0)).level).toBe(0)
    expect(chain.sift(Uint32Array.of(0, 4, 2, 3, 1)).level).toBe(1)
    expect([...chain.sift(Uint32Array.of(1, 0, 2, 3, 4), 2).residue]).toEqual([1, 0, 2, 3, 4])
  })
})

describe('words in the generators', () => {
  test.each([
    ['S_8', symmetric(8)],
    ['M_11', mathieu(11)],
    ['PSL(3, 3)', projectiveSpecialLinear(3, 3)],
    ['C_30', cyclic(30)],
    ['S_3 wr C_4', wreathProduct(symmetric(3), cyclic(4))],
    ['trivial', trivial(4)],
  ])('of %s evaluate to the element', (_, group) => {
    const words = new WordTable(group)
    const random = seededRandom(8)
    for (let trial = 0; trial < 20; trial++) {
      const element = group.random(random)
      const word = words.factorize(element)!
      expect(words.evaluate(word).equals(element)).toBe(true)
      expect(word.length).toBeLessThan(200)
    }
  })

  test.each([
    ['S_5', symmetric(5), 988, 18, 635],
    ['A_6', alternating(6), 3498, 17, 1953],
    ['C_30', cyclic(30), 225, 15, 225],
    ['D_12', dihedral(12), 84, 7, 84],
    ['shifts of 4 x 5 x 3', translations(4, 5, 3), 172, 5, 172],
    ['PSL(2, 7)', projectiveSpecialLinear(2, 7), 745, 7, 561],
    ['PSL(2, 11)', projectiveSpecialLinear(2, 11), 3787, 8, 2825],
    ['B_4', hyperoctahedral(4), 3630, 21, 2200],
  ])(
    'of %s are the same on every machine: their letters over all elements, the longest word, and the letters of shortest words',
    (_, group, letters, longest, shortest) => {
      const words = new WordTable(group)
      const lengths = [...group.elements()].map((element) => words.factorize(element)!.length)
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(letters)
      expect(Math.max(...lengths)).toBe(longest)
      const steps = group.generators.flatMap((generator) => [generator, generator.inverse()])
      const distance = new Map([[Permutation.identity(group.degree).toString(), 0]])
      for (const [text, length] of distance) {
        const element = Permutation.parse(group.degree, text)
        for (const step of steps) {
          const next = element.compose(step).toString()
          if (!distance.has(next)) distance.set(next, length + 1)
        }
      }
      expect([...distance.values()].reduce((sum, length) => sum + length, 0)).toBe(shortest)
      expect(letters).toBeGreaterThanOrEqual(shortest)
    },
  )

  test('a permutation outside the group has no word; an invalid letter is refused', () => {
    const words = new WordTable(alternating(5))
    expect(words.factorize(Permutation.parse(5, '(0 1)'))).toBeUndefined()
    expect(words.factorize(Permutation.identity(5))).toEqual([])
    expect(() => words.evaluate([3])).toThrow('WordTable.evaluate: expected letters from 1 to 2 or their negatives, received 3.')
  })
})
