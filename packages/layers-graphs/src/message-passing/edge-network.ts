import { type ActivationName, Linear, Mlp, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import {
  add,
  concat,
  type Dimension,
  gather,
  matMul,
  mul,
  ones,
  reshape,
  sourcesOf,
  type Tensor,
  targetsOf,
  times,
  unsqueeze,
} from '@equivar/tensor'
import { aggregate } from './aggregation.ts'

/** Options of an EdgeNetworkLayer. */
export interface EdgeNetworkLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  readonly edgeChannels: number
  /** Channels of the hidden layers of W, the network from edge features to a matrix; default: none. */
  readonly hidden?: readonly number[]
  readonly activation?: ActivationName
  readonly aggregation?: 'sum' | 'mean' | 'max'
  /** Whether to add the node's own features, multiplied by a learned matrix. Default true. */
  readonly root?: boolean
}

/**
 * Message passing with a matrix for each edge: y_v = x_v root + aggregate over edges u -> v of x_u W(e_uv) + bias, where W is a network.
 *
 * Law: f(P x, P edges) = P f(x, edges).
 *
 * The last layer of W is linear, so x_u W(e) is a linear map of the outer product of x_u and the hidden features of e. The in x out matrix of an edge
 * is never stored, and for sum and mean the map is applied after the aggregation, once per node.
 *
 * @remarks Memory: in x (hidden + 1) elements per edge.
 * @see Gilmer et al. 2017, Neural message passing for quantum chemistry, "edge network"; Simonovsky, Komodakis 2017.
 */
export class EdgeNetworkLayer extends Module {
  readonly features: Mlp | undefined
  /** [edgeChannels or last hidden, in x out]. */
  readonly network: Linear
  readonly root: Linear | undefined
  readonly bias: Parameter
  readonly #options: { inChannels: number; outChannels: number; aggregation: 'sum' | 'mean' | 'max' }

  constructor(options: EdgeNetworkLayerOptions) {
    super()
    const { inChannels, outChannels, edgeChannels, hidden = [], activation = 'relu', aggregation = 'sum', root = true } = options
    this.features = hidden.length > 0 ? new Mlp({ channels: [edgeChannels, ...hidden], activation, finalActivation: true }) : undefined
    this.network = new Linear({ inChannels: hidden.at(-1) ?? edgeChannels, outChannels: inChannels * outChannels })
    this.root = root ? new Linear({ inChannels, outChannels, bias: false }) : undefined
    this.bias = parameter([outChannels], { initializer: zerosOf })
    this.#options = { inChannels, outChannels, aggregation }
  }

  /**
   * @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @param attributes - float32 [edges, edgeChannels].
   * @returns float32 [nodes, out].
   */
  forward(x: Tensor, edgeIndex: Tensor, attributes: Tensor): Tensor {
    const { inChannels, outChannels, aggregation } = this.#options
    const [nodes, edges] = [x.shape[0] as Dimension, edgeIndex.shape[1] as Dimension]
    const given = this.features === undefined ? attributes : this.features.forward(attributes)
    const hidden = concat([given, ones([edges, 1])], 1)
    const pairs = mul(unsqueeze(hidden, 2), unsqueeze(gather(x, sourcesOf(edgeIndex)), 1))
    const width = times(hidden.shape[1] as Dimension, inChannels)
    const { weight, bias } = this.network
    const matrix = reshape(concat([weight, unsqueeze(bias as Parameter, 0)], 0), [width, outChannels])
    const outer = reshape(pairs, [edges, width])
    const messages = aggregation === 'max' ? matMul(outer, matrix) : outer
    const aggregated = aggregate(messages, targetsOf(edgeIndex), nodes, aggregation)
    const y = add(aggregation === 'max' ? aggregated : matMul(aggregated, matrix), this.bias)
    return this.root === undefined ? y : add(y, this.root.forward(x))
  }
}
