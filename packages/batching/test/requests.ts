import { elementCount, Random, type TensorValue, tensorValue } from '@equivar/tensor'

type Values = Record<string, TensorValue>

export const drawn = (random: Random, shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: elementCount(shape) }, () => random.normal()),
  )

export const below = (random: Random, limit: number): number => Math.floor(random.uniform() * limit)

/** A random mask with about a quarter of the elements missing. */
const maskOf = (random: Random, shape: readonly number[]): TensorValue =>
  tensorValue(
    'bool',
    shape,
    Array.from({ length: elementCount(shape) }, () => random.uniform() < 0.75),
  )

/** Sets of up to six elements. Some sets are empty, some requests hold no sets, some have no mask. */
export function setRequest(seed: number, element: readonly number[] = [3]): Values {
  const random = new Random({ seed, stream: 'sets' })
  const shape = [below(random, 4), below(random, 7)]
  const x = drawn(random, [...shape, ...element])
  return random.uniform() < 0.3 ? { x } : { x, mask: maskOf(random, shape) }
}

export function denseRequest(seed: number): Values {
  const random = new Random({ seed, stream: 'dense' })
  const [batch, n] = [below(random, 4), below(random, 7)]
  return { x: drawn(random, [batch, n, 2]), adj: drawn(random, [batch, n, n]), mask: maskOf(random, [batch, n]) }
}

/** Random graphs. The nodes of a graph need not be contiguous. */
export function sparseGraphs(
  random: Random,
  { graphs, nodes, edges }: { readonly graphs: number; readonly nodes: number; readonly edges: number },
): Values {
  return {
    x: drawn(random, [nodes, 4]),
    edge_index: tensorValue(
      'int64',
      [2, edges],
      Array.from({ length: 2 * edges }, () => below(random, nodes)),
    ),
    batch: tensorValue(
      'int64',
      [nodes],
      Array.from({ length: nodes }, () => below(random, graphs)),
    ),
    num_graphs: tensorValue('int64', [], [graphs]),
  }
}

/** Up to three graphs. Some have no nodes, many have no edges. */
export function sparseRequest(seed: number): Values {
  const random = new Random({ seed, stream: 'sparse' })
  const [graphs, nodes] = [1 + below(random, 3), below(random, 7)]
  return sparseGraphs(random, { graphs, nodes, edges: nodes === 0 ? 0 : below(random, 9) })
}

export function nodeRequest(seed: number): Values {
  const { x, edge_index } = sparseRequest(seed)
  return { x, edge_index } as Values
}

export function imageRequest(seed: number): Values {
  const random = new Random({ seed, stream: 'images' })
  return { x: drawn(random, [below(random, 4), 1, 12, 12]) }
}
