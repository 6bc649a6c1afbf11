import type { Program, Tensor } from '@equivar/tensor'
import { rename } from './carried.ts'
import type { GraphBuilder } from './graph-builder.ts'

/** The first tensors of outputs that a node of the graph makes, each once. */
function firsts(graph: GraphBuilder, { outputs }: Program): Map<Tensor, string> {
  const made = new Set(graph.nodes.flatMap(({ output }) => output))
  const chosen = new Map<Tensor, string>()
  for (const { name, tensor } of outputs) if (made.delete(graph.name(tensor))) chosen.set(tensor, name)
  return chosen
}

/**
 * Ends a graph: its results get the names of the program's outputs. What one of its nodes makes is named so where it is made; an input, a constant, or what is
 * an output already is copied.
 */
export function nameOutputs(graph: GraphBuilder, program: Program): void {
  const chosen = firsts(graph, program)
  rename(graph.nodes, new Map([...chosen].map(([tensor, name]) => [graph.name(tensor), name])))
  for (const [tensor, name] of chosen) graph.setName(tensor, name)
  for (const { name, tensor } of program.outputs)
    if (chosen.get(tensor) !== name) graph.emitAll('Identity', [graph.name(tensor)], {}, [name])
}
