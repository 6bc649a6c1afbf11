import { Module } from '@equivar/nn'
import {
  add,
  type Dimension,
  div,
  expand,
  mod,
  mul,
  printShape,
  product,
  range,
  reshape,
  ShapeError,
  sizeOf,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'
import { callLayer, type ElementInput, type ElementModule } from './elements.ts'

/**
 * An element layer from a layer of sparse graphs, which gets the disjoint union of all elements as one graph.
 *
 * Create its edges with `edgesOfAll` or `edgesOfEach`.
 */
export class GraphElements extends Module {
  readonly layer: ElementModule

  /** @param options - `layer`: a layer of nodes [nodes, channels] and further inputs, such as edges [2, edges]. */
  constructor({ layer }: { readonly layer: ElementModule }) {
    super()
    this.layer = layer
  }

  /** @param x - float32 [elements, n, in]. @param further - the edges between the nodes of all elements, and other inputs of the layer. @returns float32 [elements, n, out]. */
  forward(x: Tensor, ...further: Tensor[]): Tensor {
    if (x.rank !== 3) throw new ShapeError('GraphElements.forward', 'x [elements, n, channels]', printShape(x.shape))
    const [elements, n, channels] = x.shape as [Dimension, Dimension, Dimension]
    const y = callLayer(this.layer, reshape(x, [product([elements, n]), channels]), further)
    return reshape(y, [elements, n, ...y.shape.slice(1)])
  }
}

const sizes = (where: string, x: Tensor): [Dimension, Dimension, Dimension] => {
  if (x.rank !== 4) throw new ShapeError(where, 'x [batch, set, n, channels]', printShape(x.shape))
  return x.shape.slice(0, 3) as [Dimension, Dimension, Dimension]
}

/** The edges of a disjoint union of `count` copies of a graph with n nodes. */
function copies(edgeIndex: Tensor, count: Dimension, n: Dimension): Tensor {
  const edges = edgeIndex.shape[1] as Dimension
  const offsets = reshape(mul(range(count), sizeOf(n)), [1, count, 1])
  return reshape(add(unsqueeze(edgeIndex, 1), offsets), [2, product([count, edges])])
}

/**
 * The edges of a graph that all elements share, as an input of GraphElements.
 *
 * @param edgeIndex - int64 [2, edges], between nodes 0 to n - 1.
 * @param x - [batch, set, n, channels].
 * @example dss.forward(x, mask, edgesOfAll(edgeIndex, x))
 */
export function edgesOfAll(edgeIndex: Tensor, x: Tensor): ElementInput {
  const [batch, set, n] = sizes('edgesOfAll', x)
  return { own: copies(edgeIndex, product([batch, set]), n), shared: copies(edgeIndex, batch, n) }
}

/** Attributes of the edges of a graph that all elements share. @param edgeAttributes - [edges, channels]. @param x - [batch, set, n, channels]. */
export function attributesOfAll(edgeAttributes: Tensor, x: Tensor): ElementInput {
  const [batch, set] = sizes('attributesOfAll', x)
  const repeated = (count: Dimension): Tensor => {
    const [edges, ...channels] = edgeAttributes.shape as [Dimension, ...Dimension[]]
    return reshape(expand(unsqueeze(edgeAttributes, 0), [count, edges, ...channels]), [product([count, edges]), ...channels])
  }
  return { own: repeated(product([batch, set])), shared: repeated(batch) }
}

/**
 * The edges of elements with the same nodes, but each with its own edges. The shared layer gets the edges of all elements together, which is the sum of
 * their adjacencies. Missing elements must have no edges.
 *
 * @param edgeIndex - int64 [2, edges]; node v of element i of set b has the index (b * set + i) * n + v.
 * @param x - [batch, set, n, channels].
 */
export function edgesOfEach(edgeIndex: Tensor, x: Tensor): ElementInput {
  const [, set, n] = sizes('edgesOfEach', x)
  const node = mod(edgeIndex, sizeOf(n))
  return { own: edgeIndex, shared: add(mul(div(edgeIndex, sizeOf(product([set, n]))), sizeOf(n)), node) }
}
