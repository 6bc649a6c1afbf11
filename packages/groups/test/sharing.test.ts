import {
  alternating,
  burnsideCount,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  graphAutomorphisms,
  mathieu,
  naturalAction,
  orbitLabels,
  productAction,
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
import { bruteForceElements, randomGroup, trials } from './random-groups.ts'

describe('counts from the literature', () => {
  test.each([
    ['C_7', naturalAction(cyclic(7)), 7],
    ['D_5', naturalAction(dihedral(5)), 3],
    ['S_6', naturalAction(symmetric(6)), 2],
    ['A_6', naturalAction(alternating(6)), 2],
    ['identity on 6', naturalAction(trivial(6)), 36],
    ['shifts of a 4 x 5 grid', naturalAction(translations(4, 5)), 20],
    ['S_5 x C_4 on pairs', productAction(symmetric(5), cyclic(4)), 8],
    ['S_5 x S_4 on pairs', productAction(symmetric(5), symmetric(4)), 4],
    ['C_4 wr S_5', naturalAction(wreathProduct(cyclic(4), symmetric(5))), 5],
    ['S_5 x S_4 side by side', naturalAction(directProduct(symmetric(5), symmetric(4))), 6],
    ['S_5 on pairs', tupleAction(symmetric(5), 2), 15],
    ['S_1 on pairs', tupleAction(symmetric(1), 2), 1],
    ['S_2 on pairs', tupleAction(symmetric(2), 2), 8],
    ['S_3 on pairs', tupleAction(symmetric(3), 2), 14],
    ['S_4 on pairs', tupleAction(symmetric(4), 2), 15],
    ['S_5 on triples', tupleAction(symmetric(5), 3), 202],
    ['S_6 on triples', tupleAction(symmetric(6), 3), 203],
    ['S_7 on 3-subsets', subsetAction(symmetric(7), 3), 4],
  ])('%s', (_, action, count) => {
    const scheme = sharingScheme(action, action)
    expect(scheme.count).toBe(count)
    expect(burnsideCount(action, action)).toBe(BigInt(count))
  })

  test('a bias has one parameter per orbit, as many as a map from the trivial action', () => {
    const edges = tupleAction(symmetric(4), 2)
    expect(orbitLabels(edges).count).toBe(2)
    expect(sharingScheme(edges, trivialAction(edges.group, 1)).labels).toEqual(orbitLabels(edges).labels)
  })
})

/** The adjacency matrix of a graph on n vertices. */
const graph = (n: number, adjacent: (a: number, b: number) => boolean): number[][] =>
  Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_v, b) => (b !== a && adjacent(a, b) ? 1 : 0)))

const pairsOfFive = Array.from({ length: 25 }, (_, p) => [Math.floor(p / 5), p % 5] as const).filter(([a, b]) => a < b)
const disjoint = (p: number, q: number): boolean => !pairsOfFive[p]!.some((point) => pairsOfFive[q]!.includes(point))
const squares = new Set(Array.from({ length: 12 }, (_, x) => ((x + 1) * (x + 1)) % 13))
const ones = (x: number): number => [...x.toString(2)].filter((bit) => bit === '1').length
/** Robertson's construction from pentagons and pentagrams: vertex 5 h + j, with pentagons h = 0 to 4 and pentagrams h = 5 to 9. */
const hoffmanSingleton = (a: number, b: number): boolean => {
  const [[g, i], [h, j]] = [
    [Math.floor(a / 5), a % 5],
    [Math.floor(b / 5), b % 5],
  ] as [[number, number], [number, number]]
  if (g === h) return (g < 5 ? [1, 4] : [2, 3]).includes((j - i + 5) % 5)
  if (g < 5 === h < 5) return false
  const [pentagon, at, pentagram, to] = g < 5 ? [g, i, h - 5, j] : [h, j, g - 5, i]
  return (pentagon * pentagram + at) % 5 === to
}

describe('rank 3 groups: the orbits on pairs are a strongly regular graph, its complement and the diagonal', () => {
  const of = (n: number, adjacent: (a: number, b: number) => boolean) => naturalAction(graphAutomorphisms(graph(n, adjacent)))
  test.each([
    ['the pentagon', () => naturalAction(dihedral(5)), 10n, 5],
    ['2-subsets of 7 points', () => subsetAction(symmetric(7), 2), 5040n, 21],
    ['three blocks of four', () => naturalAction(wreathProduct(symmetric(4), symmetric(3))), 82_944n, 12],
    ['five pairs of opposite points', () => naturalAction(wreathProduct(symmetric(2), symmetric(5))), 3840n, 10],
    ["Petersen's graph", () => of(10, disjoint), 120n, 10],
    ["the 4 x 4 rook's graph", () => of(16, (a, b) => a % 4 === b % 4 || a >> 2 === b >> 2), 1152n, 16],
    ["Paley's graph of 13 points", () => of(13, (a, b) => squares.has((a - b + 13) % 13)), 78n, 13],
    ["Clebsch's graph", () => of(16, (a, b) => [1, 4].includes(ones(a ^ b))), 1920n, 16],
    ['the graph of Hoffman and Singleton', () => of(50, hoffmanSingleton), 252_000n, 50],
    ['M_24 on 276 pairs', () => subsetAction(mathieu(24), 2), 244_823_040n, 276],
  ])('%s', (_, make, order, degree) => {
    const action = make()
    expect([action.group.order(), action.degree, sharingScheme(action, action).count]).toEqual([order, degree, 3])
  })
})

describe('1,000 random groups', () => {
  test('labels agree with brute force over all elements, counts with Burnside', () => {
    for (let seed = 0; seed < trials(1000); seed++) {
      const group = randomGroup(seed, 6)
      const points = naturalAction(group)
      const output = seed % 3 === 0 ? points : seed % 3 === 1 ? tupleAction(group, 2) : disjointUnion(points, trivialAction(group, 2))
      const scheme = sharingScheme(output, points)
      const { rows, columns, labels } = scheme
      expect(burnsideCount(output, points)).toBe(BigInt(scheme.count))
      const expected = new Int32Array(rows * columns).fill(-1)
      const sizes: number[] = []
      const pairs = bruteForceElements(group).map((element) => ({ out: output.image(element).images, in: element.images }))
      for (let p = 0; p < expected.length; p++) {
        if (expected[p] !== -1) continue
        let size = 0
        for (const element of pairs) {
          const image = element.out[Math.floor(p / columns)]! * columns + element.in[p % columns]!
          if (expected[image] === -1) size++
          expected[image] = sizes.length
        }
        sizes.push(size)
      }
      expect(labels).toEqual(expected)
      expect([...scheme.sizes]).toEqual(sizes)
    }
  })
})
