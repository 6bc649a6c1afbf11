import { CellList } from './cell-list.ts'
import { EdgeBuffer, ImageTable } from './edge-buffer.ts'
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
  const copy = new Float64Array(positions)
  for (let i = 0; i < copy.length; i++)
    if (!Number.isFinite(copy[i]))
      throw new RangeError(`${where}: expected finite coordinates, received ${copy[i]} at point ${Math.floor(i / 3)}.`)
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

/** The edges of a structure, those of each point one after the other, from `starts[i]` to `ends[i]`. */
interface Found {
  readonly part: Part
  readonly list: CellList
  readonly images: ImageTable
  readonly edges: EdgeBuffer
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** Whether the low half of a 64-bit number comes first. */
const lowFirst = (): boolean => new Uint8Array(Int32Array.of(1).buffer)[0] === 1

/** All edges, ordered by target. 64-bit numbers are written as halves, which is ten times as fast as through bigint. */
function neighboursFrom(found: readonly Found[]): Neighbours {
  const count = found.reduce((sum, { edges }) => sum + edges.length, 0)
  const data = new BigInt64Array(2 * count)
  const halves = new Int32Array(data.buffer)
  const low = lowFirst() ? 0 : 1
  const [sources, targets] = [new Int32Array(count), new Int32Array(count)]
  const [shifts, distances] = [new Float64Array(3 * count), new Float64Array(count)]
  let at = 0
  for (const { part, list, images, edges, starts, ends } of found) {
    const { first, lattice } = part
    const lattices = latticeVectors(images.vectors, lattice)
    for (let i = 0; i < starts.length; i++) {
      const [start, end] = [starts[i]!, ends[i]!]
      for (let e = start; e < end; e++, at++) {
        const [source, image] = [edges.sources[e]!, edges.images[e]!]
        sources[at] = source + first
        targets[at] = i + first
        halves[2 * at + low] = source + first
        halves[2 * (count + at) + low] = i + first
        distances[at] = edges.distances[e]!
        if (image !== 0) for (let c = 0; c < 3; c++) shifts[3 * at + c] = lattices[3 * image + c]!
      }
    }
    if (list.hasWraps)
      addWraps(shifts.subarray(3 * (at - edges.length), 3 * at), { sources, targets, at: at - edges.length, first }, list.wraps, lattice)
  }
  return { count, sources, targets, shifts, distances, edgeIndex: { dtype: 'int64', shape: [2, count], data } }
}

/** Sums of lattice vectors. @param counts - three integers each. */
function latticeVectors(counts: ArrayLike<number>, { vectors }: Lattice): Float64Array {
  return Float64Array.from(counts, (_, at) => {
    const [row, c] = [at - (at % 3), at % 3]
    return counts[row]! * vectors[c]! + counts[row + 1]! * vectors[3 + c]! + counts[row + 2]! * vectors[6 + c]!
  })
}

/** Adds what points outside of the cell are moved by, so that shifts belong to the positions as they were given. */
function addWraps(
  shifts: Float64Array,
  {
    sources,
    targets,
    at,
    first,
  }: { readonly sources: Int32Array; readonly targets: Int32Array; readonly at: number; readonly first: number },
  wraps: Int32Array,
  lattice: Lattice,
): void {
  const moved = latticeVectors(wraps, lattice)
  for (let e = 0; 3 * e < shifts.length; e++) {
    const [i, j] = [targets[at + e]! - first, sources[at + e]! - first]
    for (let c = 0; c < 3; c++) shifts[3 * e + c]! += moved[3 * i + c]! - moved[3 * j + c]!
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
  return neighboursFrom(parts.map((part) => withinRadius(points.subarray(3 * part.first, 3 * part.end), radius, part)))
}

function withinRadius(points: Float64Array, radius: number, part: Part): Found {
  const images = new ImageTable()
  const list = new CellList(points, part.lattice, radius, images)
  const count = points.length / 3
  const [starts, ends] = [new Int32Array(count), new Int32Array(count)]
  const edges = new EdgeBuffer(16 * count)
  for (const i of list.order) {
    starts[i] = edges.length
    list.collect(i, edges)
    ends[i] = edges.length
  }
  return { part, list, images, edges, starts, ends }
}

/** The nearest edges to one point, nearest first; ties in the order of sources and images. */
function nearest(found: EdgeBuffer, k: number): number[] {
  const order = Array.from({ length: found.length }, (_, e) => e)
  const key = (e: number): number => found.distances[e] as number
  return order.sort((a, b) => key(a) - key(b) || (found.sources[a] as number) - (found.sources[b] as number) || a - b).slice(0, k)
}

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
  return neighboursFrom(parts.map((part) => nearestOf(points.subarray(3 * part.first, 3 * part.end), k, part)))
}

function nearestOf(points: Float64Array, k: number, part: Part): Found {
  const { lattice } = part
  const count = points.length / 3
  const repeats = lattice.periodic.some((each) => each)
  const wanted = repeats ? k : Math.min(k, count - 1)
  const guess = Math.cbrt((volumeOf(points, lattice) * (wanted + 1)) / count)
  let radius = guess > 0 ? guess : 1
  const images = new ImageTable()
  let list = new CellList(points, lattice, radius, images)
  const [starts, ends] = [new Int32Array(count), new Int32Array(count)]
  const [edges, found] = [new EdgeBuffer(Math.max(0, wanted) * count), new EdgeBuffer(1024)]
  let waiting = wanted <= 0 ? new Int32Array(0) : list.order
  while (waiting.length > 0) {
    waiting = waiting.filter((i) => {
      found.length = 0
      list.collect(i, found)
      if (found.length < wanted) return true
      starts[i] = edges.length
      for (const e of nearest(found, wanted)) edges.take(found, e)
      ends[i] = edges.length
      return false
    })
    radius *= 2
    if (waiting.length > 0) list = new CellList(points, lattice, radius, images)
  }
  return { part, list, images, edges, starts, ends }
}
