/** An edge as seen from one end: the vertex at the other end, and a number that encodes weight and direction. */
export interface Arc {
  readonly to: number
  readonly colour: number
}

/** Hashes two 32-bit numbers into one. */
export function mix(a: number, b: number): number {
  // Stryker disable next-line ArithmeticOperator: any hash is right; one that tells less apart only takes time
  let hash = Math.imul(a ^ (b + 0x9e3779b9 + (a << 6) + (a >>> 2)), 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) >>> 0
}

/**
 * An ordered partition of the vertices of a graph: a sequence of cells. Vertices in different cells can be told apart.
 *
 * `refine` splits cells until any two vertices of a cell have the same edges into every cell (an equitable partition). Refinement does not depend on how
 * the vertices are numbered. `trace` is a hash of it: partitions that an automorphism maps to each other have the same trace. Different partitions may
 * also have the same trace by chance; that slows a search down but does not change its result.
 */
export class OrderedPartition {
  /** The vertices, cell by cell. */
  readonly elements: Int32Array
  /** For every vertex, the position in `elements` where its cell starts. */
  readonly cellOf: Int32Array
  /** The number of vertices of a cell, indexed by the position where the cell starts. */
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

  /** The start of the first among the smallest cells of two or more vertices; -1 if the partition is discrete. */
  target(): number {
    let best = -1
    // Stryker disable next-line EqualityOperator: no cell starts behind the last vertex
    for (let cell = 0; cell < this.elements.length; cell += this.lengths[cell]!) {
      const length = this.lengths[cell]!
      if (length > 1 && (best < 0 || length < this.lengths[best]!)) best = cell
    }
    return best
  }

  /** Puts a vertex into a cell of its own, before the rest of its old cell, and refines. */
  individualize(vertex: number, arcs: readonly (readonly Arc[])[]): this {
    const cell = this.cellOf[vertex]!
    const key = new Uint32Array(this.elements.length)
    for (const member of this.elements.subarray(cell, cell + this.lengths[cell]!)) key[member] = 1
    key[vertex] = 0
    return this.refine(arcs, this.#split(cell, key))
  }

  /** Splits cells by a key of the vertices, smaller keys first. */
  separate(key: Uint32Array): number[] {
    return this.#split(0, key)
  }

  /** Splits cells until any two vertices of a cell have the same edges into every cell. Starts with the edges into the cells in `queue`. */
  refine(arcs: readonly (readonly Arc[])[], queue: number[]): this {
    const key = new Uint32Array(this.elements.length)
    const queued = new Set(queue)
    for (let k = 0; k < queue.length; k++) {
      // Stryker disable next-line all: a partition into single vertices stays as it is; going on only takes time
      if (this.cells === this.elements.length) break
      const splitter = queue[k]!
      queued.delete(splitter)
      this.trace = mix(this.trace, splitter)
      const touched = this.#addKeys(splitter, arcs, key)
      const cells = [...new Set(touched.map((vertex) => this.cellOf[vertex]!))].sort((a, b) => a - b)
      for (const cell of cells) {
        for (const part of this.#split(cell, key)) {
          // Stryker disable next-line all: splitting by a cell twice changes nothing, it only takes time
          if (queued.has(part)) continue
          queued.add(part)
          queue.push(part)
        }
      }
      for (const vertex of touched) key[vertex] = 0
    }
    return this
  }

  /** Sums the colours of the edges from every vertex into a cell, and returns the vertices that have such edges. */
  #addKeys(splitter: number, arcs: readonly (readonly Arc[])[], key: Uint32Array): number[] {
    const touched: number[] = []
    for (let place = splitter; place < splitter + this.lengths[splitter]!; place++) {
      for (const { to, colour } of arcs[this.elements[place]!]!) {
        // Stryker disable next-line ConditionalExpression: a vertex that is listed twice is looked at once
        if (key[to] === 0) touched.push(to)
        key[to] = (key[to]! + colour) >>> 0
      }
    }
    return touched
  }

  /** Sorts a cell by key and splits it where the key changes. Returns the starts of the parts, or none if the cell stays whole. */
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
