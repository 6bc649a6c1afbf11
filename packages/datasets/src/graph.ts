import { requireEdges } from '@equivar/tensor'

/** Directed edges: edge e goes from node sources[e] to node targets[e]. */
export interface Edges {
  readonly sources: Int32Array
  readonly targets: Int32Array
  /** A label for each edge, such as the kind of a bond. */
  readonly tags?: Int32Array
  /** Edge features, [edges, channels], row-major. */
  readonly features?: Float32Array
}

/**
 * A graph. An undirected graph contains every edge in both directions, and every loop once.
 *
 * The rule for all functions that take graphs: nodes are numbered from 0 to nodes - 1, and an edge to any other node is a RangeError. An edge that is listed k
 * times counts k times: k in `adj`, k columns of `edge_index`, k in the degree. Where that cannot be (edge features in `adj`, graph6) it is a RangeError.
 */
export interface Graph {
  /** The number of nodes. Nodes are numbered from 0. */
  readonly nodes: number
  readonly edges: Edges
  /** A label for each node, such as a chemical element. */
  readonly tags?: Int32Array
  /** Node features, [nodes, channels], row-major. */
  readonly features?: Float32Array
}

/** A data set of graphs for graph classification. */
export interface GraphSet {
  readonly name: string
  readonly graphs: readonly Graph[]
  /** The class of each graph, from 0; -1 for all graphs if the data set has no classes. */
  readonly labels: Int32Array
  /** The names of the classes. */
  readonly classes: readonly string[]
  /** Numbers of each graph, for regression: [graphs, channels], row-major. */
  readonly attributes?: Float32Array
}

/**
 * An undirected graph from its edges, each listed once. It contains every edge in both directions, and every loop once.
 *
 * @throws RangeError if an edge refers to a node that does not exist.
 * @example const triangle = undirectedGraph(3, [[0, 1], [1, 2], [2, 0]])
 */
export function undirectedGraph(nodes: number, edges: readonly (readonly [number, number])[]): Graph {
  const both = edges.flatMap(([a, b]) => (a === b ? [[a, b] as const] : [[a, b] as const, [b, a] as const]))
  const graph = { nodes, edges: { sources: Int32Array.from(both, ([a]) => a), targets: Int32Array.from(both, ([, b]) => b) } }
  requireEdges('undirectedGraph', nodes, graph.edges)
  return graph
}

/** Graphs with numbers to predict. */
export interface GraphNumbers {
  readonly graphs: readonly Graph[]
  /** Numbers for each graph: [graphs, outputs], row-major. */
  readonly y: ArrayLike<number>
}

/** Graphs with numbers to predict for each node. */
export interface NodeNumbers {
  readonly graphs: readonly Graph[]
  /** Numbers for the nodes of each graph: [nodes, outputs], row-major; NaN where a number is not known. */
  readonly ys: readonly ArrayLike<number>[]
}

/**
 * The degree of each node. A loop counts twice, as in networkx and therefore in the published features of GIN.
 *
 * @param graph - an undirected graph, with every edge in both directions. An edge that is listed several times counts as often.
 * @throws RangeError if an edge refers to a node that does not exist.
 */
export function degrees(graph: Graph): Int32Array {
  requireEdges('degrees', graph.nodes, graph.edges)
  const { sources, targets } = graph.edges
  const degree = new Int32Array(graph.nodes)
  for (let e = 0; e < targets.length; e++) degree[targets[e]!]! += sources[e] === targets[e] ? 2 : 1
  return degree
}
