import {
  type Action,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  Permutation,
  PermutationGroup,
  naturalAction as points,
  productAction,
  symmetric,
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
      blocks (orbit sums): 83790, 12004, 55 operators, 2 x 2 blocks of points that the group does not mix"
  `)
})
