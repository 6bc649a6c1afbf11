import { glorotUniform, Linear, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import {
  add,
  type DimensionLike,
  div,
  equal,
  gather,
  segmentMean,
  segmentSum,
  sourcesOf,
  type Tensor,
  targetsOf,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { scaleRows } from './aggregation.ts'

/** Options of a HypergraphLayer. */
export interface HypergraphLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  readonly bias?: boolean
}

/**
 * Hypergraph convolution: y = D^(-1) H W B^(-1) H^T x weight + bias, with H the incidence matrix of nodes and hyperedges, W the weights of the
 * hyperedges, B their sizes, and D the sum of the weights of the hyperedges of each node.
 *
 * Law: it commutes with permutations of the nodes and is invariant to permutations of the hyperedges and of the incidences. A node without a hyperedge
 * receives 0, and a hyperedge without nodes sends 0.
 *
 * PyTorch Geometric 2.8 uses W in D only, not after H; without weights both agree.
 *
 * @see Bai, Zhang, Torr 2021, Hypergraph convolution and hypergraph attention, equation 7; Feng et al. 2019, HGNN.
 */
export class HypergraphLayer extends Module {
  readonly linear: Linear
  readonly bias: Parameter | undefined
  readonly #linearFirst: boolean

  constructor({ inChannels, outChannels, bias = true }: HypergraphLayerOptions) {
    super()
    this.linear = new Linear({ inChannels, outChannels, bias: false, initializer: glorotUniform() })
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
    this.#linearFirst = outChannels <= inChannels
  }

  /**
   * @param x - float32 [nodes, in].
   * @param incidence - int64 [2, incidences]: row 0 a node, row 1 a hyperedge that contains it.
   * @param hyperedges - the number of hyperedges.
   * @param weights - float32 [hyperedges]; default 1.
   * @returns float32 [nodes, out].
   */
  forward(x: Tensor, incidence: Tensor, hyperedges: DimensionLike, weights?: Tensor): Tensor {
    const [node, hyperedge] = [sourcesOf(incidence), targetsOf(incidence)]
    const nodes = x.shape[0] as DimensionLike
    const h = this.#linearFirst ? this.linear.forward(x) : x
    const means = segmentMean(gather(h, node), hyperedge, hyperedges)
    const aggregated =
      weights === undefined ? segmentMean(gather(means, hyperedge), node, nodes) : weightedMean(means, weights, node, hyperedge, nodes)
    const y = this.#linearFirst ? aggregated : this.linear.forward(aggregated)
    return this.bias === undefined ? y : add(y, this.bias)
  }
}

function weightedMean(means: Tensor, weights: Tensor, node: Tensor, hyperedge: Tensor, nodes: DimensionLike): Tensor {
  const total = segmentSum(gather(weights, hyperedge), node, nodes)
  const sum = segmentSum(gather(scaleRows(means, weights), hyperedge), node, nodes)
  return div(sum, unsqueeze(where(equal(total, 0), 1, total), 1))
}
