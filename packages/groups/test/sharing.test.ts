import {
  alternating,
  burnsideCount,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
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
import { bruteForceElements, randomGroup } from './random-groups.ts'

describe('counts of the literature', () => {
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

  test('a bias has one parameter an orbit, as the map from the trivial action has', () => {
    const edges = tupleAction(symmetric(4), 2)
    expect(orbitLabels(edges).count).toBe(2)
    expect(sharingScheme(edges, trivialAction(edges.group, 1)).labels).toEqual(orbitLabels(edges).labels)
  })
})

describe('1,000 random groups', () => {
  test('labels against all elements, counts against Burnside', () => {
    for (let seed = 0; seed < 1000; seed++) {
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
