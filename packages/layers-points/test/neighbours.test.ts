import { Random } from '@equivar/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type NeighbourOptions, type Neighbours, nearestNeighbours, radiusGraph } from '../src/index.ts'

/** A neighbour: source, target, shift, distance. */
type Edge = readonly [number, number, readonly number[], number]

/** All pairs of points and images within a range of cells, by force. */
function allEdges(positions: readonly number[], { cell, periodic = [true, true, true], batch }: NeighbourOptions, cells = 5): Edge[] {
  const count = positions.length / 3
  const edges: Edge[] = []
  const range = (a: number): number[] =>
    cell !== undefined && periodic[a] ? Array.from({ length: 2 * cells + 1 }, (_, i) => i - cells) : [0]
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      if (batch !== undefined && batch[i] !== batch[j]) continue
      for (const x of range(0))
        for (const y of range(1))
          for (const z of range(2)) {
            if (i === j && x === 0 && y === 0 && z === 0) continue
            const shift = [0, 1, 2].map((c) => x * Number(cell?.[c] ?? 0) + y * Number(cell?.[3 + c] ?? 0) + z * Number(cell?.[6 + c] ?? 0))
            const d = Math.hypot(...shift.map((s, c) => (positions[3 * j + c] as number) + s - (positions[3 * i + c] as number)))
            edges.push([j, i, shift, d])
          }
    }
  return edges
}

const listed = ({ count, sources, targets, shifts, distances }: Neighbours): Edge[] =>
  Array.from({ length: count }, (_, e) => [
    sources[e] as number,
    targets[e] as number,
    [...shifts.slice(3 * e, 3 * e + 3)],
    distances[e] as number,
  ])

/** Edges as sorted texts, with numbers rounded. */
const texts = (edges: readonly Edge[]): string[] =>
  edges.map(([j, i, shift, d]) => [i, j, ...shift.map((s) => (Math.round(s * 1e6) / 1e6 + 0).toFixed(6)), d.toFixed(6)].join(' ')).sort()

const random = new Random({ seed: 5 })
const points = (count: number, scale = 1): number[] => Array.from({ length: 3 * count }, () => scale * random.normal())
const skewed = [2.1, 0, 0, 0.7, 1.9, 0, -0.4, 0.6, 2.3]

describe('radiusGraph agrees with all pairs', () => {
  test.each([
    ['points that do not repeat', points(60), 1.1, {}],
    ['a radius beyond all', points(9), 100, {}],
    ['a skewed cell, with points outside of it', points(14, 1.4), 1.3, { cell: skewed }],
    ['a radius longer than the cell', points(4, 1), 4.1, { cell: skewed }],
    ['a cell that repeats along two vectors', points(20, 2), 1.7, { cell: skewed, periodic: [true, false, true] as const }],
    ['one point and its images', [0.3, -7, 5], 2.4, { cell: skewed }],
    ['points in a line', Array.from({ length: 42 }, (_, i) => (i % 3 === 0 ? i / 10 : 0)), 0.35, {}],
    ['points at one place', [1, 1, 1, 1, 1, 1, 4, 4, 4], 0.5, {}],
    ['structures', points(24), 1.4, { batch: Array.from({ length: 24 }, (_, i) => Math.floor(i / 7)) }],
  ])('%s', (_, positions, radius, options: NeighbourOptions) => {
    const expected = allEdges(positions, options).filter(([, , , d]) => d <= radius)
    const found = radiusGraph(positions, radius, options)
    expect(texts(listed(found))).toEqual(texts(expected))
    expect([...found.targets]).toEqual([...found.targets].sort((a, b) => a - b))
    expect([...found.edgeIndex.data].map(Number)).toEqual([...found.sources, ...found.targets])
  })

  test('random cells, radii and structures', () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true })
    const cell = fc.tuple(...Array.from({ length: 9 }, () => number)).filter((m) => {
      const [a, b, c, d, e, f, g, h, i] = m as unknown as [number, number, number, number, number, number, number, number, number]
      return Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)) > 4
    })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number, number), { maxLength: 8 }),
        cell,
        fc.double({ min: 0.3, max: 1.5, noNaN: true }),
        (at, vectors, radius) => {
          const positions = at.flat()
          // A distance that is the radius but for rounding may count or not.
          const all = allEdges(positions, { cell: vectors })
          fc.pre(all.every(([, , , d]) => Math.abs(d - radius) > 1e-9))
          expect(texts(listed(radiusGraph(positions, radius, { cell: vectors })))).toEqual(texts(all.filter(([, , , d]) => d <= radius)))
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test('each structure may have a cell of its own', () => {
    const positions = points(8)
    const other = skewed.map((x) => 1.5 * x)
    const both = radiusGraph(positions, 2, { cell: [...skewed, ...other], batch: [0, 0, 0, 1, 1, 1, 1, 1] })
    const first = radiusGraph(positions.slice(0, 9), 2, { cell: skewed })
    const second = radiusGraph(positions.slice(9), 2, { cell: other })
    const moved = listed(second).map(([j, i, shift, d]): Edge => [j + 3, i + 3, shift, d])
    expect(texts(listed(both))).toEqual(texts([...listed(first), ...moved]))
  })
})

describe('nearestNeighbours', () => {
  test.each([
    ['points', points(50), {}],
    ['a cell', points(12, 2), { cell: skewed }],
    ['one point far away', [...points(20), 1e4, 0, 0], {}],
  ])('%s: the nearest of all pairs, nearest first', (_, positions, options: NeighbourOptions) => {
    const k = 5
    const all = allEdges(positions, options, 3)
    const found = listed(nearestNeighbours(positions, k, options))
    for (let i = 0; i < positions.length / 3; i++) {
      const expected = all
        .filter(([, target]) => target === i)
        .map(([, , , d]) => d)
        .sort((a, b) => a - b)
      const own = found.filter(([, target]) => target === i).map(([, , , d]) => d)
      expect(own.map((d) => d.toFixed(9))).toEqual(expected.slice(0, k).map((d) => d.toFixed(9)))
    }
  })

  test('fewer points than neighbours, one point, none, points at one place', () => {
    expect(nearestNeighbours([0, 0, 0, 1, 0, 0], 5).count).toBe(2)
    expect(nearestNeighbours([0, 0, 0], 3).count).toBe(0)
    expect(nearestNeighbours([], 3).count).toBe(0)
    expect(nearestNeighbours([1, 1, 1, 1, 1, 1, 1, 1, 1], 2).count).toBe(6)
    expect(nearestNeighbours(points(4), 0).count).toBe(0)
    expect(nearestNeighbours([0, 0, 0], 3, { cell: skewed }).count).toBe(3)
  })
})

test('no points, one point, and errors that teach', () => {
  expect(radiusGraph([], 1).edgeIndex.shape).toEqual([2, 0])
  expect(radiusGraph([1, 2, 3], 1).count).toBe(0)
  expect(() => radiusGraph([1, 2], 1)).toThrow('radiusGraph: expected three coordinates for each point, received 2 numbers.')
  expect(() => radiusGraph([1, 2, Number.NaN], 1)).toThrow('radiusGraph: expected finite coordinates, received NaN at point 0.')
  expect(() => radiusGraph([1, 2, 3], 0)).toThrow('radiusGraph: expected a positive radius, received 0.')
  expect(() => radiusGraph([1, 2, 3], 1, { cell: [1, 0, 0, 0, 1, 0, 1, 1, 0] })).toThrow(
    'three lattice vectors that do not lie in one plane',
  )
  expect(() => radiusGraph([1, 2, 3], 1, { cell: [1] })).toThrow('expected a cell of nine finite numbers')
  expect(() => radiusGraph([0, 0, 0, 1, 1, 1], 1, { batch: [1, 0] })).toThrow('numbered from 0 in ascending order, received 0 at point 1')
  expect(() => radiusGraph([0, 0, 0], 1, { batch: [0, 0] })).toThrow('expected the structure of each of 1 points, received 2.')
  expect(() => nearestNeighbours([0, 0, 0], 1.5)).toThrow('nearestNeighbours: expected an integer k of at least 0, received 1.5.')
})
