import type { Edges } from './graph.ts'

/** A reason why adjacency lists do not describe an undirected graph without repeated edges. */
export interface AdjacencyFault {
  /** The node whose list is wrong. */
  readonly node: number
  readonly fault: 'repeated' | 'one-sided'
  /** The neighbour that is listed twice, or that does not list `node`. */
  readonly neighbour: number
}

/** Concatenated adjacency lists. The neighbours of node j are neighbours[starts[j]] to neighbours[starts[j + 1] - 1]. */
export interface AdjacencyLists {
  readonly starts: Int32Array
  readonly neighbours: Int32Array
}

/** For every node, the nodes that list it, in ascending order. */
function transposed({ starts, neighbours }: AdjacencyLists): AdjacencyLists {
  const nodes = starts.length - 1
  const transposedStarts = new Int32Array(nodes + 1)
  for (const neighbour of neighbours) transposedStarts[neighbour + 1]!++
  for (let j = 0; j < nodes; j++) transposedStarts[j + 1]! += transposedStarts[j]!
  const next = transposedStarts.slice()
  const listing = new Int32Array(neighbours.length)
  for (let j = 0; j < nodes; j++) {
    for (let k = starts[j]!; k < starts[j + 1]!; k++) listing[next[neighbours[k]!]!++] = j
  }
  return { starts: transposedStarts, neighbours: listing }
}

/** The first fault of adjacency lists; undefined if they describe an undirected graph without repeated edges. Cost linear in their length. */
export function adjacencyFault(lists: AdjacencyLists): AdjacencyFault | undefined {
  const listing = transposed(lists)
  const listed = transposed(listing)
  for (let node = 0; node < lists.starts.length - 1; node++) {
    const own = listed.neighbours.subarray(listed.starts[node], listed.starts[node + 1])
    const back = listing.neighbours.subarray(listing.starts[node], listing.starts[node + 1])
    const repeated = own.findIndex((neighbour, k) => k > 0 && own[k - 1] === neighbour)
    if (repeated !== -1) return { node, fault: 'repeated', neighbour: own[repeated]! }
    for (let k = 0; k < Math.max(own.length, back.length); k++) {
      const a = own[k] ?? Number.POSITIVE_INFINITY
      const b = back[k] ?? Number.POSITIVE_INFINITY
      if (a < b) return { node, fault: 'one-sided', neighbour: a }
      if (b < a) return { node: b, fault: 'one-sided', neighbour: node }
    }
  }
  return undefined
}

/** The edges from each neighbour to the node that lists it, ordered by target. */
export function edgesOf({ starts, neighbours }: AdjacencyLists): Edges {
  const targets = new Int32Array(neighbours.length)
  for (let j = 0; j < starts.length - 1; j++) targets.fill(j, starts[j], starts[j + 1])
  return { sources: neighbours, targets }
}
