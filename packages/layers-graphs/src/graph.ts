import { type EdgeEnds, requireEdges } from '@equivar/tensor'

/**
 * Directed edges: edge e points from node sources[e] to node targets[e]. An undirected graph has each edge in both directions, and each loop once. An edge that
 * is listed several times counts as often.
 */
export interface EdgeList extends EdgeEnds {
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

/** The rule for edge lists of `@equivar/tensor`, and one tag for each node and edge or for none. @throws RangeError that names the first edge that breaks it. */
export function demandGraph(where: string, { nodes, edges, tags }: TaggedGraph): void {
  requireEdges(where, nodes, edges)
  const lengths: [string, number | undefined, number][] = [
    ['edges.tags', edges.tags?.length, edges.sources.length],
    ['tags', tags?.length, nodes],
  ]
  for (const [name, length, expected] of lengths) {
    if (length !== undefined && length !== expected) throw new RangeError(`${where}: expected ${expected} ${name}, received ${length}.`)
  }
}

/** demandGraph for several graphs, which the message numbers. */
export function demandGraphs(where: string, graphs: readonly TaggedGraph[]): void {
  graphs.forEach((graph, g) => {
    demandGraph(`${where}: graph ${g}`, graph)
  })
}
