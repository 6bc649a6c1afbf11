import { fillMissing } from '@equivar/nn'
import {
  and,
  type Dimension,
  diagonal,
  div,
  equal,
  matMul,
  printShape,
  reduceSum,
  ShapeError,
  sameDimension,
  stack,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { demandGraph, type TaggedGraph } from '../graph.ts'

const demandSteps = (where: string, steps: number): void => {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`${where}: expected 1 step or more, received ${steps}.`)
}

/**
 * For each node, the probability that a random walk has returned after 1, 2, ..., `steps` steps: the diagonals of M, M^2, ... for M = D^(-1) A.
 *
 * Law: f(P A P^T) = P f(A). A walk ends at a node without outgoing edges; all its later probabilities are 0.
 *
 * @param adjacency - float32 [..., n, n], not negative: the edge weight from the node of the row to that of the column.
 * @param steps - the largest number of steps.
 * @param mask - bool [..., n], true where a node exists; default: all exist.
 * @returns float32 [..., n, steps].
 * @remarks Cost: steps products of n x n matrices.
 * @see Dwivedi et al. 2022, Graph neural networks with learnable structural and positional representations, equation 14.
 */
export function randomWalkEncoding(adjacency: Tensor, steps: number, mask?: Tensor): Tensor {
  demandSteps('randomWalkEncoding', steps)
  const [n, columns] = adjacency.shape.slice(-2) as [Dimension, Dimension]
  if (adjacency.rank < 2 || !sameDimension(n, columns)) {
    throw new ShapeError('randomWalkEncoding', 'an adjacency of shape [..., n, n]', printShape(adjacency.shape))
  }
  const clean = fillMissing(adjacency, mask && and(unsqueeze(mask, -1), unsqueeze(mask, -2)))
  const degrees = reduceSum(clean, { axis: -1, keepDims: true })
  const step = div(clean, where(equal(degrees, 0), 1, degrees))
  const returns: Tensor[] = [diagonal(step)]
  let walk = step
  for (let k = 1; k < steps; k++) {
    walk = matMul(walk, step)
    returns.push(diagonal(walk))
  }
  return stack(returns, -1)
}

/**
 * The encoding of `randomWalkEncoding`, computed on the host from the edges of one graph.
 *
 * Law: permuting the nodes permutes the rows.
 *
 * @returns node features [nodes, steps], row-major.
 * @throws RangeError if steps is below 1, or an edge refers to a node that does not exist.
 * @remarks Cost O(nodes (nodes + edges) steps); memory O(nodes). Computed in float64 with sums of at most `edges` products.
 */
export function randomWalkReturns(graph: TaggedGraph, steps: number): Float64Array {
  demandSteps('randomWalkReturns', steps)
  demandGraph('randomWalkReturns', graph)
  const { nodes, edges } = graph
  const { sources, targets } = edges
  const share = new Float64Array(nodes)
  for (let e = 0; e < sources.length; e++) share[sources[e]!]! += 1
  for (let v = 0; v < nodes; v++) share[v] = share[v] === 0 ? 0 : 1 / share[v]!
  const returns = new Float64Array(nodes * steps)
  let [now, next] = [new Float64Array(nodes), new Float64Array(nodes)]
  for (let start = 0; start < nodes; start++) {
    now.fill(0)
    now[start] = 1
    for (let k = 0; k < steps; k++) {
      next.fill(0)
      for (let e = 0; e < sources.length; e++) next[targets[e]!]! += now[sources[e]!]! * share[sources[e]!]!
      ;[now, next] = [next, now]
      returns[start * steps + k] = now[start]!
    }
  }
  return returns
}
