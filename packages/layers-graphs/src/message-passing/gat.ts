import { Dropout, glorotUniform, Linear, LOWEST, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import {
  add,
  type Dimension,
  div,
  elu,
  equal,
  exp,
  gather,
  leakyRelu,
  max,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  segmentMax,
  segmentSum,
  sourcesOf,
  stopGradient,
  sub,
  type Tensor,
  targetsOf,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { scaleRows } from './aggregation.ts'
import { missingLoops } from './edges.ts'

/** Options of a GatLayer. */
export interface GatLayerOptions {
  readonly inChannels: number
  /** Channels of each head. */
  readonly outChannels: number
  readonly heads?: number
  /** `concat`: the heads are concatenated; `mean`: they are averaged. Default `concat`. */
  readonly combine?: 'concat' | 'mean'
  readonly negativeSlope?: number
  /** Whether to add a self loop to each node without one. Default true. */
  readonly selfLoops?: boolean
  /** Dropout rate of the attention coefficients. */
  readonly dropout?: number
  readonly bias?: boolean
}

/**
 * Graph attention: y_v = sum over edges u -> v of a_uv h_u, h = x weight, a_uv the softmax over u of leakyRelu(source . h_u + target . h_v).
 *
 * Law: f(P x, P edges) = P f(x, edges). A node without incoming edges or a self loop gets the bias.
 *
 * @remarks Cost: for each edge, heads x outChannels elements are read, weighted and added. The division by the sum of weights is done once per node.
 * @throws RangeError if heads is not a whole number of 1 or more.
 * @see Velickovic et al. 2018, Graph attention networks, equations 1 to 6.
 */
export class GatLayer extends Module {
  readonly linear: Linear
  /** [heads, out]. */
  readonly source: Parameter
  /** [heads, out]. */
  readonly target: Parameter
  readonly bias: Parameter | undefined
  readonly dropout: Dropout
  readonly #options: { heads: number; outChannels: number; combine: 'concat' | 'mean'; negativeSlope: number; selfLoops: boolean }

  constructor(options: GatLayerOptions) {
    super()
    const {
      inChannels,
      outChannels,
      heads = 1,
      combine = 'concat',
      negativeSlope = 0.2,
      selfLoops = true,
      dropout = 0,
      bias = true,
    } = options
    if (!Number.isInteger(heads) || heads < 1) throw new RangeError(`GatLayer: expected 1 head or more, received ${heads}.`)
    this.linear = new Linear({ inChannels, outChannels: heads * outChannels, bias: false, initializer: glorotUniform() })
    this.source = parameter([heads, outChannels])
    this.target = parameter([heads, outChannels])
    this.bias = bias ? parameter([combine === 'concat' ? heads * outChannels : outChannels], { initializer: zerosOf }) : undefined
    this.dropout = new Dropout({ rate: dropout })
    this.#options = { heads, outChannels, combine, negativeSlope, selfLoops }
  }

  /** @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, heads x out], or [nodes, out] for `mean`. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    const { heads, outChannels, combine } = this.#options
    const nodes = x.shape[0] as Dimension
    const h = reshape(this.linear.forward(x), [nodes, heads, outChannels])
    const aggregated = this.#attend(h, edgeIndex, nodes)
    const y = combine === 'concat' ? reshape(aggregated, [nodes, heads * outChannels]) : reduceMean(aggregated, { axis: 1 })
    return this.bias === undefined ? y : add(y, this.bias)
  }

  /** @param h - [nodes, heads, out]. */
  #attend(h: Tensor, edgeIndex: Tensor, nodes: Dimension): Tensor {
    const { negativeSlope, selfLoops } = this.#options
    const [from, to] = [sourcesOf(edgeIndex), targetsOf(edgeIndex)]
    const [sent, asked] = [this.source, this.target].map((vector) => reduceSum(mul(h, vector), { axis: -1 })) as [Tensor, Tensor]
    const scores = leakyRelu(add(gather(sent, from), gather(asked, to)), negativeSlope)
    const own = leakyRelu(add(sent, asked), negativeSlope)
    const edgesTop = segmentMax(scores, to, nodes, { empty: LOWEST })
    const top = stopGradient(selfLoops ? max(edgesTop, own) : edgesTop)
    const weights = exp(sub(scores, gather(top, to)))
    const weigh = (rows: Tensor, by: Tensor): Tensor => mul(rows, unsqueeze(this.dropout.forward(by), 2))
    const sums = [segmentSum(weights, to, nodes), segmentSum(weigh(gather(h, from), weights), to, nodes)]
    if (selfLoops) {
      const ownWeights = scaleRows(exp(sub(own, top)), missingLoops(edgeIndex, nodes))
      sums[0] = add(sums[0] as Tensor, ownWeights)
      sums[1] = add(sums[1] as Tensor, weigh(h, ownWeights))
    }
    const [total, aggregated] = sums as [Tensor, Tensor]
    return div(aggregated, unsqueeze(where(equal(total, 0), 1, total), 2))
  }
}

/** Options of a Gat. */
export interface GatOptions {
  readonly inChannels: number
  /** Channels of each head of the first layer. */
  readonly hidden?: number
  readonly heads?: number
  /** Number of heads of the last layer, which are averaged. */
  readonly outputHeads?: number
  readonly outputs: number
  /** Dropout rate of the features before each layer and of the attention coefficients. */
  readonly dropout?: number
}

/**
 * GAT for node classification, as published: a layer with concatenated heads, elu, and a layer with averaged heads.
 *
 * Law: permuting the nodes permutes the logits. The published model has 8 heads of 8 channels, then 1 head, and a dropout of 0.6.
 *
 * @see Velickovic et al. 2018, section 3.3.
 */
export class Gat extends Module {
  readonly layers: readonly [GatLayer, GatLayer]
  readonly dropout: Dropout

  constructor({ inChannels, hidden = 8, heads = 8, outputHeads = 1, outputs, dropout = 0.6 }: GatOptions) {
    super()
    this.layers = [
      new GatLayer({ inChannels, outChannels: hidden, heads, dropout }),
      new GatLayer({ inChannels: heads * hidden, outChannels: outputs, heads: outputHeads, combine: 'mean', dropout }),
    ]
    this.dropout = new Dropout({ rate: dropout })
  }

  /** @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, outputs]: logits. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    const [first, second] = this.layers
    const h = elu(first.forward(this.dropout.forward(x), edgeIndex))
    return second.forward(this.dropout.forward(h), edgeIndex)
  }
}
