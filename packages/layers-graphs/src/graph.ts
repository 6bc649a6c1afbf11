/** Directed edges: edge e leads from node sources[e] to node targets[e]. An undirected graph has each edge in both directions, and a loop once. */
export interface EdgeList {
  readonly sources: ArrayLike<number>
  readonly targets: ArrayLike<number>
  /** A kind for each edge, an integer. */
  readonly tags?: ArrayLike<number>
}

/** A graph as the structure that it is, as the readers of `@equivar/datasets` give it. */
export interface TaggedGraph {
  /** How many nodes it has; they are numbered from 0. */
  readonly nodes: number
  readonly edges: EdgeList
  /** A kind for each node, an integer. */
  readonly tags?: ArrayLike<number>
}

/** @throws RangeError if an edge ends at a node that is not there, or something has not the length that it should have. */
export function demandGraph(where: string, { nodes, edges, tags }: TaggedGraph): void {
  const { sources, targets } = edges
  const lengths: [string, number, number][] = [
    ['edges.targets', targets.length, sources.length],
    ['edges.tags', edges.tags?.length ?? sources.length, sources.length],
    ['tags', tags?.length ?? nodes, nodes],
  ]
  for (const [name, length, expected] of lengths) {
    if (length !== expected) throw new RangeError(`${where}: expected ${expected} ${name}, received ${length}.`)
  }
  for (let e = 0; e < sources.length; e++) {
    const [source, target] = [sources[e]!, targets[e]!]
    if (!(source >= 0 && source < nodes && target >= 0 && target < nodes)) {
      throw new RangeError(`${where}: expected edges between nodes from 0 to ${nodes - 1}, received edge ${e} from ${source} to ${target}.`)
    }
  }
}
