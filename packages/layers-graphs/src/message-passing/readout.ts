import { Linear, Mlp, Module } from '@equivar/nn'
import { concat, type DimensionLike, max, ShapeError, type Tensor } from '@equivar/tensor'
import { type Aggregation, aggregate, aggregationsOf, segmentAttention } from './aggregation.ts'

/**
 * The nodes of each graph as one vector: their sum, mean, largest, ..., or several of these beside each other.
 *
 * Law: f(P x, P batch) = f(x, batch). A graph without nodes gets 0.
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
   * @param x - float32 [nodes, channels]. @param batch - int64 [nodes]: the graph of each node. @param graphs - how many there are.
   * @returns float32 [graphs, channels x aggregations].
   */
  forward(x: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    return aggregate(x, batch, graphs, this.#aggregation)
  }
}

/** Settings of an AttentionReadout. */
export interface AttentionReadoutOptions {
  readonly inChannels: number
  /** Sizes of the hidden layers of the gate; none if left out, so that it is linear. */
  readonly hidden?: readonly number[]
  /** If given, features go through a linear layer to so many channels first. */
  readonly outChannels?: number
}

/**
 * Sum over the nodes of a graph of softmax(gate(x)) value(x), the softmax over the nodes of the graph.
 *
 * Law: f(P x, P batch) = f(x, batch). A graph without nodes gets 0.
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

  /** @param x - float32 [nodes, in]. @param batch - int64 [nodes]. @param graphs - how many graphs there are. @returns float32 [graphs, in or out]. */
  forward(x: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    return segmentAttention(this.value === undefined ? x : this.value.forward(x), this.gate.forward(x), batch, graphs)
  }
}

/**
 * The outputs of all layers as one: beside each other, the largest channel by channel, or the last alone.
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

  /** @param layers - float32 [nodes, channels] each, of the same channels for `max`. @throws ShapeError if there is no layer. */
  forward(layers: readonly Tensor[]): Tensor {
    const last = layers.at(-1)
    if (last === undefined) throw new ShapeError('JumpingKnowledge.forward', 'the output of at least one layer', 'none')
    if (this.#how === 'last') return last
    return this.#how === 'concat' ? concat(layers, -1) : layers.reduce((a, b) => max(a, b))
  }
}
