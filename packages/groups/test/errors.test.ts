import {
  Action,
  affineGeneral,
  alternating,
  burnsideCount,
  characterTable,
  circleTransform,
  clebschGordan,
  cosetAction,
  cyclic,
  DomainError,
  dihedral,
  directProduct,
  disjointUnion,
  driscollHealyGrid,
  elementarySymmetric,
  eulerAngles,
  evaluatePolynomial,
  FourierPlan,
  graphAutomorphisms,
  hyperoctahedral,
  invariantRing,
  inverseRotationTransform,
  inverseSphereTransform,
  inverseSymmetricFourier,
  mathieu,
  molienSeries,
  multiplyPolynomials,
  NotationError,
  naturalAction,
  Permutation,
  PermutationGroup,
  parseGroup,
  partitions,
  planeRotation,
  polarizedPowerSums,
  polynomial,
  powerSum,
  productAction,
  projectiveSpecialLinear,
  regularAction,
  restriction,
  reynolds,
  rotateRotationSignal,
  rotateSphereSignal,
  rotationTransform,
  sharingRule,
  sharingScheme,
  sphereTransform,
  subsetAction,
  symmetric,
  symmetricCharacter,
  symmetricFourier,
  translations,
  trivial,
  trivialAction,
  tupleAction,
  WordTable,
  wignerD,
  wignerSmallD,
  wreathProduct,
  YoungRepresentation,
  youngOrthogonal,
} from '@equivar/groups'
import { describeGroup, sharingText } from '@equivar/groups/picture'
import { expect, test } from 'vitest'
import { allBlocks } from '../src/group/blocks.ts'

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('expected an error, received none.')
}

const angles = { alpha: 0, beta: 0, gamma: 0 }
const s3 = symmetric(3)
const c3 = cyclic(3)
const c3Points = naturalAction(c3)
const imagesOf = ({ generators }: PermutationGroup): Uint32Array[] => generators.map(({ images }) => images)
const manyPoints = naturalAction(trivial(2 ** 28))
const zeros = (length: number): { re: Float64Array; im: Float64Array } => ({ re: new Float64Array(length), im: new Float64Array(length) })

const refused: [string, () => unknown][] = [
  // Permutations
  [
    'Permutation.identity: expected the number of points to be an integer from 0 to 268435456, received -1.',
    () => Permutation.identity(-1),
  ],
  [
    'Permutation.identity: expected the number of points to be an integer from 0 to 268435456, received 268435457.',
    () => Permutation.identity(2 ** 28 + 1),
  ],
  [
    'Permutation.fromImages: expected images to be the points 0 to 2 in some order, received 1 twice, again as the image of 2.',
    () => Permutation.fromImages([0, 1, 1]),
  ],
  [
    'Permutation.fromImages: expected images to be the points 0 to 1 in some order, received 2 as the image of 1. Points start at 0.',
    () => Permutation.fromImages([1, 2]),
  ],
  [
    'Permutation.fromImages: expected images to be the points 0 to 1 in some order, received -1 as the image of 0.',
    () => Permutation.fromImages([-1, 0]),
  ],
  [
    'Permutation.fromImages: expected images to be the points 0 to 0 in some order, received 0.5 as the image of 0.',
    () => Permutation.fromImages([0.5]),
  ],
  [
    'Permutation.fromImages: expected the number of points to be an integer from 0 to 268435456, received 268435457.',
    () => Permutation.fromImages({ length: 2 ** 28 + 1 }),
  ],
  ['Permutation.fromCycles: expected every point to be an integer from 0 to 2, received 3.', () => Permutation.fromCycles(3, [[0, 3]])],
  [
    'Permutation.fromCycles: expected disjoint cycles, received the point 1 twice. For cycles that are not disjoint, use compose.',
    () => Permutation.fromCycles(2, [[1, 1]]),
  ],
  ['Permutation.apply: expected a point from 0 to 2, received 3.', () => Permutation.identity(3).apply(3)],
  [
    'Permutation.compose: expected a permutation of 3 points, received one of 4.',
    () => Permutation.identity(3).compose(Permutation.identity(4)),
  ],
  ['Permutation.power: expected a safe integer, received 0.5.', () => Permutation.identity(3).power(0.5)],
  [
    'Permutation.order: expected an order below 2^53, received cycle lengths whose least common multiple is about 32589158477190046000.',
    () => {
      let start = 0
      const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
      const cycles = primes.map((p) => Array.from({ length: p }, () => start++))
      return Permutation.fromCycles(start, cycles).order()
    },
  ],

  // Groups
  [
    'PermutationGroup: expected the number of points to be an integer from 0 to 268435456, received 0.5.',
    () => new PermutationGroup(0.5, []),
  ],
  [
    'PermutationGroup: expected generators of 3 points, received generator 1 of 4 points.',
    () => new PermutationGroup(3, [Permutation.identity(3), Permutation.identity(4)]),
  ],
  [
    'PermutationGroup.order: expected an order of at most 10000000 digits, received one of 11733475 digits. Use orderLog10().',
    () => symmetric(2_000_000).order(),
  ],
  [
    'PermutationGroup.generators: expected at most 268435456 images in all generators, received 1000000 generators of 2000000 points.',
    () => wreathProduct(symmetric(2), trivial(1_000_000)).generators,
  ],
  ['PermutationGroup.stabilizer: expected the point to be an integer from 0 to 2, received 3.', () => s3.stabilizer(3)],
  ['PermutationGroup.transversal: expected the point to be an integer from 0 to 2, received -1.', () => s3.transversal(-1)],
  [
    'PermutationGroup.blockSystems: expected a transitive group, received one with 2 orbits. Restrict the group to one orbit with restriction(group, orbit).',
    () => directProduct(c3, s3).blockSystems(),
  ],
  [
    'PermutationGroup.minimalBlockSystems: expected a transitive group, received one with 0 orbits. Restrict the group to one orbit with restriction(group, orbit).',
    () => trivial(0).minimalBlockSystems(),
  ],
  [
    'PermutationGroup.blockSystems: expected at most 2 block systems, received more. Use minimalBlockSystems().',
    () => allBlocks(4, imagesOf(translations(2, 2)), 2),
  ],
  [
    'PermutationGroup.conjugacyClasses: expected a group of at most 2000000 elements, received one of order 2432902008176640000.',
    () => symmetric(20).conjugacyClasses(),
  ],
  [
    'StabilizerChain: expected the given order to be the order of the group, received 7 for a group of order 6.',
    () => new PermutationGroup(3, s3.generators, { order: 7n }).chain(),
  ],
  ['WordTable.evaluate: expected letters from 1 to 2 or their negatives, received -3.', () => new WordTable(s3).evaluate([1, -3])],
  ['WordTable.evaluate: expected letters from 1 to 2 or their negatives, received 0.', () => new WordTable(s3).evaluate([0])],
  ['graphAutomorphisms: expected 2 rows of 2 numbers, received row 1 of 1.', () => graphAutomorphisms([[0, 1], [1]])],
  [
    'graphAutomorphisms: expected numbers, received NaN in row 1, column 0.',
    () =>
      graphAutomorphisms([
        [0, 1],
        [Number.NaN, 0],
      ]),
  ],
  ['graphAutomorphisms: expected numbers, received 1 in row 0, column 0.', () => graphAutomorphisms([['1' as unknown as number]])],

  // Named groups
  ['symmetric: expected the number of points to be an integer from 0 to 268435456, received -1.', () => symmetric(-1)],
  ['alternating: expected the number of points to be an integer from 0 to 268435456, received -1.', () => alternating(-1)],
  ['cyclic: expected the number of points to be an integer from 0 to 268435456, received 1.5.', () => cyclic(1.5)],
  ['dihedral: expected the number of points to be an integer from 0 to 268435456, received -1.', () => dihedral(-1)],
  ['translations: expected every axis to be an integer from 1 to 268435456, received 0.', () => translations(2, 0)],
  [
    'translations: expected the number of points to be an integer from 1 to 268435456, received 10000000000.',
    () => translations(100_000, 100_000),
  ],
  ['mathieu: expected one of 11, 12, 22, 23, 24, received 13.', () => mathieu(13 as 11)],
  ['finiteField: expected a prime power of at most 65536, received 6.', () => affineGeneral(2, 6)],
  ['affineGeneral: expected the number of vectors to be an integer from 2 to 268435456, received 2.25.', () => affineGeneral(2, 1.5)],
  ['finiteField: expected a prime power of at most 65536, received 65537.', () => affineGeneral(1, 65_537)],
  ['finiteField: expected a prime power of at most 65536, received 131072.', () => affineGeneral(1, 131_072)],
  ['affineGeneral: expected the dimension to be an integer from 1 to 268435456, received 0.', () => affineGeneral(0, 2)],
  ['affineGeneral: expected the number of vectors to be an integer from 2 to 268435456, received 1.', () => affineGeneral(2, 1)],
  ['affineGeneral: expected the number of vectors to be an integer from 2 to 268435456, received 536870912.', () => affineGeneral(29, 2)],
  [
    'projectiveSpecialLinear: expected the dimension to be an integer from 2 to 268435456, received 1.',
    () => projectiveSpecialLinear(1, 2),
  ],
  [
    'projectiveSpecialLinear: expected the number of vectors to be an integer from 2 to 268435456, received 387420489.',
    () => projectiveSpecialLinear(18, 3),
  ],
  [
    'directProduct: expected the total number of points to be an integer from 0 to 268435456, received 268435457.',
    () => directProduct(trivial(2 ** 28), trivial(1)),
  ],
  [
    'wreathProduct: expected the number of points to be an integer from 0 to 268435456, received 268468224.',
    () => wreathProduct(trivial(2 ** 15), trivial(2 ** 13 + 1)),
  ],
  [
    'restriction: expected a set of points that the group preserves, received 1, which a generator takes to 2.',
    () => restriction(s3, [0, 1]),
  ],

  // Actions
  ['Action: expected the number of points to be an integer from 0 to 268435456, received -1.', () => new Action(c3, -1, [])],
  ['Action: expected 2 images, one per generator of the group, received 0.', () => new Action(s3, 2, [])],
  [
    'Action: expected images of 2 points, received image 1 of 3 points.',
    () => new Action(s3, 2, [Permutation.identity(2), Permutation.identity(3)]),
  ],
  [
    'Action.image: expected an element of the group, of 3 points, received a permutation of 4 points.',
    () => naturalAction(c3).image(Permutation.identity(4)),
  ],
  [
    'Action.image: expected an element of the group, received (0 1).',
    () => new Action(c3, 1, [Permutation.identity(1)]).image(Permutation.parse(3, '(0 1)')),
  ],
  ['Action.image: expected an element of the group, received (0 1).', () => regularAction(c3).image(Permutation.parse(3, '(0 1)'))],
  ['Action.image: expected an element of the group, received (0 1).', () => cosetAction(c3, c3).image(Permutation.parse(3, '(0 1)'))],
  [
    'Action.image: expected images of the generators that define an action of the group, received images that give one element of the group two different images. Every relation between the generators must hold between their images.',
    () => new Action(c3, 2, [Permutation.parse(2, '(0 1)')]).image(c3.generators[0]!),
  ],
  [
    'Action.generators: expected at most 268435456 images in all generators, received 4 generators of 256000000 points.',
    () => tupleAction(directProduct(symmetric(8000), symmetric(8000)), 2).generators,
  ],
  ['tupleAction: expected the length of the tuples to be an integer from 0 to 268435456, received -1.', () => tupleAction(s3, -1)],
  ['tupleAction: expected at most 268435456 tuples, received 2^29.', () => tupleAction(symmetric(2), 29)],
  ['subsetAction: expected the size of the subsets to be an integer from 0 to 3, received 4.', () => subsetAction(s3, 4)],
  ['subsetAction: expected at most 268435456 subsets, received 60 choose 30.', () => subsetAction(symmetric(60), 30)],
  [
    'subsetAction: expected at most 268435456 elements in all subsets, received 1000000 subsets of 999999 elements.',
    () => subsetAction(symmetric(1_000_000), 999_999),
  ],
  [
    'productAction: expected the number of pairs to be an integer from 0 to 268435456, received 268468224.',
    () => productAction(trivial(2 ** 15), trivial(2 ** 13 + 1)),
  ],
  [
    'disjointUnion: expected two actions of one group, received actions of groups with different generators. For groups that act independently, use directProduct.',
    () => disjointUnion(s3, c3),
  ],
  [
    'disjointUnion: expected the total number of points to be an integer from 0 to 268435456, received 268435457.',
    () => disjointUnion(manyPoints, trivialAction(manyPoints.group, 1)),
  ],
  ['regularAction: expected a group of at most 1000000 elements, received one of order 3628800.', () => regularAction(symmetric(10))],
  [
    'regularAction: expected a group of at most 1000000 elements, received one of order 8.2639... x 10^5565708 (5565709 digits).',
    () => regularAction(symmetric(1_000_000)),
  ],
  [
    'regularAction: expected at most 67108864 images of all elements, received 8193 elements of 8193 points.',
    () => regularAction(cyclic(8193)),
  ],
  ['cosetAction: expected a subgroup of the group, received a group with a generator outside it.', () => cosetAction(c3, s3)],
  [
    'cosetAction: expected the number of cosets to be an integer from 1 to 1000000, received 39916800.',
    () => cosetAction(symmetric(12), cyclic(12)),
  ],

  // Sharing
  [
    'sharingScheme: expected two actions of one group, received actions of groups of 3 and 4 points with different generators. Make both from one PermutationGroup.',
    () => sharingScheme(naturalAction(s3), naturalAction(cyclic(4))),
  ],
  [
    'sharingScheme: expected at most 268435456 pairs, received 20000 x 20000 = 400000000, a table of 2 GiB. Use sharingRule, which computes labels without a table.',
    () => sharingScheme(naturalAction(cyclic(20_000)), naturalAction(cyclic(20_000))),
  ],
  [
    'sharingRule: expected two actions of one group, received actions of groups with different generators. Make both from one PermutationGroup.',
    () => sharingRule(naturalAction(s3), naturalAction(c3)),
  ],
  [
    'sharingRule: expected at most 2 pairs, received 2 x 3 = 6. The structure of these actions is unknown, so they need a table. Build the group with a named constructor (symmetric, wreathProduct, ...).',
    () => {
      const given = new Action(s3, 2, [Permutation.identity(2), Permutation.parse(2, '(0 1)')])
      return sharingRule(given, naturalAction(s3), { maximumPairs: 2 })
    },
  ],
  [
    'sharingRule: expected two tuples with at most 12 entries in total, received 7 and 6 entries. For 13 entries there are Bell(13) = 27,644,437 orbits.',
    () => sharingRule(tupleAction(symmetric(2), 7), tupleAction(symmetric(2), 6)),
  ],
  [
    'SharingRule.label: expected a row below 3 and a column below 1, received 0 and 1.',
    () => sharingRule(naturalAction(s3), trivialAction(s3, 1)).label(0, 1),
  ],
  [
    'SharingRule.label: expected a row below 3 and a column below 1, received -1 and 0.',
    () => sharingRule(naturalAction(s3), trivialAction(s3, 1)).label(-1, 0),
  ],
  [
    'SharingRule.label: expected a row below 3 and a column below 1, received 3 and 0.',
    () => sharingRule(naturalAction(s3), trivialAction(s3, 1)).label(3, 0),
  ],
  [
    'SharingRule.label: expected a row below 3 and a column below 1, received 0 and -1.',
    () => sharingRule(naturalAction(s3), trivialAction(s3, 1)).label(0, -1),
  ],
  ['SharingRule.first: expected a label from 0 to 1, received 2.', () => sharingRule(naturalAction(s3), naturalAction(s3)).first(2)],
  [
    'burnsideCount: expected two actions of one group, received actions of groups with different generators. Make both from one PermutationGroup.',
    () => burnsideCount(naturalAction(s3), naturalAction(c3)),
  ],
  [
    'burnsideCount: expected a group of at most 10000000 elements, received one of order 39916800. Use sharingScheme(output, input).count, which does not enumerate the group.',
    () => burnsideCount(naturalAction(symmetric(11)), naturalAction(symmetric(11))),
  ],

  // Descriptions and pictures
  ['describeGroup: expected at most 1000000 orbits, received 1000001.', () => describeGroup(naturalAction(trivial(1_000_001)))],
  [
    'orbitRuns: expected at most 1000000 orbits, received 4000000.',
    () => describeGroup(naturalAction(wreathProduct(trivial(2000), trivial(2000)))),
  ],
  ['describeGroup: expected at most 67108864 points, received 67108865.', () => describeGroup(naturalAction(cyclic(2 ** 26 + 1)))],
  [
    'describeGroup: expected at most 1000 points for a group of two or more generators, received 1002. Use named groups and products of them, or compute what you need with PermutationGroup.',
    () => describeGroup(naturalAction(new PermutationGroup(1002, hyperoctahedral(501).generators))),
  ],
  ['sharingText: expected a width of at least 1, received 0.', () => sharingText(sharingScheme(c3Points, c3Points), { width: 0 })],
  [
    'sharingText: expected a width of at least 1, received NaN.',
    () => sharingText(sharingScheme(c3Points, c3Points), { width: Number.NaN }),
  ],

  // Representations
  ['partitions: expected n to be an integer from 0 to 60, received 61.', () => partitions(61)],
  ['characterTable: expected a group of at most 100000 elements, received one of order 362880.', () => characterTable(symmetric(9))],
  [
    'symmetricCharacter: expected a partition: positive integers, none larger than the one before, received [1, 2].',
    () => symmetricCharacter([1, 2], [3]),
  ],
  [
    'symmetricCharacter: expected a partition: positive integers, none larger than the one before, received [1, 0].',
    () => symmetricCharacter([1], [1, 0]),
  ],
  [
    'symmetricCharacter: expected a partition: positive integers, none larger than the one before, received [1.5].',
    () => symmetricCharacter([1.5], [1]),
  ],
  [
    'symmetricCharacter: expected a cycle type that sums to 3, as the partition does, received one that sums to 4.',
    () => symmetricCharacter([2, 1], [2, 2]),
  ],
  [
    'YoungRepresentation: expected a representation of dimension at most 4096, received dimension 17160 for [6, 4, 2, 1].',
    () => new YoungRepresentation([6, 4, 2, 1]),
  ],
  [
    'YoungRepresentation: expected a partition: positive integers, none larger than the one before, received [1, 2].',
    () => new YoungRepresentation([1, 2]),
  ],
  [
    'youngOrthogonal: expected a permutation of 3 points, the sum of the partition, received one of 4.',
    () => youngOrthogonal([2, 1], Permutation.identity(4)),
  ],
  [
    'youngOrthogonal: expected a partition: positive integers, none larger than the one before, received [1, 2].',
    () => youngOrthogonal([1, 2], Permutation.identity(3)),
  ],
  ['symmetricFourier: expected n to be an integer from 0 to 9, received 10.', () => symmetricFourier(10, [])],
  ['symmetricFourier: expected 362880 values, one per permutation, received 0.', () => symmetricFourier(9, [])],
  ['symmetricFourier: expected 6 values, one per permutation, received 2.', () => symmetricFourier(3, [1, 2])],
  ['inverseSymmetricFourier: expected n to be an integer from 0 to 9, received 10.', () => inverseSymmetricFourier(10, [])],
  [
    'inverseSymmetricFourier: expected 4 entries for [2, 1], received none.',
    () => inverseSymmetricFourier(3, symmetricFourier(3, zeros(6).re).slice(0, 1)),
  ],
  [
    'inverseSymmetricFourier: expected 1 entries for [2], received 3.',
    () => inverseSymmetricFourier(2, [{ partition: [2], dimension: 1, matrix: new Float64Array(3) }]),
  ],

  // Invariants
  [
    'invariantRing: expected at most 1500 independent invariants in each degree up to 12, received 112720. Use a group of fewer points.',
    () => invariantRing(cyclic(12)),
  ],
  ['molienSeries: expected the degree to be an integer from 0 to 100000, received 100001.', () => molienSeries(c3, 100_001)],
  ['molienSeries: expected dimensions below 2^53, received about 9349109217266832.', () => molienSeries(trivial(12), 150)],
  ['polynomial: expected the number of variables to be an integer from 0 to 268435456, received -1.', () => polynomial(-1, [])],
  [
    'polynomial: expected 2 exponents that are non-negative integers, received [1].',
    () => polynomial(2, [{ coefficient: 1, exponents: [1] }]),
  ],
  [
    'polynomial: expected 2 exponents that are non-negative integers, received [1, -1].',
    () => polynomial(2, [{ coefficient: 1, exponents: [1, -1] }]),
  ],
  [
    'polynomial: expected 2 exponents that are non-negative integers, received [0.5, 1].',
    () => polynomial(2, [{ coefficient: 1, exponents: [0.5, 1] }]),
  ],
  ['evaluatePolynomial: expected a point of 2 numbers, received 1.', () => evaluatePolynomial(powerSum(2, 1), [1])],
  [
    'multiplyPolynomials: expected polynomials in the same variables, received 2 and 3 variables.',
    () => multiplyPolynomials(powerSum(2, 1), powerSum(3, 1)),
  ],
  ['powerSum: expected the degree to be an integer from 0 to 268435456, received -1.', () => powerSum(2, -1)],
  ['elementarySymmetric: expected the degree to be an integer from 0 to 268435456, received -1.', () => elementarySymmetric(2, -1)],
  ['polarizedPowerSums: expected the number of points to be an integer from 0 to 268435456, received -1.', () => polarizedPowerSums(-1, 2)],
  ['polarizedPowerSums: expected the dimension to be an integer from 0 to 268435456, received -1.', () => polarizedPowerSums(2, -1)],
  ['reynolds: expected a polynomial in 3 variables, one per point, received one in 4.', () => reynolds(c3, powerSum(4, 1))],

  // Rotations
  ['FourierPlan: expected the length to be an integer from 1 to 268435456, received 0.', () => new FourierPlan(0, 1)],
  [
    'circleTransform: expected as many imaginary parts as real parts, received 1 and 2.',
    () => circleTransform({ re: new Float64Array(2), im: new Float64Array(1) }),
  ],
  ['driscollHealyGrid: expected the bandwidth to be an integer from 1 to 4096, received 4097.', () => driscollHealyGrid(4097)],
  ['sphereTransform: expected 16 numbers, [2b, 2b] for b = 2, received 3.', () => sphereTransform([1, 2, 3], 2)],
  [
    'sphereTransform: expected 16 numbers, [2b, 2b] for b = 2, received 16.',
    () => sphereTransform({ re: new Float64Array(16), im: new Float64Array(4) }, 2),
  ],
  ['inverseSphereTransform: expected 4 numbers, b^2 for b = 2, received 3.', () => inverseSphereTransform(zeros(3), 2)],
  ['rotationTransform: expected a bandwidth of at most 128, received 129.', () => rotationTransform([], 129)],
  ['rotationTransform: expected 16777216 numbers, [2b, 2b, 2b] for b = 128, received 0.', () => rotationTransform([], 128)],
  ['rotationTransform: expected 64 numbers, [2b, 2b, 2b] for b = 2, received 1.', () => rotationTransform([1], 2)],
  ['inverseRotationTransform: expected a bandwidth of at most 128, received 129.', () => inverseRotationTransform(zeros(1), 129)],
  ['inverseRotationTransform: expected 10 numbers, b (4 b^2 - 1) / 3 for b = 2, received 1.', () => inverseRotationTransform(zeros(1), 2)],
  [
    'rotateSphereSignal: expected a multiple of 16 numbers, the samples of one signal, received 17.',
    () => rotateSphereSignal(new Float64Array(17), 2, angles),
  ],
  [
    'rotateRotationSignal: expected a multiple of 8 numbers, the samples of one signal, received 9.',
    () => rotateRotationSignal(new Float64Array(9), 1, angles),
  ],
  ['eulerAngles: expected the nine numbers of a rotation matrix, received 4.', () => eulerAngles([1, 0, 0, 1])],
  ['planeRotation: expected the frequency to be an integer of at least 0, received -1.', () => planeRotation(-1, 0)],
  ['wignerSmallD: expected the degree l to be an integer from 0 to 2047, received -1.', () => wignerSmallD(-1, 0.5)],
  ['wignerSmallD: expected the degree l to be an integer from 0 to 2047, received 2048.', () => wignerSmallD(2048, 0, 0, 0.5)],
  ['wignerSmallD: expected orders that are integers from -2 to 2, received 3.', () => wignerSmallD(2, 3, 0, 1)],
  ['wignerSmallD: expected orders that are integers from -2 to 2, received -3.', () => wignerSmallD(2, 0, -3, 1)],
  ['wignerSmallD: expected orders that are integers from -2 to 2, received 0.5.', () => wignerD(2, 0.5, 0, 1, 1, 1)],
  ['clebschGordan: expected non-negative integers or half-integers as degrees, received 1.2.', () => clebschGordan(1.2, 0, 1, 0, 1, 0)],
  ['clebschGordan: expected non-negative integers or half-integers as degrees, received -1.', () => clebschGordan(1, 0, -1, 0, 1, 0)],
  ['clebschGordan: expected an order that differs from 1.5 by an integer, received 0.', () => clebschGordan(1, 0, 1, 0, 1.5, 0)],
]

test.each(refused)('%s', (message, act) => {
  const error = thrownBy(act) as DomainError
  expect(error).toBeInstanceOf(DomainError)
  expect(error).toMatchObject({ name: 'DomainError', message })
  expect(message).toContain(`: expected ${error.expected}, received ${error.received}.`)
})

test('an error of notation is a DomainError of another name', () => {
  const error = thrownBy(() => parseGroup('S5 x')) as NotationError
  expect(error).toBeInstanceOf(NotationError)
  expect(error).toBeInstanceOf(DomainError)
  expect(error.name).toBe('NotationError')
})

test.each<[string, () => number, number]>([
  ['2^28 tuples', () => tupleAction(symmetric(2), 28).degree, 2 ** 28],
  ['2^28 subsets', () => subsetAction(symmetric(2 ** 28), 1).degree, 2 ** 28],
  ['2^28 pairs of points', () => productAction(trivial(2 ** 14), trivial(2 ** 14)).degree, 2 ** 28],
  ['2^28 points of a union', () => disjointUnion(manyPoints, trivialAction(manyPoints.group, 0)).degree, 2 ** 28],
  ['2^26 images of elements', () => regularAction(cyclic(2 ** 13)).degree, 2 ** 13],
  [
    '1,000,000 elements',
    () => regularAction(parseGroup('C5 x C5 x C5 x C5 x C5 x C5 x C2 x C2 x C2 x C2 x C2 x C2').group).degree,
    1_000_000,
  ],
  ['2^28 vectors', () => affineGeneral(28, 2).degree, 2 ** 28],
  ['tuples of 12 entries', () => sharingRule(tupleAction(symmetric(2), 6), tupleAction(symmetric(2), 6)).count, 2 ** 11],
  ['2^26 points of a description', () => describeGroup(naturalAction(cyclic(2 ** 26))).degree, 2 ** 26],
  ['harmonics of degree 2047', () => Math.round(wignerSmallD(2047, 0, 0, 0)), 1],
])('the limit itself is accepted: %s', (_, act, expected) => {
  expect(act()).toBe(expected)
})
