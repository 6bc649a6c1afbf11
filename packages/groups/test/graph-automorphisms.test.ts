import { graphAutomorphisms, Permutation, PermutationGroup, seededRandom } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { randomPermutation } from './random-groups.ts'

const matrix = (n: number, adjacent: (i: number, j: number) => boolean): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i !== j && adjacent(i, j) ? 1 : 0)))

const pairs = (n: number): [number, number][] =>
  Array.from({ length: n }, (_, i) => i).flatMap((i) => Array.from({ length: n - i - 1 }, (_, k): [number, number] => [i, i + 1 + k]))

const edges5 = pairs(5)
const petersen = matrix(10, (a, b) => !edges5[a]!.some((x) => edges5[b]!.includes(x)))
const hypercube = (d: number): number[][] => matrix(2 ** d, (a, b) => Number.isInteger(Math.log2(a ^ b)))
const paley = (p: number): number[][] => {
  const squares = new Set(Array.from({ length: p - 1 }, (_, x) => ((x + 1) * (x + 1)) % p))
  return matrix(p, (a, b) => squares.has((a - b + p) % p))
}
const rook = matrix(16, (a, b) => a >> 2 === b >> 2 || (a & 3) === (b & 3))
const shrikhande = matrix(16, (a, b) => {
  const difference = (((a >> 2) - (b >> 2) + 4) % 4) * 4 + (((a & 3) - (b & 3) + 4) % 4)
  return [1, 3, 4, 12, 5, 15].includes(difference)
})

/** Counts automorphisms by trying all permutations: slow and obvious. */
function countAutomorphisms(adjacency: readonly (readonly number[])[]): number {
  const n = adjacency.length
  const images: number[] = []
  const extend = (): number => {
    if (images.length === n) return 1
    let count = 0
    for (let image = 0; image < n; image++) {
      if (images.includes(image)) continue
      images.push(image)
      const last = images.length - 1
      const fits = images.every(
        (other, i) => adjacency[i]![last] === adjacency[other]![image] && adjacency[last]![i] === adjacency[image]![other],
      )
      if (fits) count += extend()
      images.pop()
    }
    return count
  }
  return extend()
}

describe('automorphisms of known graphs', () => {
  test.each([
    ['Petersen', petersen, 120n],
    ['the 6-cube', hypercube(6), 46_080n],
    ['Paley 13', paley(13), 78n],
    ['Paley 29', paley(29), 406n],
    ['4 x 4 rook', rook, 1152n],
    ['Shrikhande', shrikhande, 192n],
    ['12-cycle', matrix(12, (a, b) => (a - b + 12) % 12 === 1 || (b - a + 12) % 12 === 1), 24n],
    ['two triangles', matrix(6, (a, b) => a % 2 === b % 2), 72n],
    ['complete graph of 20', matrix(20, () => true), 2_432_902_008_176_640_000n],
    ['no edges, 8', matrix(8, () => false), 40_320n],
    ['no vertices', [], 1n],
    ['one vertex', [[0]], 1n],
    ['pairs of 12 that intersect', matrix(66, (a, b) => pairs(12)[a]!.some((x) => pairs(12)[b]!.includes(x))), 479_001_600n],
    ['directed 7-cycle', matrix(7, (a, b) => (b - a + 7) % 7 === 1), 7n],
  ])('%s', (_, adjacency, order) => {
    const group = graphAutomorphisms(adjacency)
    expect(group.order()).toBe(order)
    expect(new PermutationGroup(group.degree, group.generators).order()).toBe(order)
    for (const { images } of group.generators) {
      const moved = adjacency.map((row, i) => row.map((_, j) => adjacency[images[i]!]![images[j]!]))
      expect(moved).toEqual(adjacency)
    }
  })
})

describe('random small graphs against brute force', () => {
  test('200 graphs with weights 0, 1, 2, directed or undirected, with loops', () => {
    const random = seededRandom(3)
    for (let trial = 0; trial < 200; trial++) {
      const n = 1 + Math.floor(random() * 7)
      const directed = random() < 0.5
      const density = random()
      const table = Array.from({ length: n }, () =>
        Array.from({ length: n }, () => (random() < density ? 1 + Math.floor(random() * 2) : 0)),
      )
      const adjacency = table.map((row, i) => row.map((weight, j) => (directed || i <= j ? weight : table[j]![i]!)))
      expect(graphAutomorphisms(adjacency).order()).toBe(BigInt(countAutomorphisms(adjacency)))
    }
  })
})

test('the group of a renumbered graph is the conjugate group', () => {
  const random = seededRandom(9)
  const renumbering = randomPermutation(16, random)
  const moved = matrix(16, () => false)
  shrikhande.forEach((row, i) => {
    row.forEach((weight, j) => {
      moved[renumbering.apply(i)]![renumbering.apply(j)] = weight
    })
  })
  const group = graphAutomorphisms(moved)
  const back = renumbering.inverse()
  const original = graphAutomorphisms(shrikhande)
  expect(group.order()).toBe(original.order())
  for (const generator of group.generators) expect(original.contains(back.compose(generator).compose(renumbering))).toBe(true)
})

test('a matrix that is not square or contains NaN is refused', () => {
  expect(() => graphAutomorphisms([[0, 1], [1]])).toThrow('graphAutomorphisms: expected 2 rows of 2 numbers, received row 1 of 1.')
  expect(() => graphAutomorphisms([[Number.NaN]])).toThrow('expected numbers, received NaN in row 0, column 0')
  expect(Permutation.identity(0).degree).toBe(0)
})
