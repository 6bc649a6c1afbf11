import { graphAutomorphisms, naturalAction, orbitLabels } from '@equivar/groups'
import { adjacencyOf, type DrawnGraph } from '../parts/drawn-graph.ts'

/**
 * Whether two graphs are the same up to the order of their nodes. Exact.
 *
 * Both are put beside each other, each with a marked node that is joined to all its nodes; they are isomorphic if and only if an automorphism of the whole
 * takes one marked node to the other.
 */
export function isomorphic(left: DrawnGraph, right: DrawnGraph): boolean {
  const n = left.places.length
  if (n !== right.places.length || left.edges.length !== right.edges.length) return false
  const size = n + 1
  const whole = Array.from({ length: 2 * size }, () => new Array<number>(2 * size).fill(0))
  ;[adjacencyOf(left), adjacencyOf(right)].forEach((adjacency, side) => {
    const first = side * size
    adjacency.forEach((row, i) => {
      row.forEach((entry, j) => {
        whole[first + i]![first + j] = entry
      })
      whole[first + i]![first + n] = 1
      whole[first + n]![first + i] = 1
    })
    whole[first + n]![first + n] = 1
  })
  const { labels } = orbitLabels(naturalAction(graphAutomorphisms(whole)))
  return labels[n] === labels[n + size]
}
