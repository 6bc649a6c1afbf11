import {
  affineGeneral,
  alternating,
  cyclic,
  dihedral,
  directProduct,
  hyperoctahedral,
  mathieu,
  PermutationGroup,
  projectiveSpecialLinear,
  rubik,
  symmetric,
  translations,
  trivial,
  wreathProduct,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'

/** The group without the facts that its constructor states, so that the order is computed. */
const forget = ({ degree, generators }: PermutationGroup): PermutationGroup => new PermutationGroup(degree, generators)

const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1))

/** |GL(d, q)| */
const linear = (d: number, q: bigint): bigint =>
  Array.from({ length: d }, (_, i) => q ** BigInt(d) - q ** BigInt(i)).reduce((a, b) => a * b, 1n)

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

const small: [string, PermutationGroup, bigint][] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n): [string, PermutationGroup, bigint][] => [
  [`S_${n}`, symmetric(n), factorial(n)],
  [`A_${n}`, alternating(n), n < 2 ? 1n : factorial(n) / 2n],
  [`C_${n}`, cyclic(n), BigInt(Math.max(1, n))],
  [`D_${n}`, dihedral(n), BigInt([1, 1, 2][n] ?? 2 * n)],
  [`B_${n}`, hyperoctahedral(n), 2n ** BigInt(n) * factorial(n)],
  [`trivial on ${n}`, trivial(n), 1n],
])

const lines: [string, PermutationGroup, bigint][] = (
  [
    [2, 2],
    [2, 3],
    [2, 4],
    [2, 5],
    [2, 7],
    [2, 8],
    [2, 9],
    [2, 16],
    [2, 23],
    [2, 25],
    [2, 27],
    [3, 2],
    [3, 3],
    [3, 4],
    [3, 5],
    [4, 2],
    [4, 3],
    [4, 5],
    [5, 2],
  ] as const
).map(([d, q]) => [
  `PSL(${d}, ${q})`,
  projectiveSpecialLinear(d, q),
  linear(d, BigInt(q)) / (BigInt(q - 1) * gcd(BigInt(d), BigInt(q - 1))),
])

const affine: [string, PermutationGroup, bigint][] = (
  [
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 5],
    [1, 9],
    [1, 16],
    [1, 101],
    [2, 2],
    [2, 3],
    [2, 4],
    [2, 5],
    [2, 9],
    [3, 2],
    [3, 3],
    [3, 4],
    [4, 2],
    [4, 3],
    [6, 2],
  ] as const
).map(([d, q]) => [`AGL(${d}, ${q})`, affineGeneral(d, q), BigInt(q) ** BigInt(d) * linear(d, BigInt(q))])

const large: [string, PermutationGroup, bigint][] = [
  ['S_50', symmetric(50), factorial(50)],
  ['A_61', alternating(61), factorial(61) / 2n],
  ['C_1000', cyclic(1000), 1000n],
  ['C_4 wr S_10', wreathProduct(cyclic(4), symmetric(10)), 4n ** 10n * factorial(10)],
  ['S_5 x C_4', directProduct(symmetric(5), cyclic(4)), 480n],
  ['shifts of 6 x 10 x 15', translations(6, 10, 15), 900n],
  ['Rubik', rubik(), 43_252_003_274_489_856_000n],
  ['M_11', mathieu(11), 7920n],
  ['M_12', mathieu(12), 95_040n],
  ['M_22', mathieu(22), 443_520n],
  ['M_23', mathieu(23), 10_200_960n],
  ['M_24', mathieu(24), 244_823_040n],
]

describe('orders by Schreier-Sims agree with formulas and with the orders that the constructors state', () => {
  test.each([...small, ...lines, ...affine, ...large])('%s', (_, group, order) => {
    expect(forget(group).order()).toBe(order)
    expect(group.order()).toBe(order)
    expect(group.chain().order()).toBe(order)
  })
})
