/** Directed edges: edge e leads from node sources[e] to node targets[e]. */
export interface Edges {
  readonly sources: Int32Array
  readonly targets: Int32Array
  /** Numbers on the edges, [edges, channels], row-major. */
  readonly features?: Float32Array
}

/** A graph. An undirected one has every edge in both directions, and a loop once. */
export interface Graph {
  /** How many nodes it has; they are numbered from 0. */
  readonly nodes: number
  readonly edges: Edges
  /** A kind for each node, such as a chemical element. */
  readonly tags?: Int32Array
  /** Numbers on the nodes, [nodes, channels], row-major. */
  readonly features?: Float32Array
}

/** Graphs that belong to one of several classes each. */
export interface GraphSet {
  readonly name: string
  readonly graphs: readonly Graph[]
  /** The class of each graph, from 0. */
  readonly labels: Int32Array
  /** The names of the classes. */
  readonly classes: readonly string[]
}

/**
 * How many neighbours each node has, itself counted twice where it has a loop, as networkx and with it GIN's published features count.
 *
 * @param graph - undirected, so every edge in both directions.
 */
export function degrees(graph: Graph): Int32Array {
  const { sources, targets } = graph.edges
  const degree = new Int32Array(graph.nodes)
  for (let e = 0; e < targets.length; e++) degree[targets[e]!]! += sources[e] === targets[e] ? 2 : 1
  return degree
}
