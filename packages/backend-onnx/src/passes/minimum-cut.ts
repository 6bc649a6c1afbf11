interface Edge {
  readonly to: number
  /** Where the edge back is among those of `to`. */
  readonly back: number
  left: number
}

/**
 * A graph whose vertices are split in two sides, at the least cost: an edge costs its capacity where it leads from the first side to the second.
 *
 * @see Boykov, Kolmogorov 2004, "An experimental comparison of min-cut/max-flow algorithms"; here by shortest augmenting paths (Edmonds, Karp 1972).
 */
export class MinimumCut {
  readonly first = 0
  readonly second = 1
  readonly #edges: Edge[][] = [[], []]

  vertex(): number {
    this.#edges.push([])
    return this.#edges.length - 1
  }

  edge(from: number, to: number, capacity: number): void {
    const [forth, back] = [this.#edgesOf(from), this.#edgesOf(to)]
    forth.push({ to, back: back.length, left: capacity })
    back.push({ to: from, back: forth.length - 1, left: 0 })
  }

  /** The vertices of the first side, as few as there can be. */
  firstSide(): ReadonlySet<number> {
    for (;;) {
      const path = this.#path()
      if (path.edges === undefined) return path.reached
      const flow = Math.min(...path.edges.map(({ left }) => left))
      for (const edge of path.edges) {
        edge.left -= flow
        ;(this.#edgesOf(edge.to)[edge.back] as Edge).left += flow
      }
    }
  }

  #edgesOf(vertex: number): Edge[] {
    return this.#edges[vertex] as Edge[]
  }

  /** A shortest path between the sides with capacity left, or what can be reached from the first if there is none. */
  #path(): { readonly edges?: readonly Edge[]; readonly reached: ReadonlySet<number> } {
    const arrived = new Map<number, Edge | undefined>([[this.first, undefined]])
    for (const vertex of arrived.keys()) {
      for (const edge of this.#edgesOf(vertex)) if (edge.left > 0 && !arrived.has(edge.to)) arrived.set(edge.to, edge)
      if (arrived.has(this.second)) return { edges: this.#backwards(arrived), reached: new Set(arrived.keys()) }
    }
    return { reached: new Set(arrived.keys()) }
  }

  #backwards(arrived: ReadonlyMap<number, Edge | undefined>): Edge[] {
    const edges: Edge[] = []
    for (let edge = arrived.get(this.second); edge !== undefined; ) {
      edges.push(edge)
      edge = arrived.get((this.#edgesOf(edge.to)[edge.back] as Edge).to)
    }
    return edges
  }
}
