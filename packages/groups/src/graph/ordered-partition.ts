/** An edge as refinement sees it: the other end, and a number for weight and direction. */
export interface Arc {
  readonly to: number
  readonly colour: number
}

/** Mixes two 32-bit numbers into one. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ (b + 0x9e3779b9 + (a << 6) + (a >>> 2)), 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) >>> 0
}

/**
 * The vertices of a graph in a row, cut into cells whose order says how they can be told apart.
 *
 * `refine` cuts until every two vertices of a cell have the same edges into every cell. All it does depends on the graph alone, never on the numbers of the
 * vertices, and `trace` is a fingerprint of it: partitions that an automorphism takes to one another have the same trace. Two different partitions
 * may share one by accident; that costs a search time, never its result.
 */
export class OrderedPartition {
  /** The vertices, cell after cell. */
  readonly elements: Int32Array
  /** The first place of every vertex's cell. */
  readonly cellOf: Int32Array
  /** For the first place of a cell, the number of its vertices. */
  readonly lengths: Int32Array
  readonly #places: Int32Array
  cells: number
  trace: number

  constructor(elements: Int32Array, places: Int32Array, cellOf: Int32Array, lengths: Int32Array, cells: number, trace: number) {
    this.elements = elements
    this.#places = places
    this.cellOf = cellOf
    this.lengths = lengths
    this.cells = cells
    this.trace = trace
  }

  /** All n vertices in one cell. */
  static unit(n: number): OrderedPartition {
    const row = Int32Array.from({ length: n }, (_, i) => i)
    const lengths = new Int32Array(n)
    if (n > 0) lengths[0] = n
    return new OrderedPartition(row, row.slice(), new Int32Array(n), lengths, Math.min(n, 1), 0)
  }

  copy(): OrderedPartition {
    return new OrderedPartition(
      this.elements.slice(),
      this.#places.slice(),
      this.cellOf.slice(),
      this.lengths.slice(),
      this.cells,
      this.trace,
    )
  }

  /** The first place of the first smallest cell of two vertices or more; -1 when there is none. */
  target(): number {
    let best = -1
    for (let cell = 0; cell < this.elements.length; cell += this.lengths[cell]!) {
      const length = this.lengths[cell]!
      if (length > 1 && (best < 0 || length < this.lengths[best]!)) best = cell
    }
    return best
  }

  /** Gives a vertex a cell of its own, before the rest of its cell, and refines. */
  individualize(vertex: number, arcs: readonly (readonly Arc[])[]): this {
    const cell = this.cellOf[vertex]!
    const key = new Uint32Array(this.elements.length)
    for (let k = 0; k < this.lengths[cell]!; k++) key[this.elements[cell + k]!] = 1
    key[vertex] = 0
    return this.refine(arcs, this.#split(cell, key))
  }

  /** Cuts by a key of the vertices: smaller ones first. */
  separate(key: Uint32Array): number[] {
    return this.#split(0, key)
  }

  /** Cuts cells until the edges of any two vertices of a cell agree, beginning with the edges into the given cells. */
  refine(arcs: readonly (readonly Arc[])[], queue: number[]): this {
    const key = new Uint32Array(this.elements.length)
    const queued = new Set(queue)
    for (let k = 0; k < queue.length && this.cells < this.elements.length; k++) {
      const splitter = queue[k]!
      queued.delete(splitter)
      this.trace = mix(this.trace, splitter)
      const touched = this.#addKeys(splitter, arcs, key)
      const cells = [...new Set(touched.map((vertex) => this.cellOf[vertex]!))].sort((a, b) => a - b)
      for (const cell of cells) {
        for (const part of this.#split(cell, key)) {
          if (queued.has(part)) continue
          queued.add(part)
          queue.push(part)
        }
      }
      for (const vertex of touched) key[vertex] = 0
    }
    return this
  }

  /** Sums the colours of the edges from every vertex into a cell; the vertices that have such edges. */
  #addKeys(splitter: number, arcs: readonly (readonly Arc[])[], key: Uint32Array): number[] {
    const touched: number[] = []
    for (let place = splitter; place < splitter + this.lengths[splitter]!; place++) {
      for (const { to, colour } of arcs[this.elements[place]!]!) {
        if (key[to] === 0) touched.push(to)
        key[to] = (key[to]! + colour) >>> 0
      }
    }
    return touched
  }

  /** Sorts a cell by key and cuts it between different keys; the parts, when there is more than one. */
  #split(cell: number, key: Uint32Array): number[] {
    const { elements, lengths, cellOf } = this
    const length = lengths[cell]!
    const members = elements.slice(cell, cell + length).sort((a, b) => key[a]! - key[b]!)
    const parts: number[] = []
    let start = cell
    for (let k = 0; k < length; k++) {
      const vertex = members[k]!
      if (k === 0 || key[vertex] !== key[members[k - 1]!]) {
        start = cell + k
        parts.push(start)
        lengths[start] = 0
        this.trace = mix(mix(this.trace, start), key[vertex]!)
      }
      elements[cell + k] = vertex
      this.#places[vertex] = cell + k
      cellOf[vertex] = start
      lengths[start]!++
    }
    this.cells += parts.length - 1
    return parts.length > 1 ? parts : []
  }
}
