import { constantOf, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type DimensionLike, div, gather, mul, segmentMean, sqrt, sub, type Tensor } from '@equivar/tensor'

/** Options of a GraphNorm. */
export interface GraphNormOptions {
  readonly channels: number
  readonly epsilon?: number
}

/**
 * With z = x - meanScale mean(x), y = scale z / sqrt(mean(z^2) + epsilon) + offset. Means are over the nodes of each graph, for each channel.
 *
 * Law: it commutes with permutations of the nodes. meanScale is learned.
 *
 * @see Cai et al. 2021, GraphNorm: a principled approach to accelerating graph neural network training.
 */
export class GraphNorm extends Module {
  readonly scale: Parameter
  readonly offset: Parameter
  readonly meanScale: Parameter
  readonly #epsilon: number

  constructor({ channels, epsilon = 1e-5 }: GraphNormOptions) {
    super()
    this.scale = parameter([channels], { initializer: constantOf(1) })
    this.offset = parameter([channels], { initializer: constantOf(0) })
    this.meanScale = parameter([channels], { initializer: constantOf(1) })
    this.#epsilon = epsilon
  }

  /** @param x - float32 [nodes, channels]. @param batch - int64 [nodes]: the graph of each node. @param graphs - the number of graphs. */
  forward(x: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    const mean = segmentMean(x, batch, graphs)
    const centred = sub(x, gather(mul(mean, this.meanScale), batch))
    const variance = segmentMean(mul(centred, centred), batch, graphs)
    const factor = div(this.scale, sqrt(add(variance, this.#epsilon)))
    return add(mul(centred, gather(factor, batch)), this.offset)
  }
}
