import { demandGraph, type TaggedGraph } from '../graph.ts'
import { type Eigen, symmetricEigen } from './symmetric-eigen.ts'

/** Which eigenvectors of which Laplacian. */
export interface LaplacianOptions {
  /** `symmetric`: I - D^(-1/2) A D^(-1/2); `none`: D - A. `symmetric` if left out. */
  readonly normalization?: 'symmetric' | 'none'
}

/**
 * Eigenvalues, ascending, and eigenvectors of the Laplacian of a graph, on the host.
 *
 * What is equivariant: the values are invariant. A vector of a simple eigenvalue moves with the nodes, but its sign is arbitrary; of a repeated
 * eigenvalue only the space that its vectors span moves with the nodes. So feed vectors to nothing but what does not see signs (`SignNet`, or
 * absolute values), and where eigenvalues repeat to nothing but what depends on the space (`heatKernelSignature`).
 *
 * @param graph - undirected; of a directed one (A + A^T) / 2 is taken. A node without an edge has a row of zeros.
 * @throws RangeError if an edge ends at a node that is not there.
 * @remarks Cost O(nodes^3), see `symmetricEigen`: for graphs of some hundred nodes.
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

/** Columns `from` to `from + count - 1` of [n, n] eigenvectors as [n, count], row-major, to be fed as node features; 0 where there are fewer. */
export function eigenvectorFeatures({ values, vectors }: Eigen, { from = 1, count }: { from?: number; count: number }): Float64Array {
  const n = values.length
  return Float64Array.from({ length: n * count }, (_, at) => {
    const [node, column] = [Math.floor(at / count), from + (at % count)]
    return column < n ? vectors[node * n + column]! : 0
  })
}

/**
 * For each node and time t the sum over eigenvalues of e^(-t value) times the vector's entry squared: the heat that stays where it was put.
 *
 * Law: permuting the nodes permutes the rows, exactly, whatever signs and bases the eigenvectors have: it is the diagonal of e^(-t L).
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
