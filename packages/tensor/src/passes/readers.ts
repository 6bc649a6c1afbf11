import type { Node, Tensor } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'

type Graph = Pick<Program, 'outputs' | 'nodes'>

/** How often each tensor is read; by the caller, too, where it is an output. */
export function readCounts({ outputs, nodes }: Graph): Map<Tensor, number> {
  const counts = new Map<Tensor, number>()
  for (const x of [...outputs.map(({ tensor }) => tensor), ...nodes.flatMap(({ inputs }) => inputs)])
    counts.set(x, (counts.get(x) ?? 0) + 1)
  return counts
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
