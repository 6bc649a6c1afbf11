import { Linear, Mlp, Module } from '@equivar/nn'
import { concat, type DimensionLike, max, ShapeError, type Tensor } from '@equivar/tensor'
import { type Aggregation, aggregate, aggregationsOf, segmentAttention } from './aggregation.ts'

/**
 * Pools the nodes of each graph by one aggregation, or by several, concatenated.
 *
 * Law: f(P x, P batch) = f(x, batch). A graph without nodes gives 0.
 *
 * @throws RangeError if an aggregation is unknown, or there is none.
 * @example new Readout({ aggregation: ['mean', 'max'] })
 */
export class Readout extends Module {
  readonly #aggregation: readonly Aggregation[]

  constructor({ aggregation = 'sum' }: { readonly aggregation?: Aggregation | readonly Aggregation[] } = {}) {
    super()
    this.#aggregation = aggregationsOf('Readout', aggregation)
  }

  /**
   * @param x - float32 [nodes, channels]. @param batch - int64 [nodes]: the graph of each node. @param graphs - the number of graphs.
   * @returns float32 [graphs, channels x aggregations].
   */
  forward(x: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    return aggregate(x, batch, graphs, this.#aggregation)
  }
}

/** Options of an AttentionReadout. */
export interface AttentionReadoutOptions {
  readonly inChannels: number
  /** Channels of the hidden layers of the gate; default: none, a linear gate. */
  readonly hidden?: readonly number[]
  /** Channels of `value`, a linear layer; default: value(x) = x. */
  readonly outChannels?: number
}

/**
 * The sum over the nodes of a graph of softmax(gate(x)) value(x), where the softmax is over the nodes of the graph.
 *
 * Law: f(P x, P batch) = f(x, batch). A graph without nodes gives 0.
 *
 * @see Li et al. 2016, Gated graph sequence neural networks, section 5.3; Li et al. 2019, Graph matching networks, equation 3.
 */
export class AttentionReadout extends Module {
  readonly gate: Mlp
  readonly value: Linear | undefined

  constructor({ inChannels, hidden = [], outChannels }: AttentionReadoutOptions) {
    super()
    this.gate = new Mlp({ channels: [inChannels, ...hidden, 1] })
    this.value = outChannels === undefined ? undefined : new Linear({ inChannels, outChannels })
  }

  /** @param x - float32 [nodes, in]. @param batch - int64 [nodes]. @param graphs - the number of graphs. @returns float32 [graphs, in or out]. */
  forward(x: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    return segmentAttention(this.value === undefined ? x : this.value.forward(x), this.gate.forward(x), batch, graphs)
  }
}

/**
 * Combines the outputs of all layers: their concatenation, their maximum in each channel, or the last one.
 *
 * Law: it commutes with permutations of the nodes.
 *
 * @see Xu et al. 2018, Representation learning on graphs with jumping knowledge networks, section 4.
 */
export class JumpingKnowledge extends Module {
  readonly #how: 'concat' | 'max' | 'last'

  constructor({ how = 'concat' }: { readonly how?: 'concat' | 'max' | 'last' } = {}) {
    super()
    this.#how = how
  }

  /** @param layers - float32 [nodes, channels] each, with equal channels for `max`. @throws ShapeError if there is no layer. */
  forward(layers: readonly Tensor[]): Tensor {
    const last = layers.at(-1)
    if (last === undefined) throw new ShapeError('JumpingKnowledge.forward', 'the output of at least one layer', 'none')
    if (this.#how === 'last') return last
    return this.#how === 'concat' ? concat(layers, -1) : layers.reduce((a, b) => max(a, b))
  }
}
