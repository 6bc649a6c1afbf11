import { graphAutomorphisms } from '@equivar/groups'
import { adjacencyOf, type DrawnGraph } from '../parts/drawn-graph.ts'

/**
 * The automorphisms of a graph as an expression of `parseGroup`: its generators, with a cycle of one node where the last node would be left out.
 *
 * Law: the group that `parseGroup` reads from it is that of `graphAutomorphisms`, on as many points.
 */
export function automorphismExpression(graph: DrawnGraph): string {
  const { generators, degree } = graphAutomorphisms(adjacencyOf(graph))
  if (generators.length === 0) return `I${degree}`
  const text = generators.map(String).join(', ')
  return generators.every((generator) => generator.apply(degree - 1) === degree - 1) ? `${text}(${degree - 1})` : text
}
