import type { TaggedGraph } from '../graph.ts'
import { type Lanes, lanes, mixAll, mixHigh, mixLow, recolour, saltOf } from './hashing.ts'

/** Refinement of the colours of items (nodes or tuples of nodes), with hashes as colours. */
export interface HashedRefinement {
  readonly first: Lanes
  /** One round. */
  next(colours: Lanes): Lanes
}

function addAt(sum: Lanes, at: number, low: number, high: number): void {
  sum.low[at] = sum.low[at]! + low
  sum.high[at] = sum.high[at]! + high
}

const hashed = (integers: ArrayLike<number> | undefined, length: number): Lanes => {
  const colours = lanes(length)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let i = 0; i < length; i++) {
    const salt = saltOf(integers?.[i] ?? 0)
    addAt(colours, i, mixLow(salt, 0, 1), mixHigh(salt, 0, 1))
  }
  return colours
}

/** Colour refinement: a node sees the colours of the sources of its incoming edges, with the edges' tags. Cost O(nodes + edges) per round. */
export function hashedNodes({ nodes, edges, tags }: TaggedGraph): HashedRefinement {
  const { sources, targets } = edges
  const salts = Int32Array.from(edges.tags ?? [], saltOf)
  return {
    first: hashed(tags, nodes),
    next: (colours) => {
      const seen = lanes(nodes)
      const mixed = mixAll(colours, saltOf(0))
      // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
      for (let e = 0; e < sources.length; e++) {
        const u = sources[e]!
        if (edges.tags === undefined) addAt(seen, targets[e]!, mixed.low[u]!, mixed.high[u]!)
        else
          addAt(
            seen,
            targets[e]!,
            mixLow(colours.low[u]!, colours.high[u]!, salts[e]!),
            mixHigh(colours.low[u]!, colours.high[u]!, salts[e]!),
          )
      }
      return recolour(colours, seen)
    },
  }
}

/** Strides of a flat array of k-tuples over n nodes: adding 1 to entry j adds strides[j] to the index. */
export const stridesOf = (n: number, k: number): number[] => Array.from({ length: k }, (_, j) => n ** (k - 1 - j))

/** Colours of k-tuples by atomic type: which entries are equal, which edges join them, and the tags of the nodes. */
function atomicTypes({ nodes: n, edges, tags }: TaggedGraph, k: number): Lanes {
  const pairs = lanes(n * n)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let e = 0; e < edges.sources.length; e++) {
    const salt = saltOf(edges.tags?.[e] ?? 0)
    addAt(pairs, edges.sources[e]! * n + edges.targets[e]!, mixLow(salt, 1, 2), mixHigh(salt, 1, 2))
  }
  const kinds = hashed(tags, n)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let v = 0; v < n; v++) addAt(pairs, v * n + v, mixLow(kinds.low[v]!, kinds.high[v]!, 3), mixHigh(kinds.low[v]!, kinds.high[v]!, 3))
  const strides = stridesOf(n, k)
  const types = lanes(n ** k)
  const byPosition = Array.from({ length: k * k }, (_, position) => mixAll(pairs, saltOf(position)))
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let t = 0; t < types.low.length; t++) {
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const at = (Math.floor(t / strides[i]!) % n) * n + (Math.floor(t / strides[j]!) % n)
        const { low, high } = byPosition[i * k + j]!
        addAt(types, t, low[at]!, high[at]!)
      }
  }
  return types
}

/**
 * Oblivious k-WL: a tuple sees, for each entry, the multiset of the colours of the tuples that differ from it in that entry.
 *
 * All tuples that differ only in that entry see the same multiset, so it is summed once. Cost O(k n^k) per round.
 */
export function hashedObliviousTuples(graph: TaggedGraph, k: number): HashedRefinement {
  const n = graph.nodes
  const strides = stridesOf(n, k)
  return {
    first: atomicTypes(graph, k),
    next: (colours) => {
      const seen = lanes(colours.low.length)
      strides.forEach((stride, j) => {
        const mixed = mixAll(colours, saltOf(j))
        // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
        for (let t = 0; t < seen.low.length; t++) {
          if (Math.floor(t / stride) % n !== 0) continue
          let [low, high] = [0, 0]
          for (let w = 0; w < n; w++) {
            low = (low + mixed.low[t + w * stride]!) | 0
            high = (high + mixed.high[t + w * stride]!) | 0
          }
          for (let w = 0; w < n; w++) addAt(seen, t + w * stride, low, high)
        }
      })
      return recolour(colours, seen)
    },
  }
}

/**
 * Folklore k-WL: a tuple sees the multiset, over all nodes w, of k colours: those of the tuples with entry 1, ..., k replaced by w. Cost O(k n^(k+1))
 * per round.
 */
export function hashedFolkloreTuples(graph: TaggedGraph, k: number): HashedRefinement {
  const n = graph.nodes
  const strides = stridesOf(n, k)
  return {
    first: atomicTypes(graph, k),
    next: (colours) => {
      const mixed = strides.map((_, j) => mixAll(colours, saltOf(j)))
      const seen = lanes(colours.low.length)
      const starts = new Int32Array(k)
      // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
      for (let t = 0; t < seen.low.length; t++) {
        // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
        for (let j = 0; j < k; j++) starts[j] = t - (Math.floor(t / strides[j]!) % n) * strides[j]!
        let [sumLow, sumHigh] = [0, 0]
        for (let w = 0; w < n; w++) {
          let [low, high] = [0, 0]
          for (let j = 0; j < k; j++) {
            const at = starts[j]! + w * strides[j]!
            low += mixed[j]!.low[at]!
            high += mixed[j]!.high[at]!
          }
          sumLow = (sumLow + mixLow(low, high, 5)) | 0
          sumHigh = (sumHigh + mixHigh(low, high, 5)) | 0
        }
        addAt(seen, t, sumLow, sumHigh)
      }
      return recolour(colours, seen)
    },
  }
}
