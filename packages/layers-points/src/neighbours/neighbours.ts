import { CellList, EdgeBuffer } from './cell-list.ts'
import { type Lattice, latticeOf } from './lattice.ts'

/** Options of radiusGraph and nearestNeighbours. */
export interface NeighbourOptions {
  /** Nine numbers, a lattice vector in each row: points repeat along them. Several structures may have one each, one after the other. */
  readonly cell?: ArrayLike<number>
  /** Along which lattice vectors points repeat; all by default. */
  readonly periodic?: readonly [boolean, boolean, boolean]
  /** The structure of each point, in ascending order from 0: points of different structures are no neighbours. One structure by default. */
  readonly batch?: ArrayLike<number>
}

/** Edges from neighbours (sources) to points (targets), ordered by target. */
export interface Neighbours {
  /** The number of edges. */
  readonly count: number
  readonly sources: Int32Array
  readonly targets: Int32Array
  /** float64 [edges, 3]: what is added to the position of the source, a sum of lattice vectors; all 0 without a cell. */
  readonly shifts: Float64Array
  readonly distances: Float64Array
  /** int64 [2, edges]: sources, then targets, as the layers take them. */
  readonly edgeIndex: { readonly dtype: 'int64'; readonly shape: readonly [2, number]; readonly data: BigInt64Array }
}

/** A structure: its points, and its lattice. */
interface Part {
  readonly first: number
  readonly end: number
  readonly lattice: Lattice
}

function checked(where: string, positions: ArrayLike<number>): Float64Array {
  if (positions.length % 3 !== 0)
    throw new RangeError(`${where}: expected three coordinates for each point, received ${positions.length} numbers.`)
  const copy = Float64Array.from(positions)
  const bad = copy.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) throw new RangeError(`${where}: expected finite coordinates, received ${copy[bad]} at point ${Math.floor(bad / 3)}.`)
  return copy
}

/** @throws RangeError if structures are not numbered in ascending order, or there is neither one cell nor one for each. */
function partsOf(where: string, count: number, { cell, periodic, batch }: NeighbourOptions): Part[] {
  if (batch !== undefined && batch.length !== count)
    throw new RangeError(`${where}: expected the structure of each of ${count} points, received ${batch.length}.`)
  const ends: number[] = []
  for (let i = 0; i < count; i++) {
    const own = Number(batch?.[i] ?? 0)
    if (!Number.isInteger(own) || own < Math.max(0, ends.length - 1))
      throw new RangeError(`${where}: expected structures numbered from 0 in ascending order, received ${own} at point ${i}.`)
    while (ends.length <= own) ends.push(i)
    ends[own] = i + 1
  }
  const several = cell !== undefined && cell.length === 9 * ends.length && ends.length > 1
  return ends.map((end, s) => ({
    first: s === 0 ? 0 : (ends[s - 1] as number),
    end,
    lattice: latticeOf(where, several ? Array.from({ length: 9 }, (_, i) => cell[9 * s + i] as number) : cell, periodic),
  }))
}

/** int64 [2, edges] of 32-bit numbers that are not negative: written as halves, which is ten times as fast as through bigint. */
function edgeIndexOf(sources: Int32Array, targets: Int32Array): Neighbours['edgeIndex'] {
  const count = sources.length
  const data = new BigInt64Array(2 * count)
  const halves = new Int32Array(data.buffer)
  const low = new Uint8Array(Int32Array.of(1).buffer)[0] === 1 ? 0 : 1
  for (let e = 0; e < count; e++) {
    halves[2 * e + low] = sources[e] as number
    halves[2 * (count + e) + low] = targets[e] as number
  }
  return { dtype: 'int64', shape: [2, count], data }
}

function neighboursFrom(parts: readonly { readonly part: Part; readonly edges: EdgeBuffer }[]): Neighbours {
  const count = parts.reduce((sum, { edges }) => sum + edges.length, 0)
  const [sources, targets] = [new Int32Array(count), new Int32Array(count)]
  const [shifts, distances] = [new Float64Array(3 * count), new Float64Array(count)]
  let start = 0
  for (const { part, edges } of parts) {
    const { first, lattice } = part
    const length = edges.length
    for (let e = 0; e < length; e++) {
      sources[start + e] = edges.sources[e]! + first
      targets[start + e] = edges.targets[e]! + first
    }
    distances.set(edges.distances.subarray(0, length), start)
    if (lattice.periodic.some((each) => each)) writeShifts(edges, lattice.vectors, shifts.subarray(3 * start))
    start += length
  }
  return { count, sources, targets, shifts, distances, edgeIndex: edgeIndexOf(sources, targets) }
}

/** Sums of lattice vectors. */
function writeShifts({ images, length }: EdgeBuffer, vectors: Float64Array, shifts: Float64Array): void {
  for (let e = 0; e < length; e++) {
    const [x, y, z] = [images[3 * e]!, images[3 * e + 1]!, images[3 * e + 2]!]
    if (x === 0 && y === 0 && z === 0) continue
    for (let c = 0; c < 3; c++) shifts[3 * e + c] = x * vectors[c]! + y * vectors[3 + c]! + z * vectors[6 + c]!
  }
}

/**
 * The edges between all points at most a radius apart, in both directions. A point is no neighbour of itself, but of its images in other cells.
 *
 * @param positions - three coordinates a point.
 * @param radius - positive, in the unit of the positions. With a cell it may be longer than the cell.
 * @throws RangeError if a number is not finite, the radius is not positive, the lattice vectors lie in a plane, or structures are not in ascending order.
 * @remarks Cost O(points + edges) for points of bounded density, by a cell list.
 */
export function radiusGraph(positions: ArrayLike<number>, radius: number, options: NeighbourOptions = {}): Neighbours {
  if (!(radius > 0) || !Number.isFinite(radius)) throw new RangeError(`radiusGraph: expected a positive radius, received ${radius}.`)
  const points = checked('radiusGraph', positions)
  const parts = partsOf('radiusGraph', points.length / 3, options)
  return neighboursFrom(
    parts.map((part) => {
      const list = new CellList(points.slice(3 * part.first, 3 * part.end), part.lattice, radius)
      const edges = new EdgeBuffer()
      for (let i = 0; i < part.end - part.first; i++) list.collect(i, edges)
      return { part, edges }
    }),
  )
}

/** The nearest edges to one point, nearest first; ties in the order of sources and images. */
function nearest(found: EdgeBuffer, k: number): number[] {
  const order = Array.from({ length: found.length }, (_, e) => e)
  const key = (e: number): number => found.distances[e] as number
  return order.sort((a, b) => key(a) - key(b) || (found.sources[a] as number) - (found.sources[b] as number) || a - b).slice(0, k)
}

// Stryker disable all: the volume only tells which radius is tried first.
/** The volume that the points of a structure take, at least a bit. */
function volumeOf(points: Float64Array, { vectors, periodic }: Lattice): number {
  if (periodic.every((each) => each)) {
    const [a, b, c, d, e, f, g, h, i] = vectors as unknown as [number, number, number, number, number, number, number, number, number]
    return Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
  }
  const extent = [0, 1, 2].map((a) => {
    const own = points.filter((_, i) => i % 3 === a)
    return (
      own.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY) -
      own.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY)
    )
  })
  const largest = Math.max(...extent)
  return extent.reduce((product, each) => product * Math.max(each, largest / 100), 1)
}
// Stryker restore all

/**
 * The edges from the k nearest neighbours of each point, nearest first. A structure of fewer than k + 1 points that does not repeat gives fewer.
 *
 * Arguments and errors as radiusGraph; k is an integer of at least 0.
 *
 * @remarks Looks within a radius that holds about k neighbours, and doubles it for the points that have found fewer.
 */
export function nearestNeighbours(positions: ArrayLike<number>, k: number, options: NeighbourOptions = {}): Neighbours {
  if (!Number.isInteger(k) || k < 0) throw new RangeError(`nearestNeighbours: expected an integer k of at least 0, received ${k}.`)
  const points = checked('nearestNeighbours', positions)
  const parts = partsOf('nearestNeighbours', points.length / 3, options)
  return neighboursFrom(
    parts.map((part) => {
      const own = points.slice(3 * part.first, 3 * part.end)
      return { part, edges: nearestOf(own, k, part.lattice) }
    }),
  )
}

function nearestOf(points: Float64Array, k: number, lattice: Lattice): EdgeBuffer {
  const count = points.length / 3
  const repeats = lattice.periodic.some((each) => each)
  const wanted = repeats ? k : Math.min(k, count - 1)
  const edges = new EdgeBuffer()
  if (wanted <= 0) return edges
  const kept: { found: EdgeBuffer; chosen: number[] }[] = []
  // Stryker disable next-line ArithmeticOperator: any positive radius may be tried first.
  const guess = Math.cbrt((volumeOf(points, lattice) * (wanted + 1)) / count)
  let waiting = Array.from({ length: count }, (_, i) => i)
  for (let radius = guess > 0 ? guess : 1; waiting.length > 0; radius *= 2) {
    const list = new CellList(points, lattice, radius)
    waiting = waiting.filter((i) => {
      const found = new EdgeBuffer()
      list.collect(i, found)
      if (found.length < wanted) return true
      kept[i] = { found, chosen: nearest(found, wanted) }
      return false
    })
  }
  for (const { found, chosen } of kept)
    for (const e of chosen) {
      const at = edges.add(found.sources[e] as number, found.targets[e] as number, found.distances[e] as number)
      for (let c = 0; c < 3; c++) edges.images[3 * at + c] = found.images[3 * e + c] as number
    }
  return edges
}
