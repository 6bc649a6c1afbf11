import { requireEdges } from '@equivar/tensor'
import type { Graph } from './graph.ts'

/**
 * The rule for graphs: every edge goes from one of the nodes to one of the nodes, and there is a tag for each node and each edge, or for none.
 *
 * @param where - the function and the graph, for the message.
 * @throws RangeError that names the first edge that breaks the rule.
 */
export function requireGraph(where: string, { nodes, edges, tags }: Graph): void {
  requireEdges(where, nodes, edges)
  if (tags !== undefined && tags.length !== nodes) throw new RangeError(`${where}: expected ${nodes} tags, received ${tags.length}.`)
  if (edges.tags !== undefined && edges.tags.length !== edges.sources.length)
    throw new RangeError(`${where}: expected ${edges.sources.length} edges.tags, received ${edges.tags.length}.`)
}

/** @throws RangeError that names the first label that is not a class, or says that the numbers of labels and examples differ. */
export function requireLabels(where: string, labels: ArrayLike<number>, examples: number, classes: number): void {
  if (labels.length !== examples) throw new RangeError(`${where}: expected ${examples} labels, received ${labels.length}.`)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new RangeError(`${where}: expected labels from 0 to ${classes - 1}, received ${label} for example ${i}.`)
  }
}

/** requireGraph for every graph. */
export function requireGraphs(where: string, graphs: readonly Graph[]): void {
  graphs.forEach((graph, g) => {
    requireGraph(`${where}: graph ${g}`, graph)
  })
}

/** The most numbers of an input of a batch, as exported models count them. */
const MOST_NUMBERS = 2 ** 31 - 1

/** @throws RangeError if an input of a batch would have more numbers than an array can hold. */
export function requireNumbers(where: string, shape: readonly number[]): void {
  const count = shape.reduce((product, size) => product * size, 1)
  if (count > MOST_NUMBERS)
    throw new RangeError(
      `${where}: expected a batch of at most ${MOST_NUMBERS} numbers, received [${shape.join(', ')}]. Take fewer or smaller graphs.`,
    )
}
