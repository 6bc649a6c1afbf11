import { type Eigen, symmetricEigen } from '@equivar/groups'
import { demandGraph, type TaggedGraph } from '../graph.ts'

/** Options of `laplacianEigen`. */
export interface LaplacianOptions {
  /** `symmetric`: I - D^(-1/2) A D^(-1/2); `none`: D - A. Default `symmetric`. */
  readonly normalization?: 'symmetric' | 'none'
}

/**
 * Eigenvalues (ascending) and eigenvectors of the Laplacian of a graph, computed on the host.
 *
 * Law: the eigenvalues are invariant. The eigenvector of a simple eigenvalue is permuted with the nodes, but its sign is arbitrary. For a repeated
 * eigenvalue, only the eigenspace is permuted with the nodes. So pass eigenvectors only to functions that ignore signs (`SignNet`, absolute values),
 * and, if eigenvalues repeat, only to functions of the eigenspace (`heatKernelSignature`).
 *
 * @param graph - undirected; for a directed graph, A is replaced by (A + A^T) / 2. The row of an isolated node is 0.
 * @throws RangeError if an edge refers to a node that does not exist.
 * @remarks Cost O(nodes^3), see `symmetricEigen`: suitable for graphs of some hundred nodes.
 */
export function laplacianEigen(graph: TaggedGraph, { normalization = 'symmetric' }: LaplacianOptions = {}): Eigen {
  demandGraph('laplacianEigen', graph)
  const { nodes: n, edges } = graph
  const laplacian = new Float64Array(n * n)
  const degrees = new Float64Array(n)
  for (let e = 0; e < edges.sources.length; e++) {
    const [u, v] = [edges.sources[e]!, edges.targets[e]!]
    for (const [i, j] of [
      [u, v],
      [v, u],
    ] as const) {
      laplacian[i * n + j]! -= 0.5
      degrees[i]! += 0.5
    }
  }
  for (let i = 0; i < n; i++) laplacian[i * n + i]! += degrees[i]!
  if (normalization === 'symmetric') {
    const root = degrees.map((d) => (d > 0 ? 1 / Math.sqrt(d) : 0))
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) laplacian[i * n + j]! *= root[i]! * root[j]!
  }
  return symmetricEigen(laplacian, n)
}

/** Eigenvectors `from` to `from + count - 1` as node features [n, count], row-major; missing columns are 0. */
export function eigenvectorFeatures({ values, vectors }: Eigen, { from = 1, count }: { from?: number; count: number }): Float64Array {
  const n = values.length
  return Float64Array.from({ length: n * count }, (_, at) => {
    const [node, column] = [Math.floor(at / count), from + (at % count)]
    return column < n ? vectors[node * n + column]! : 0
  })
}

/**
 * For each node and time t, the sum over eigenvalues of e^(-t value) times the squared entry of the eigenvector: the heat that stays at the node.
 *
 * Law: permuting the nodes permutes the rows. The result is the diagonal of e^(-t L), so it does not depend on signs or bases of the eigenvectors.
 *
 * @returns [nodes, times], row-major.
 * @see Sun, Ovsjanikov, Guibas 2009, A concise and provably informative multi-scale signature based on heat diffusion.
 */
export function heatKernelSignature({ values, vectors }: Eigen, times: readonly number[]): Float64Array {
  const n = values.length
  const heat = new Float64Array(n * times.length)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      times.forEach((t, k) => {
        heat[i * times.length + k]! += Math.exp(-t * values[j]!) * vectors[i * n + j]! ** 2
      })
  return heat
}
