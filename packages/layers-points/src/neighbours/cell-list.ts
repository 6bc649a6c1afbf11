import { type Axis, axesOf, fractions, imageOf } from './axes.ts'
import type { EdgeBuffer, ImageTable } from './edge-buffer.ts'
import type { Lattice } from './lattice.ts'

/** The points in and around one bin, moved by lattice vectors. */
interface Candidates {
  length: number
  /** Three coordinates each. */
  positions: Float64Array
  points: Int32Array
  images: Int32Array
}

/**
 * Points in bins of about the size of a radius: the neighbours of a point are in the bins around its own.
 *
 * @remarks Cost O(points + neighbours) for points of bounded density. Points of one bin share what is found around it: ask for them one after the other.
 */
export class CellList {
  /** Points in the order of their bins. */
  readonly order: Int32Array
  /** Three integers a point: by how many lattice vectors it lies outside of the cell. */
  readonly wraps: Int32Array
  readonly hasWraps: boolean
  readonly #lattice: Lattice
  readonly #radius: number
  readonly #images: ImageTable
  readonly #axes: readonly [Axis, Axis, Axis]
  /** The bin of each point, where each bin starts in the order, and positions within the cell, by point and in the order. */
  readonly #bins: Int32Array
  readonly #starts: Int32Array
  readonly #inside: Float64Array
  readonly #sorted: Float64Array
  readonly #candidates: Candidates = { length: 0, positions: new Float64Array(0), points: new Int32Array(0), images: new Int32Array(0) }
  #bin = -1

  constructor(positions: Float64Array, lattice: Lattice, radius: number, images: ImageTable) {
    this.#lattice = lattice
    this.#radius = radius
    this.#images = images
    const { at, wraps, hasWraps } = fractions(positions, lattice)
    this.wraps = wraps
    this.hasWraps = hasWraps
    this.#axes = axesOf(at, lattice, radius)
    this.#inside = hasWraps ? withinCell(positions, wraps, lattice) : positions
    this.#bins = binsOf(at, this.#axes)
    const count = this.#bins.length
    this.#starts = new Int32Array(this.#axes.reduce((product, { bins }) => product * bins, 1) + 1)
    for (let i = 0; i < count; i++) this.#starts[this.#bins[i]! + 1]!++
    for (let b = 1; b < this.#starts.length; b++) this.#starts[b]! += this.#starts[b - 1]!
    const next = this.#starts.slice()
    this.order = new Int32Array(count)
    this.#sorted = new Float64Array(3 * count)
    for (let i = 0; i < count; i++) {
      const k = next[this.#bins[i]!]!++
      this.order[k] = i
      for (let c = 0; c < 3; c++) this.#sorted[3 * k + c] = this.#inside[3 * i + c]!
    }
  }

  /** Adds the edges to point i from all points, and images of points, within the radius; not from itself. */
  collect(i: number, edges: EdgeBuffer): void {
    if (this.#bins[i] !== this.#bin) this.#gather(this.#bins[i]!)
    const { length, positions, points, images } = this.#candidates
    edges.reserve(length)
    const { sources, images: of, distances } = edges
    const squared = this.#radius * this.#radius
    const [px, py, pz] = [this.#inside[3 * i]!, this.#inside[3 * i + 1]!, this.#inside[3 * i + 2]!]
    let at = edges.length
    for (let k = 0; k < length; k++) {
      const x = positions[3 * k]! - px
      const y = positions[3 * k + 1]! - py
      const z = positions[3 * k + 2]! - pz
      const d = x * x + y * y + z * z
      if (d > squared || (points[k] === i && images[k] === 0)) continue
      sources[at] = points[k]!
      of[at] = images[k]!
      distances[at++] = Math.sqrt(d)
    }
    edges.length = at
  }

  /** Finds the candidates of a bin. */
  #gather(bin: number): void {
    this.#bin = bin
    this.#candidates.length = 0
    const [ax, ay, az] = this.#axes
    const [bx, by, bz] = [Math.floor(bin / (ay.bins * az.bins)), Math.floor(bin / az.bins) % ay.bins, bin % az.bins]
    for (let x = bx - ax.reach; x <= bx + ax.reach; x++) {
      const nx = imageOf(x, ax)
      if (nx === undefined) continue
      for (let y = by - ay.reach; y <= by + ay.reach; y++) {
        const ny = imageOf(y, ay)
        if (ny === undefined) continue
        const row = ((x - nx * ax.bins) * ay.bins + y - ny * ay.bins) * az.bins
        // Bins along the last axis follow each other: those of one image are read at once.
        for (let z = bz - az.reach; z <= bz + az.reach; ) {
          const nz = Math.floor(z / az.bins)
          const last = Math.min(bz + az.reach, (nz + 1) * az.bins - 1)
          const start = row - nz * az.bins
          if (nz === 0 || az.periodic)
            this.#add(this.#starts[start + z]!, this.#starts[start + last + 1]!, this.#images.indexOf(nx, ny, nz))
          z = last + 1
        }
      }
    }
  }

  /** Adds a range of sorted points, moved by lattice vectors, to the candidates. */
  #add(from: number, to: number, image: number): void {
    const all = this.#candidates
    if (all.length + to - from > all.points.length) widen(all, to - from)
    const [v, n] = [this.#lattice.vectors, this.#images.vectors]
    const [nx, ny, nz] = [n[3 * image]!, n[3 * image + 1]!, n[3 * image + 2]!]
    const sx = nx * v[0]! + ny * v[3]! + nz * v[6]!
    const sy = nx * v[1]! + ny * v[4]! + nz * v[7]!
    const sz = nx * v[2]! + ny * v[5]! + nz * v[8]!
    const { positions, points, images } = all
    const [sorted, order] = [this.#sorted, this.order]
    for (let k = from, at = all.length; k < to; k++, at++) {
      positions[3 * at] = sorted[3 * k]! + sx
      positions[3 * at + 1] = sorted[3 * k + 1]! + sy
      positions[3 * at + 2] = sorted[3 * k + 2]! + sz
      points[at] = order[k]!
      images[at] = image
    }
    all.length += to - from
  }
}

function widen(all: Candidates, more: number): void {
  const size = 2 * (all.length + more)
  const positions = new Float64Array(3 * size)
  const [points, images] = [new Int32Array(size), new Int32Array(size)]
  positions.set(all.positions)
  points.set(all.points)
  images.set(all.images)
  Object.assign(all, { positions, points, images })
}

function binsOf(at: Float64Array, axes: readonly [Axis, Axis, Axis]): Int32Array {
  const bins = new Int32Array(at.length / 3)
  axes.forEach(({ bins: count, start, density }, a) => {
    for (let i = 0; i < bins.length; i++) {
      const own = Math.min(count - 1, Math.max(0, Math.floor((at[3 * i + a]! - start) * density)))
      bins[i] = bins[i]! * count + own
    }
  })
  return bins
}

/** Positions moved into the cell along periodic axes. */
function withinCell(positions: Float64Array, wraps: Int32Array, { vectors }: Lattice): Float64Array {
  const inside = positions.slice()
  for (let i = 0; i < inside.length; i += 3)
    for (let a = 0; a < 3; a++) {
      const wrap = wraps[i + a]!
      if (wrap !== 0) for (let c = 0; c < 3; c++) inside[i + c]! -= wrap * vectors[3 * a + c]!
    }
  return inside
}
