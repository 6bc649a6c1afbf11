/** Directed edges: edge e points from node sources[e] to node targets[e]. An undirected graph has each edge in both directions, and each loop once. */
export interface EdgeList {
  readonly sources: ArrayLike<number>
  readonly targets: ArrayLike<number>
  /** An integer label for each edge. */
  readonly tags?: ArrayLike<number>
}

/** The structure of a graph, as the readers of `@equivar/datasets` return it. */
export interface TaggedGraph {
  /** Number of nodes; they are numbered from 0. */
  readonly nodes: number
  readonly edges: EdgeList
  /** An integer label for each node. */
  readonly tags?: ArrayLike<number>
}

/** @throws RangeError if an edge refers to a node that does not exist, or an array has a wrong length. */
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
