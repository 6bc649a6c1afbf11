import { demandGraphs, type TaggedGraph } from '../graph.ts'
import { refineTogether } from './exact.ts'

/** Options of the WL subtree kernel. */
export interface SubtreeOptions {
  /** Rounds of colour refinement, besides the initial colours. Default 3. */
  readonly rounds?: number
}

/**
 * How often each colour occurs in each graph, over the first rounds of colour refinement: the features of the WL subtree kernel.
 *
 * Law: isomorphic graphs have the same counts. Colours are numbered across all graphs and rounds; nothing is hashed.
 *
 * @returns for each graph, its counts by colour.
 * @throws RangeError if rounds is negative, or an edge refers to a node that does not exist.
 * @remarks Cost O(rounds (nodes + edges log degree)).
 */
export function weisfeilerLemanHistograms(graphs: readonly TaggedGraph[], { rounds = 3 }: SubtreeOptions = {}): Map<number, number>[] {
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new RangeError(`weisfeilerLemanHistograms: expected 0 rounds or more, received ${rounds}.`)
  demandGraphs('weisfeilerLemanHistograms', graphs)
  const histograms = graphs.map(() => new Map<number, number>())
  let first = 0
  // Stryker disable next-line BooleanLiteral: refinement of nodes has no folklore form.
  for (const { colours, count } of refineTogether(graphs, { k: 1, folklore: false }, rounds)) {
    colours.forEach((ofGraph, g) => {
      const histogram = histograms[g]!
      for (const colour of ofGraph) histogram.set(first + colour, (histogram.get(first + colour) ?? 0) + 1)
    })
    first += count
  }
  return histograms
}

/**
 * The Weisfeiler-Leman subtree kernel of all pairs of graphs: K(G, H) = sum over colours of (count in G) (count in H).
 *
 * Law: invariant to permutations of the nodes of every graph; symmetric and positive semidefinite.
 *
 * @param options - `normalize`: divides by sqrt(K(G, G) K(H, H)), so that the diagonal is 1 (0 for a graph without nodes).
 * @returns [graphs, graphs], row-major; exact integers up to 2^53 if not normalized.
 * @throws RangeError as `weisfeilerLemanHistograms` does.
 * @remarks Cost: one product for each colour and each pair of graphs that share it.
 * @see Shervashidze et al. 2011, Weisfeiler-Lehman graph kernels, definition 4.
 */
export function weisfeilerLemanKernel(
  graphs: readonly TaggedGraph[],
  { normalize = false, ...options }: SubtreeOptions & { readonly normalize?: boolean } = {},
): Float64Array {
  const having = new Map<number, { graph: number; count: number }[]>()
  weisfeilerLemanHistograms(graphs, options).forEach((histogram, graph) => {
    for (const [colour, count] of histogram) {
      const list = having.get(colour)
      if (list === undefined) having.set(colour, [{ graph, count }])
      else list.push({ graph, count })
    }
  })
  const size = graphs.length
  const gram = new Float64Array(size * size)
  for (const list of having.values()) for (const a of list) for (const b of list) gram[a.graph * size + b.graph]! += a.count * b.count
  if (!normalize) return gram
  const root = Float64Array.from({ length: size }, (_, g) => (gram[g * size + g] === 0 ? 0 : 1 / Math.sqrt(gram[g * size + g]!)))
  return gram.map((value, at) => value * root[Math.floor(at / size)]! * root[at % size]!)
}
