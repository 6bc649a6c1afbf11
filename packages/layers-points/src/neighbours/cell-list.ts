import type { Lattice } from './lattice.ts'

/** Edges in typed arrays that grow. */
export class EdgeBuffer {
  length = 0
  sources: Int32Array = new Int32Array(1024)
  targets: Int32Array = new Int32Array(1024)
  /** Three integers an edge: how many lattice vectors the source is moved by. */
  images: Int32Array = new Int32Array(3072)
  distances: Float64Array = new Float64Array(1024)

  /** @returns the place of the new edge, whose image is 0. */
  add(source: number, target: number, distance: number): number {
    if (this.length === this.sources.length) this.#grow()
    const at = this.length++
    this.sources[at] = source
    this.targets[at] = target
    this.distances[at] = distance
    return at
  }

  #grow(): void {
    const wider = <T extends Int32Array | Float64Array>(from: T, size: number): T => {
      const to = new (from.constructor as new (n: number) => T)(size)
      to.set(from)
      return to
    }
    const size = 2 * this.sources.length
    this.sources = wider(this.sources, size)
    this.targets = wider(this.targets, size)
    this.images = wider(this.images, 3 * size)
    this.distances = wider(this.distances, size)
  }
}

/** Bins along one axis. */
interface Axis {
  readonly bins: number
  /** The fractional coordinate of the first bin's start, and bins for each unit of it. */
  readonly start: number
  readonly density: number
  /** How many bins to look at on either side. */
  readonly reach: number
  readonly periodic: boolean
}

/** Fractional coordinates; along periodic axes in [0, 1), with what was taken away in `wraps`. */
function fractions(positions: ArrayLike<number>, count: number, { inverse, periodic }: Lattice): { at: Float64Array; wraps: Int32Array } {
  const [at, wraps] = [new Float64Array(3 * count), new Int32Array(3 * count)]
  for (let i = 0; i < count; i++)
    for (let a = 0; a < 3; a++) {
      let value = 0
      for (let c = 0; c < 3; c++) value += (positions[3 * i + c] as number) * (inverse[3 * c + a] as number)
      const wrap = periodic[a] ? Math.floor(value) : 0
      at[3 * i + a] = value - wrap
      wraps[3 * i + a] = wrap
    }
  return { at, wraps }
}

function axesOf(at: Float64Array, count: number, { heights, periodic }: Lattice, radius: number): [Axis, Axis, Axis] {
  // Not more bins than points: memory and empty bins stay in proportion.
  // Stryker disable next-line MethodExpression,ArithmeticOperator: any number of bins gives the same edges.
  const most = Math.max(1, Math.ceil(Math.cbrt(2 * count)))
  return [0, 1, 2].map((a): Axis => {
    let [low, high] = [0, 1]
    if (!periodic[a]) {
      ;[low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let i = a; i < 3 * count; i += 3) {
        low = Math.min(low, at[i] as number)
        high = Math.max(high, at[i] as number)
      }
    }
    const width = Math.max(high - low, 0) * (heights[a] as number)
    const bins = Math.max(1, Math.min(most, Math.floor(width / radius)))
    const size = width / bins
    return {
      bins,
      start: low,
      density: high > low ? bins / (high - low) : 0,
      reach: size > 0 ? Math.ceil(radius / size) : 0,
      periodic: periodic[a] as boolean,
    }
  }) as [Axis, Axis, Axis]
}

/**
 * Points in bins of about the size of a radius: the neighbours of a point are in the bins around its own.
 *
 * @remarks Cost O(points + neighbours) for points of bounded density.
 */
export class CellList {
  readonly #positions: Float64Array
  readonly #lattice: Lattice
  readonly #radius: number
  readonly #axes: readonly [Axis, Axis, Axis]
  readonly #binOf: Int32Array
  readonly #wraps: Int32Array
  readonly #hasWraps: boolean
  /** Points in the order of their bins, where each bin starts, and their positions within the cell, in the same order. */
  readonly #order: Int32Array
  readonly #starts: Int32Array
  readonly #sorted: Float64Array
  readonly #inside: Float64Array

  constructor(positions: Float64Array, lattice: Lattice, radius: number) {
    const count = positions.length / 3
    this.#positions = positions
    this.#lattice = lattice
    this.#radius = radius
    const { at, wraps } = fractions(positions, count, lattice)
    this.#wraps = wraps
    this.#hasWraps = wraps.some((wrap) => wrap !== 0)
    this.#axes = axesOf(at, count, lattice, radius)
    const [x, y, z] = this.#axes
    this.#binOf = new Int32Array(3 * count)
    this.#starts = new Int32Array(x.bins * y.bins * z.bins + 1)
    // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
    for (let i = 0; i < 3 * count; i++) {
      const { bins, start, density } = this.#axes[i % 3] as Axis
      this.#binOf[i] = Math.min(bins - 1, Math.max(0, Math.floor(((at[i] as number) - start) * density)))
    }
    // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
    for (let i = 0; i < count; i++) this.#starts[this.#bin(i) + 1]!++
    // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
    for (let b = 1; b < this.#starts.length; b++) this.#starts[b]! += this.#starts[b - 1]!
    const next = this.#starts.slice()
    this.#order = new Int32Array(count)
    // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
    for (let i = 0; i < count; i++) this.#order[next[this.#bin(i)]!++] = i
    this.#inside = this.#withinCell(count)
    this.#sorted = new Float64Array(3 * count)
    // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
    for (let k = 0; k < count; k++) this.#sorted.set(this.#inside.subarray(3 * this.#order[k]!, 3 * this.#order[k]! + 3), 3 * k)
  }

  #bin(i: number): number {
    const [, y, z] = this.#axes
    return (this.#binOf[3 * i]! * y.bins + this.#binOf[3 * i + 1]!) * z.bins + this.#binOf[3 * i + 2]!
  }

  /** Positions moved into the cell along periodic axes. */
  #withinCell(count: number): Float64Array {
    const inside = Float64Array.from(this.#positions)
    const { vectors } = this.#lattice
    for (let i = 0; i < count; i++)
      for (let a = 0; a < 3; a++) {
        const wrap = this.#wraps[3 * i + a]!
        if (wrap !== 0) for (let c = 0; c < 3; c++) inside[3 * i + c]! -= wrap * vectors[3 * a + c]!
      }
    return inside
  }

  /** Adds the edges to point i from all points, and images of points, within the radius; not from itself. */
  collect(i: number, edges: EdgeBuffer): void {
    const [ax, ay, az] = this.#axes
    const [bx, by, bz] = [this.#binOf[3 * i]!, this.#binOf[3 * i + 1]!, this.#binOf[3 * i + 2]!]
    for (let dx = -ax.reach; dx <= ax.reach; dx++) {
      const nx = imageOf(bx + dx, ax)
      if (nx === undefined) continue
      for (let dy = -ay.reach; dy <= ay.reach; dy++) {
        const ny = imageOf(by + dy, ay)
        if (ny === undefined) continue
        const row = ((bx + dx - nx * ax.bins) * ay.bins + by + dy - ny * ay.bins) * az.bins
        // Bins along the last axis follow each other: those of one image are read at once.
        for (let z = bz - az.reach; z <= bz + az.reach; ) {
          const nz = Math.floor(z / az.bins)
          const last = Math.min(bz + az.reach, (nz + 1) * az.bins - 1)
          if (nz === 0 || az.periodic) {
            const [from, to] = [row + z - nz * az.bins, row + last - nz * az.bins + 1]
            this.#collectRange(i, { from: this.#starts[from]!, to: this.#starts[to]!, nx, ny, nz }, edges)
          }
          z = last + 1
        }
      }
    }
  }

  #collectRange(
    i: number,
    { from, to, nx, ny, nz }: { readonly from: number; readonly to: number; readonly nx: number; readonly ny: number; readonly nz: number },
    edges: EdgeBuffer,
  ): void {
    const v = this.#lattice.vectors
    const squared = this.#radius * this.#radius
    const isHome = nx === 0 && ny === 0 && nz === 0
    let [px, py, pz] = [this.#inside[3 * i]!, this.#inside[3 * i + 1]!, this.#inside[3 * i + 2]!]
    if (!isHome) {
      px -= nx * v[0]! + ny * v[3]! + nz * v[6]!
      py -= nx * v[1]! + ny * v[4]! + nz * v[7]!
      pz -= nx * v[2]! + ny * v[5]! + nz * v[8]!
    }
    const [sorted, order, wraps] = [this.#sorted, this.#order, this.#wraps]
    const [wx, wy, wz] = [nx + wraps[3 * i]!, ny + wraps[3 * i + 1]!, nz + wraps[3 * i + 2]!]
    for (let k = from; k < to; k++) {
      const x = sorted[3 * k]! - px
      const y = sorted[3 * k + 1]! - py
      const z = sorted[3 * k + 2]! - pz
      const d = x * x + y * y + z * z
      if (d > squared) continue
      const j = order[k]!
      if (isHome && j === i) continue
      const at = edges.add(j, i, Math.sqrt(d))
      if (!this.#hasWraps && isHome) continue
      // In terms of the positions as they were given.
      edges.images[3 * at] = wx - wraps[3 * j]!
      edges.images[3 * at + 1] = wy - wraps[3 * j + 1]!
      edges.images[3 * at + 2] = wz - wraps[3 * j + 2]!
    }
  }
}

/** By how many cells a bin lies outside; undefined outside of an axis that does not repeat. */
function imageOf(bin: number, { bins, periodic }: Axis): number | undefined {
  if (bin >= 0 && bin < bins) return 0
  return periodic ? Math.floor(bin / bins) : undefined
}
