import type { Node, Tensor } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'

type Graph = Pick<Program, 'outputs' | 'nodes'>

/** How often each tensor is read; by the caller, too, where it is an output. */
export function readCounts({ outputs, nodes }: Graph): Map<Tensor, number> {
  const counts = new Map<Tensor, number>()
  const count = (x: Tensor): unknown => counts.set(x, (counts.get(x) ?? 0) + 1)
  for (const { tensor } of outputs) count(tensor)
  for (const { inputs } of nodes) for (const x of inputs) count(x)
  return counts
}

/**
 * The nodes that are the only readers of what they could take in.
 *
 * @param takesIn - what a node could take in; undefined if nothing. Readers are counted only if there is such a node.
 */
export function soleReaders(graph: Graph, takesIn: (node: Node) => readonly Tensor[] | undefined): ReadonlySet<Node> {
  const takers = graph.nodes.flatMap((node) => {
    const tensors = takesIn(node)
    return tensors === undefined ? [] : [{ node, tensors }]
  })
  if (takers.length === 0) return new Set()
  const counts = readCounts(graph)
  return new Set(takers.filter(({ tensors }) => tensors.every((x) => counts.get(x) === 1)).map(({ node }) => node))
}

/** The nodes that read each tensor. */
export function readersOf(nodes: readonly Node[]): Map<Tensor, Node[]> {
  const readers = new Map<Tensor, Node[]>()
  for (const node of nodes) {
    for (const x of new Set(node.inputs)) {
      const known = readers.get(x)
      if (known === undefined) readers.set(x, [node])
      else known.push(node)
    }
  }
  return readers
}
