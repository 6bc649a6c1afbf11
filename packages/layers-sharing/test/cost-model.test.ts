import {
  type Action,
  affineGeneral,
  alternating,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  Permutation,
  PermutationGroup,
  naturalAction as points,
  productAction,
  subsetAction,
  symmetric,
  translations,
  trivial,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { input, program } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { chooseEvaluation, SharingLinear } from '../src/index.ts'

const channels = { inChannels: 3, outChannels: 5 }
const unnamed = ({ degree, generators }: { readonly degree: number; readonly generators: readonly Permutation[] }): Action =>
  points(new PermutationGroup(degree, generators))
const five = symmetric(5)
const square = (action: Action): [Action, Action] => [action, action]
const both = (): Action => disjointUnion(points(five), trivialAction(five, 2))

const cases: Record<string, () => [Action, Action]> = {
  S6: () => square(points(symmetric(6))),
  'S5 from generators': () => square(unnamed(five)),
  C7: () => square(points(cyclic(7))),
  'C7 in another order': () => square(unnamed({ degree: 7, generators: [Permutation.fromCycles(7, [[0, 3, 1, 5, 2, 6, 4]])] })),
  D6: () => square(unnamed(dihedral(6))),
  'S4 x C3': () => square(productAction(symmetric(4), cyclic(3))),
  'C3 x S4 from generators': () => square(unnamed(productAction(cyclic(3), symmetric(4)))),
  'S3 wr S4': () => square(points(wreathProduct(symmetric(3), symmetric(4)))),
  'C4 wr S3 from generators': () => square(unnamed(wreathProduct(cyclic(4), symmetric(3)))),
  'S5 on pairs': () => square(tupleAction(five, 2)),
  'pairs to points of S5': () => [points(five), tupleAction(five, 2)],
  'points to pairs of S5': () => [tupleAction(five, 2), points(five)],
  'points and two invariants': () => square(both()),
  'points to three invariants': () => [trivialAction(five, 3), points(five)],
  'three invariants to points': () => [points(five), trivialAction(five, 3)],
  'S3 beside S4': () => square(points(directProduct(symmetric(3), symmetric(4)))),
  A3: () => square(points(alternating(3))),
  A4: () => square(points(alternating(4))),
  'shifts of 5': () => square(points(translations(5))),
  'shifts of 3 x 4': () => square(points(translations(3, 4))),
  'S3 wr C4': () => square(points(wreathProduct(symmetric(3), cyclic(4)))),
  'S2 wr S2 wr S2': () => square(points(wreathProduct(wreathProduct(symmetric(2), symmetric(2)), symmetric(2)))),
  'blocks of two orbits': () => square(points(wreathProduct(directProduct(symmetric(2), trivial(1)), symmetric(3)))),
  'AGL(1, 7)': () => square(points(affineGeneral(1, 7))),
  'S3 on triples': () => square(tupleAction(symmetric(3), 3)),
  'triples to points of S4': () => [points(symmetric(4)), tupleAction(symmetric(4), 3)],
  'pairs of S3 x C2': () => square(productAction(tupleAction(symmetric(3), 2), cyclic(2))),
  'points of S3 x C4 to those of the factors': () => [
    productAction(symmetric(3), trivialAction(cyclic(4), 1)),
    productAction(symmetric(3), cyclic(4)),
  ],
  S1: () => square(points(symmetric(1))),
  'subsets of S5': () => square(subsetAction(five, 2)),
}

/** Name, cost of an example in a batch of 32 and of 700, operators of the program, and reason of each candidate. */
function described(output: Action, given: Action): string[] {
  const [few, many] = [32, 700].map((examples) => chooseEvaluation(output, given, { ...channels, examples }))
  return (few?.candidates ?? []).map(({ name, cost, reason }) => {
    const layer = new SharingLinear({ output, input: given, ...channels, evaluation: name, bias: false })
    const x = input('x', 'float32', ['batch', given.degree, 3])
    const { nodes } = program({ inputs: { x, weight: layer.weight }, outputs: { y: layer.forward(x) } })
    const other = many?.candidates.find((one) => one.name === name)?.cost
    return `${name}: ${Math.round(cost)}, ${other === undefined ? 'none' : Math.round(other)}, ${nodes.length} operators, ${reason}`
  })
}

test('candidates with their costs, sizes and reasons', () => {
  const lines = Object.entries(cases).flatMap(([name, make]) => [`${name}:`, ...described(...make()).map((line) => `  ${line}`)])
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "S6:
      dense: 15065, 1204, 7 operators, one product with the gathered 6 x 6 weight
      own and total: 28789, 4852, 16 operators, the group contains all permutations of the points
      orbit sums: 28789, 4852, 16 operators, sums over the columns of each of 2 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 28789, 4852, 16 operators, 1 x 1 blocks of points that the group does not mix
      convolution: 44900, 32971, 8 operators, the labels depend only on the difference of the two points: a circular convolution with 6 taps
    S5 from generators:
      dense: 14281, 1011, 7 operators, one product with the gathered 5 x 5 weight
      orbit sums: 28174, 4237, 16 operators, sums over the columns of each of 2 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 28174, 4237, 16 operators, 1 x 1 blocks of points that the group does not mix
      convolution: 35750, 23821, 8 operators, the labels depend only on the difference of the two points: a circular convolution with 5 taps
    C7:
      dense: 15991, 1432, 7 operators, one product with the gathered 7 x 7 weight
      convolution: 55550, 43621, 6 operators, the labels depend only on the difference of the two points: a circular convolution with 7 taps
      orbit sums: 103132, 19444, 15 operators, sums over the columns of each of 7 labels
      blocks (orbit sums): 103132, 19444, 15 operators, 1 x 1 blocks of points that the group does not mix
    C7 in another order:
      dense: 15991, 1432, 7 operators, one product with the gathered 7 x 7 weight
      convolution: 58910, 46981, 12 operators, the labels depend only on the difference of the two points: a circular convolution with 7 taps
      orbit sums: 103132, 19444, 15 operators, sums over the columns of each of 7 labels
      blocks (orbit sums): 103132, 19444, 15 operators, 1 x 1 blocks of points that the group does not mix
    D6:
      dense: 15065, 1204, 7 operators, one product with the gathered 6 x 6 weight
      convolution: 44900, 32971, 8 operators, the labels depend only on the difference of the two points: a circular convolution with 6 taps
      orbit sums: 59422, 11520, 37 operators, sums over the columns of each of 4 labels, 2 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 59422, 11520, 37 operators, 1 x 1 blocks of points that the group does not mix
    S4 x C3:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      product (own and total x dense): 32448, 7624, 33 operators, two factors act independently: 2 operations on the first, then for the second: one product with the gathered 3 x 3 weight
      product (orbit sums x dense): 32448, 7624, 33 operators, two factors act independently: 2 operations on the first, then for the second: one product with the gathered 3 x 3 weight
      product (own and total x orbit sums): 95104, none, 33 operators, two factors act independently: 2 operations on the first, then for the second: sums over the columns of each of 3 labels
      orbit sums: 108489, 36623, 43 operators, sums over the columns of each of 6 labels, 2 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 108489, 36623, 43 operators, 1 x 1 blocks of points that the group does not mix
    C3 x S4 from generators:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      product (orbit sums x dense): 38208, 12638, 39 operators, two factors act independently: 2 operations on the first, then for the second: one product with the gathered 3 x 3 weight
      product (orbit sums x orbit sums): 100864, none, 39 operators, two factors act independently: 2 operations on the first, then for the second: sums over the columns of each of 3 labels
      orbit sums: 108489, 36623, 41 operators, sums over the columns of each of 6 labels, 2 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 108489, 36623, 41 operators, 1 x 1 blocks of points that the group does not mix
    S3 wr S4:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      wreath (dense in dense): 32946, 7747, 28 operators, 4 blocks of 3 points. Inside a block: one product with the gathered 3 x 3 weight. Between the sums of the blocks: one product with the gathered 4 x 4 weight
      orbit sums: 52296, 16376, 30 operators, sums over the columns of each of 3 labels, 2 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 52296, 16376, 30 operators, 1 x 1 blocks of points that the group does not mix
      wreath (own and total in own and total): 65816, 17967, 36 operators, 4 blocks of 3 points. Inside a block: the group contains all permutations of the points. Between the sums of the blocks: the group contains all permutations of the points
    C4 wr S3 from generators:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      orbit sums: 81488, 21604, 23 operators, sums over the columns of each of 5 labels, 1 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 81488, 21604, 23 operators, 1 x 1 blocks of points that the group does not mix
    S5 on pairs:
      dense: 57031, 11554, 7 operators, one product with the gathered 25 x 25 weight
      blocks (dense): 102031, 20768, 47 operators, 2 x 2 blocks of points that the group does not mix
      blocks (orbit sums): 310523, 130842, 148 operators, 2 x 2 blocks of points that the group does not mix
      tuples: 375773, 195234, 97 operators, all permutations of 5 points act on 2-tuples and 2-tuples: 15 sums over tuples with given entries equal
    pairs to points of S5:
      dense: 21406, 2768, 7 operators, one product with the gathered 5 x 25 weight
      blocks (dense): 35406, 4839, 23 operators, 1 x 2 blocks of points that the group does not mix
      blocks (orbit sums): 85480, 25622, 50 operators, 1 x 2 blocks of points that the group does not mix
      tuples: 109593, 49628, 30 operators, all permutations of 5 points act on 2-tuples and 1-tuples: 5 sums over tuples with given entries equal
    points to pairs of S5:
      dense: 21406, 2768, 7 operators, one product with the gathered 25 x 5 weight
      blocks (dense): 33906, 3339, 21 operators, 2 x 1 blocks of points that the group does not mix
      blocks (orbit sums): 79930, 20072, 44 operators, 2 x 1 blocks of points that the group does not mix
      tuples: 97893, 37928, 53 operators, all permutations of 5 points act on 1-tuples and 2-tuples: 5 sums over tuples with given entries equal
    points and two invariants:
      dense: 15991, 1432, 7 operators, one product with the gathered 7 x 7 weight
      blocks (dense): 55591, 5247, 43 operators, 2 x 2 blocks of points that the group does not mix
      blocks (own and total, blocks (total)): 137519, none, 84 operators, 2 x 2 blocks of points that the group does not mix
      blocks (orbit sums): 140039, 20458, 72 operators, 3 x 3 blocks of points that the group does not mix
    points to three invariants:
      dense: 13569, 835, 7 operators, one product with the gathered 3 x 5 weight
      blocks (dense): 38569, 1978, 28 operators, 3 x 1 blocks of points that the group does not mix
      blocks (total): 42129, 6263, 16 operators, 3 x 1 blocks of points that the group does not mix
      blocks (orbit sums): 42129, 6263, 16 operators, 3 x 1 blocks of points that the group does not mix
    three invariants to points:
      dense: 13569, 835, 7 operators, one product with the gathered 5 x 3 weight
      blocks (total): 41529, 5663, 23 operators, 1 x 3 blocks of points that the group does not mix
      blocks (dense): 41569, 4978, 32 operators, 1 x 3 blocks of points that the group does not mix
      blocks (orbit sums): 45309, 9443, 23 operators, 1 x 3 blocks of points that the group does not mix
    S3 beside S4:
      dense: 15991, 1432, 7 operators, one product with the gathered 7 x 7 weight
      blocks (dense): 55591, 5247, 43 operators, 2 x 2 blocks of points that the group does not mix
      blocks (dense, blocks (total)): 56068, 6958, 37 operators, 2 x 2 blocks of points that the group does not mix
      blocks (own and total, blocks (total)): 83790, 12004, 55 operators, 2 x 2 blocks of points that the group does not mix
      blocks (orbit sums): 83790, 12004, 55 operators, 2 x 2 blocks of points that the group does not mix
    A3:
      dense: 13141, 730, 7 operators, one product with the gathered 3 x 3 weight
      convolution: 21950, 10021, 6 operators, the labels depend only on the difference of the two points: a circular convolution with 3 taps
      orbit sums: 40419, 4553, 7 operators, sums over the columns of each of 3 labels
      blocks (orbit sums): 40419, 4553, 7 operators, 1 x 1 blocks of points that the group does not mix
    A4:
      dense: 13640, 853, 7 operators, one product with the gathered 4 x 4 weight
      own and total: 27559, 3622, 16 operators, the group is 2-transitive
      orbit sums: 27559, 3622, 16 operators, sums over the columns of each of 2 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 27559, 3622, 16 operators, 1 x 1 blocks of points that the group does not mix
      convolution: 28100, 16171, 8 operators, the labels depend only on the difference of the two points: a circular convolution with 4 taps
    shifts of 5:
      dense: 14281, 1011, 7 operators, one product with the gathered 5 x 5 weight
      convolution: 35750, 23821, 6 operators, the labels depend only on the difference of the two points: a circular convolution with 5 taps
      orbit sums: 70516, 10739, 11 operators, sums over the columns of each of 5 labels
      blocks (orbit sums): 70516, 10739, 11 operators, 1 x 1 blocks of points that the group does not mix
    shifts of 3 x 4:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      product (orbit sums x dense): 51000, 12638, 43 operators, two factors act independently: 3 operations on the first, then for the second: one product with the gathered 4 x 4 weight
      orbit sums: 195698, 52233, 25 operators, sums over the columns of each of 12 labels
      blocks (orbit sums): 195698, 52233, 25 operators, 1 x 1 blocks of points that the group does not mix
    S3 wr C4:
      dense: 22760, 3102, 7 operators, one product with the gathered 12 x 12 weight
      wreath (dense in dense): 32946, 7747, 28 operators, 4 blocks of 3 points. Inside a block: one product with the gathered 3 x 3 weight. Between the sums of the blocks: one product with the gathered 4 x 4 weight
      wreath (own and total in orbit sums): 79649, 19845, 36 operators, 4 blocks of 3 points. Inside a block: the group contains all permutations of the points. Between the sums of the blocks: sums over the columns of each of 4 labels
      orbit sums: 95618, 35734, 53 operators, sums over the columns of each of 5 labels, 3 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 95618, 35734, 53 operators, 1 x 1 blocks of points that the group does not mix
    S2 wr S2 wr S2:
      dense: 17060, 1696, 7 operators, one product with the gathered 8 x 8 weight
      wreath (dense in dense): 30505, 5574, 28 operators, 2 blocks of 4 points. Inside a block: one product with the gathered 4 x 4 weight. Between the sums of the blocks: one product with the gathered 2 x 2 weight
      orbit sums: 62482, 14580, 33 operators, sums over the columns of each of 4 labels, 2 of them as the sum over a block or all points minus the others
      blocks (orbit sums): 62482, 14580, 33 operators, 1 x 1 blocks of points that the group does not mix
      wreath (wreath (own and total in own and total) in own and total): 91592, 19833, 56 operators, 2 blocks of 4 points. Inside a block: 2 blocks of 2 points. Inside a block: the group contains all permutations of the points. Between the sums of the blocks: the group contains all permutations of the points. Between the sums of the blocks: the group contains all permutations of the points
    blocks of two orbits:
      dense: 18271, 1995, 7 operators, one product with the gathered 9 x 9 weight
      blocks (dense): 58471, 6409, 47 operators, 2 x 2 blocks of points that the group does not mix
      blocks (orbit sums): 129514, 21781, 92 operators, 2 x 2 blocks of points that the group does not mix
    AGL(1, 7):
      dense: 15991, 1432, 7 operators, one product with the gathered 7 x 7 weight
      orbit sums: 29404, 5467, 16 operators, sums over the columns of each of 2 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 29404, 5467, 16 operators, 1 x 1 blocks of points that the group does not mix
      convolution: 55550, 43621, 8 operators, the labels depend only on the difference of the two points: a circular convolution with 7 taps
    S3 on triples:
      dense: 64441, 13381, 7 operators, one product with the gathered 27 x 27 weight
      blocks (dense): 396841, 59495, 275 operators, 5 x 5 blocks of points that the group does not mix
      blocks (orbit sums): 1789084, 330283, 460 operators, 5 x 5 blocks of points that the group does not mix
      tuples: 2864228, 1395174, 255 operators, all permutations of 3 points act on 3-tuples and 3-tuples: 122 sums over tuples with given entries equal
    triples to points of S4:
      dense: 30740, 5070, 7 operators, one product with the gathered 4 x 64 weight
      blocks (dense): 85540, 12155, 56 operators, 1 x 5 blocks of points that the group does not mix
      blocks (orbit sums): 257278, 77679, 141 operators, 1 x 5 blocks of points that the group does not mix
      tuples: 497063, 316524, 57 operators, all permutations of 4 points act on 3-tuples and 1-tuples: 15 sums over tuples with given entries equal
    pairs of S3 x C2:
      dense: 35585, 6265, 7 operators, one product with the gathered 18 x 18 weight
      blocks (dense): 78485, 13379, 47 operators, 2 x 2 blocks of points that the group does not mix
      product (tuples x dense): 277030, 107024, 400 operators, two factors act independently: 14 operations on the first, then for the second: one product with the gathered 2 x 2 weight
      blocks (orbit sums): 455743, 120776, 131 operators, 2 x 2 blocks of points that the group does not mix
      product (tuples x orbit sums): 507268, none, 372 operators, two factors act independently: 14 operations on the first, then for the second: sums over the columns of each of 2 labels
    points of S3 x C4 to those of the factors:
      dense: 15065, 1204, 7 operators, one product with the gathered 3 x 12 weight
      product (own and total x dense): 28750, 4463, 31 operators, two factors act independently: 2 operations on the first, then for the second: one product with the gathered 1 x 4 weight
      orbit sums: 32344, 8407, 20 operators, sums over the columns of each of 2 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 32344, 8407, 20 operators, 1 x 1 blocks of points that the group does not mix
      product (own and total x blocks (total)): 32976, 9065, 23 operators, two factors act independently: 2 operations on the first, then for the second: 1 x 1 blocks of points that the group does not mix
    S1:
      dense: 12571, 589, 7 operators, one product with the gathered 1 x 1 weight
      own: 12843, 888, 2 operators, one point
      orbit sums: 12843, 888, 2 operators, sums over the columns of each of 1 labels
      blocks (orbit sums): 12843, 888, 2 operators, 1 x 1 blocks of points that the group does not mix
    subsets of S5:
      dense: 19625, 2329, 7 operators, one product with the gathered 10 x 10 weight
      orbit sums: 52956, 17036, 23 operators, sums over the columns of each of 3 labels, 1 of them as the sum over all points minus the others
      blocks (orbit sums): 52956, 17036, 23 operators, 1 x 1 blocks of points that the group does not mix"
  `)
})
