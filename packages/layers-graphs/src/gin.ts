import { BatchNorm, constantOf, Dropout, Linear, Mlp, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type DimensionLike, mul, relu, segmentSum, type Tensor } from '@equivar/tensor'
import { sumOfNeighbours } from './message-passing/edges.ts'

/** Options of a GinLayer. */
export interface GinLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** Whether epsilon is learned; otherwise it is 0 (GIN-0). */
  readonly learnEpsilon?: boolean
  /** Number of layers of the MLP. */
  readonly depth?: number
  /** Channels of the MLP's hidden layers; default `outChannels`. */
  readonly hidden?: number
  /** Normalization before each activation of the MLP; default `batch`, as published. */
  readonly norm?: 'batch' | 'layer' | 'none'
}

/**
 * Graph isomorphism layer: y_v = MLP((1 + epsilon) x_v + sum over neighbours u of x_u).
 *
 * Law: f(P x, P edges) = P f(x, edges). It separates at most what colour refinement (1-WL) separates.
 *
 * @see Xu, Hu, Leskovec, Jegelka 2019, How powerful are graph neural networks?
 */
export class GinLayer extends Module {
  readonly epsilon: Parameter | undefined
  readonly mlp: Mlp

  constructor({ inChannels, outChannels, learnEpsilon = false, depth = 2, hidden = outChannels, norm = 'batch' }: GinLayerOptions) {
    super()
    this.epsilon = learnEpsilon ? parameter([], { initializer: constantOf(0) }) : undefined
    const channels = [inChannels, ...Array.from({ length: depth - 1 }, () => hidden), outChannels]
    this.mlp = new Mlp(norm === 'none' ? { channels } : { channels, norm })
  }

  /** @param x - float32 [nodes, ..., in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, ..., out]. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    const own = this.epsilon === undefined ? x : mul(x, add(this.epsilon, 1))
    return this.mlp.forward(add(own, sumOfNeighbours(x, edgeIndex)))
  }
}

/** Options of a Gin. */
export interface GinOptions {
  readonly inChannels: number
  readonly hidden?: number
  readonly outputs: number
  /** Number of message-passing layers. */
  readonly layers?: number
  readonly dropout?: number
  readonly learnEpsilon?: boolean
}

/**
 * GIN for whole graphs: layers with batch norm and relu; sum readouts of the input and of every layer, each with a linear head; the heads are summed.
 *
 * Law: invariant to the order of the nodes and of the edges. The published model has 4 layers, MLPs of depth 2 and 64 channels.
 */
export class Gin extends Module {
  readonly layers: GinLayer[]
  readonly norms: BatchNorm[]
  readonly heads: Linear[]
  readonly dropout: Dropout

  constructor({ inChannels, hidden = 64, outputs, layers = 4, dropout = 0.5, learnEpsilon = false }: GinOptions) {
    super()
    const sizes = [inChannels, ...Array.from({ length: layers }, () => hidden)]
    this.layers = sizes.slice(1).map((outChannels, i) => new GinLayer({ inChannels: sizes[i] as number, outChannels, learnEpsilon }))
    this.norms = this.layers.map(() => new BatchNorm({ channels: hidden }))
    this.heads = sizes.map((size) => new Linear({ inChannels: size, outChannels: outputs }))
    this.dropout = new Dropout({ rate: dropout })
  }

  /**
   * @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @param batch - int64 [nodes]: the graph of each node.
   * @param graphs - the number of graphs.
   * @returns float32 [graphs, outputs].
   */
  forward(x: Tensor, edgeIndex: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    const read = (h: Tensor, k: number): Tensor => this.dropout.forward((this.heads[k] as Linear).forward(segmentSum(h, batch, graphs)))
    let h = x
    let logits = read(h, 0)
    this.layers.forEach((layer, k) => {
      h = relu((this.norms[k] as BatchNorm).forward(layer.forward(h, edgeIndex)))
      logits = add(logits, read(h, k + 1))
    })
    return logits
  }
}
