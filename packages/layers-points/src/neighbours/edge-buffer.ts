/** How many lattice vectors points are moved by, each combination of three integers once. Number 0 is 0, 0, 0. */
export class ImageTable {
  /** Three integers each. */
  readonly vectors: number[] = [0, 0, 0]
  readonly #known = new Map<string, number>([['0 0 0', 0]])

  /** The number of a combination. */
  indexOf(x: number, y: number, z: number): number {
    if (x === 0 && y === 0 && z === 0) return 0
    const key = `${x} ${y} ${z}`
    let index = this.#known.get(key)
    if (index === undefined) {
      index = this.vectors.length / 3
      this.vectors.push(x, y, z)
      this.#known.set(key, index)
    }
    return index
  }
}

/** Edges in typed arrays that grow. */
export class EdgeBuffer {
  length = 0
  sources: Int32Array
  /** Numbers of an ImageTable: what the source is moved by, both points taken into the cell. */
  images: Int32Array
  distances: Float64Array

  constructor(capacity: number) {
    this.sources = new Int32Array(capacity)
    this.images = new Int32Array(capacity)
    this.distances = new Float64Array(capacity)
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    const size = this.length + more
    if (size <= this.sources.length) return
    const capacity = Math.max(size, 2 * this.sources.length)
    const [sources, images, distances] = [new Int32Array(capacity), new Int32Array(capacity), new Float64Array(capacity)]
    sources.set(this.sources)
    images.set(this.images)
    distances.set(this.distances)
    this.sources = sources
    this.images = images
    this.distances = distances
  }

  /** Adds edge e of another buffer. */
  take(other: EdgeBuffer, e: number): void {
    this.reserve(1)
    const at = this.length++
    this.sources[at] = other.sources[e]!
    this.images[at] = other.images[e]!
    this.distances[at] = other.distances[e]!
  }
}
