import { describe, expect, test } from 'vitest'
import { type Neighbours, nearestNeighbours, radiusGraph } from '../src/index.ts'

/** Source, target and distance of each edge, in the order of the result. */
const edgesOf = ({ sources, targets, distances }: Neighbours): number[][] =>
  Array.from(sources, (j, e) => [j, targets[e] as number, distances[e] as number])

describe('radiusGraph', () => {
  test('counts points at just the radius', () => {
    expect(edgesOf(radiusGraph([0, 0, 0, 3, 4, 0, 0, 0, -6], 5))).toEqual([
      [1, 0, 5],
      [0, 1, 5],
    ])
    // A chain of unit steps repeats with period 4: the end is next to the start.
    const chain = radiusGraph([0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0], 1, { cell: [4, 0, 0, 0, 9, 0, 0, 0, 9] })
    expect(edgesOf(chain).map(([j, i]) => `${j}-${i}`)).toEqual(
      expect.arrayContaining(['1-0', '3-0', '0-1', '2-1', '1-2', '3-2', '2-3', '0-3']),
    )
    expect(chain.count).toBe(8)
    const across = edgesOf(chain).findIndex(([j, i]) => j === 3 && i === 0)
    expect([...chain.shifts.slice(3 * across, 3 * across + 3)]).toEqual([-4, 0, 0])
  })

  test('gives edges as the layers take them, also if the first point has none', () => {
    const { edgeIndex } = radiusGraph([9, 9, 9, 0, 0, 0, 1, 0, 0], 1.5)
    expect(edgeIndex).toEqual({ dtype: 'int64', shape: [2, 2], data: BigInt64Array.of(2n, 1n, 1n, 2n) })
  })

  test('finds more edges than fit into the first buffers, with their images', () => {
    const lattice = Array.from({ length: 27 }, (_, i) => [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)]).flat()
    const cube = radiusGraph(lattice, 100)
    expect(cube.count).toBe(27 * 26)
    // Of the points of a simple cubic lattice, 6, 12, 8, 6, 24 and 24 lie at distances of up to the root of 6.
    const crystal = radiusGraph(lattice, Math.sqrt(6) + 1e-9, { cell: [3, 0, 0, 0, 3, 0, 0, 0, 3] })
    expect(crystal.count).toBe(27 * 80)
    for (let e = 0; e < crystal.count; e++) {
      const [j, i] = [crystal.sources[e] as number, crystal.targets[e] as number]
      const step = [0, 1, 2].map(
        (c) => (lattice[3 * j + c] as number) + (crystal.shifts[3 * e + c] as number) - (lattice[3 * i + c] as number),
      )
      expect(Math.hypot(...step)).toBeCloseTo(crystal.distances[e] as number, 12)
      expect(step.every((s) => Number.isInteger(s))).toBe(true)
    }
    expect([...crystal.edgeIndex.data]).toEqual([...crystal.sources, ...crystal.targets].map(BigInt))
    expect(crystal.edgeIndex.shape).toEqual([2, crystal.count])
  })

  test('structures: numbers as bigint, a structure without points, one cell for all', () => {
    const positions = [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    const expected = [
      [1, 0, 1],
      [0, 1, 1],
      [3, 2, 1],
      [2, 3, 1],
    ]
    const batch = BigInt64Array.of(0n, 0n, 2n, 2n) as unknown as ArrayLike<number>
    expect(edgesOf(radiusGraph(positions, 1.5, { batch }))).toEqual(expected)
    const cell = [5, 0, 0, 0, 5, 0, 0, 0, 5]
    expect(edgesOf(radiusGraph(positions, 1.5, { batch: [0, 0, 1, 1], cell }))).toEqual(expected)
    expect(radiusGraph(positions, 1.5, { batch: [0, 0, 1, 1], cell: [...cell, ...cell.map((v) => 0.4 * v)] }).count).toBeGreaterThan(4)
    expect(radiusGraph(positions.slice(0, 6), 1.5, { cell, periodic: [false, false, false] }).shifts).toEqual(new Float64Array(6))
  })
})

describe('nearestNeighbours', () => {
  test('of equal distances, the source of the smaller number comes first', () => {
    const cross = [0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, -1, 0, 0]
    expect(edgesOf(nearestNeighbours(cross, 3)).slice(0, 3)).toEqual([
      [1, 0, 1],
      [2, 0, 1],
      [3, 0, 1],
    ])
  })

  test('of a structure that repeats, images count, and one may repeat along some vectors only', () => {
    const cell = [2, 0, 0, 0, 3, 0, 0, 0, 5]
    const all = nearestNeighbours([0.5, 0.5, 0.5], 4, { cell })
    expect(edgesOf(all).map(([, , d]) => d)).toEqual([2, 2, 3, 3].map((d) => expect.closeTo(d, 12)))
    const along = nearestNeighbours([0.5, 0.5, 0.5], 4, { cell, periodic: [false, true, false] })
    expect(edgesOf(along).map(([, , d]) => d)).toEqual([3, 3, 6, 6].map((d) => expect.closeTo(d, 12)))
    expect([...along.shifts].filter((_, i) => i % 3 === 1).map(Math.abs)).toEqual([3, 3, 6, 6])
    expect(nearestNeighbours([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0], 3, { batch: [0, 0, 1, 1] }).count).toBe(4)
  })

  test('of points that differ by many orders of magnitude', () => {
    const positions = [0, 1e-6, 1, 1e6].flatMap((x) => [x, 0, 0])
    expect(edgesOf(nearestNeighbours(positions, 1)).map(([j, i]) => [j, i])).toEqual([
      [1, 0],
      [0, 1],
      [1, 2],
      [2, 3],
    ])
  })
})
