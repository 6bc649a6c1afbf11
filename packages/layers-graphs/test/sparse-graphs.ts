import { initialize, type Module, parametersOf } from '@equivar/nn'
import { type Input, input, type Program, program, Random, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { permuteAxis, type Symmetry, type Values } from '@equivar/verify'

export const CHANNELS = 3
export const EDGE_CHANNELS = 2

export const random = new Random({ seed: 3, stream: 'sparse graphs' })
const normal = (length: number): Float64Array => Float64Array.from({ length }, () => Math.fround(random.normal()))

/** A union of graphs: edges as [source, target], the graph of each node, and row-major features. */
export interface Sparse {
  readonly nodes: number
  readonly edges: readonly (readonly [number, number])[]
  readonly batch: readonly number[]
  readonly graphs: number
  readonly x: Float64Array
  readonly attributes: Float64Array
  readonly weights: Float64Array
}

/** A graph with these edges and random features. */
export function sparse(nodes: number, edges: readonly (readonly [number, number])[]): Sparse {
  const weights = Float64Array.from(edges, () => Math.fround(0.5 + random.uniform()))
  const [x, attributes] = [normal(nodes * CHANNELS), normal(edges.length * EDGE_CHANNELS)]
  return { nodes, edges, batch: Array(nodes).fill(0), graphs: 1, x, attributes, weights }
}

/** Random directed edges, including loops and double edges; some nodes have none. */
export function randomSparse(nodes: number, count: number): Sparse {
  const connected = Math.max(1, nodes - 2)
  return sparse(
    nodes,
    Array.from({ length: nodes === 0 ? 0 : count }, () => [random.integer(connected), random.integer(connected)] as const),
  )
}

/** The disjoint union of graphs. */
export function union(parts: readonly Sparse[]): Sparse {
  let first = 0
  const edges: (readonly [number, number])[] = []
  for (const part of parts) {
    for (const [u, v] of part.edges) edges.push([first + u, first + v])
    first += part.nodes
  }
  const joined = (key: 'x' | 'attributes' | 'weights'): Float64Array => Float64Array.from(parts.flatMap((part) => [...part[key]]))
  return {
    nodes: first,
    edges,
    batch: parts.flatMap((part, g) => Array<number>(part.nodes).fill(g)),
    graphs: parts.length,
    x: joined('x'),
    attributes: joined('attributes'),
    weights: joined('weights'),
  }
}

const real = (shape: number[], data: Float64Array): TensorValue => ({ dtype: 'float32', shape, data })
const int = (shape: number[], data: readonly number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) })

export function feedsOf({ nodes, edges, batch, graphs, x, attributes, weights }: Sparse): Record<string, TensorValue> {
  const ends = [...edges.map(([u]) => u), ...edges.map(([, v]) => v)]
  return {
    x: real([nodes, CHANNELS], x),
    edge_index: int([2, edges.length], ends),
    edge_attr: real([edges.length, EDGE_CHANNELS], attributes),
    weights: real([edges.length], weights),
    batch: int([nodes], batch),
    num_graphs: int([], [graphs]),
  }
}

/** The inputs of a sparse model, with symbolic sizes. */
export interface SparseInputs {
  readonly x: Input
  readonly edge_index: Input
  readonly edge_attr: Input
  readonly weights: Input
  readonly batch: Input
  readonly num_graphs: Input
}

export const sparseInputs = (): SparseInputs => ({
  x: input('x', 'float32', ['nodes', CHANNELS]),
  edge_index: input('edge_index', 'int64', [2, 'edges']),
  edge_attr: input('edge_attr', 'float32', ['edges', EDGE_CHANNELS]),
  weights: input('weights', 'float32', ['edges']),
  batch: input('batch', 'int64', ['nodes']),
  num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
})

/** A layer of sparse graphs. It returns a row for each node or for each graph. */
export interface SparseFamily {
  readonly name: string
  readonly module: Module
  readonly rows: 'nodes' | 'graphs'
  forward(inputs: SparseInputs): Tensor
}

const programs = new WeakMap<SparseFamily, Program>()

export function programOf(family: SparseFamily): Program {
  const inputs = sparseInputs()
  const made =
    programs.get(family) ??
    program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(family.module)) }, outputs: { y: family.forward(inputs) } })
  programs.set(family, made)
  return made
}

export const valuesOf = ({ module }: SparseFamily, seed = 1): Record<string, TensorValue> => initialize(module, seed)

/** The feeds of the graph with node i renamed to images[i] and edge e moved to edgeImages[e]. */
function renamed(feeds: Values, images: ArrayLike<number>, edgeImages: ArrayLike<number>): Values {
  const { edge_index, ...rest } = feeds
  if (edge_index === undefined) return feeds
  const ends = { ...edge_index, data: BigInt64Array.from(toNumbers(edge_index.data), (node) => BigInt(images[node] ?? 0)) }
  const moved = Object.entries(rest).map(([name, value]): [string, TensorValue] => {
    if (name === 'x' || name === 'batch') return [name, permuteAxis(value, 0, images)]
    if (name === 'edge_attr' || name === 'weights') return [name, permuteAxis(value, 0, edgeImages)]
    return [name, value]
  })
  return { ...Object.fromEntries(moved), edge_index: permuteAxis(ends, 1, edgeImages) }
}

/** Permutations of the nodes: a cycle, a swap and two random ones, each with a permutation of the edges. */
export const renamings = (rows: SparseFamily['rows']): Symmetry => ({
  name: 'permutations of the nodes and of the edges',
  elements: ({ x, edge_index }, random) => {
    const [n = 0, edges = 0] = [x?.shape[0], edge_index?.shape[1]]
    const cycle = Array.from({ length: n }, (_, i) => (i + 1) % n)
    const swap = Array.from({ length: n }, (_, i) => (i < 2 && n > 1 ? 1 - i : i))
    return [cycle, swap, random.permutation(n), random.permutation(n)].map((images) => {
      const edgeImages = random.permutation(edges)
      return {
        name: `nodes to ${Array.from(images)}, edges to ${Array.from(edgeImages)}`,
        input: (inputs) => renamed(inputs, images, edgeImages),
        output: ({ y, ...others }) => ({ ...others, ...(y && { y: rows === 'nodes' ? permuteAxis(y, 0, images) : y }) }),
      }
    })
  },
})
