import { glorotUniform, Linear, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, type DimensionLike, div, equal, gather, segmentMean, segmentSum, type Tensor, unsqueeze, where } from '@equivar/tensor'
import { scaleRows } from './aggregation.ts'
import { sourcesOf, targetsOf } from './edges.ts'

/** Settings of a HypergraphLayer. */
export interface HypergraphLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  readonly bias?: boolean
}

/**
 * Hypergraph convolution: y = D^(-1) H W B^(-1) H^T x weight + bias, H the incidence of nodes and hyperedges, W the hyperedges' weights,
 * B the sizes of the hyperedges, D the weights that the hyperedges of a node add up to.
 *
 * Law: it commutes with permutations of the nodes; those of the hyperedges and of the incidences do not matter. A node without a hyperedge, or a
 * hyperedge without a node, counts as 0.
 *
 * PyTorch Geometric 2.8 has W in D only and not beside H; without weights the two are equal.
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
   * @param incidence - int64 [2, incidences]: row 0 a node, row 1 a hyperedge that has it.
   * @param hyperedges - how many hyperedges there are.
   * @param weights - float32 [hyperedges]; 1 if left out.
   * @returns float32 [nodes, out].
   */
  forward(x: Tensor, incidence: Tensor, hyperedges: DimensionLike, weights?: Tensor): Tensor {
    const [node, hyperedge] = [sourcesOf(incidence), targetsOf(incidence)]
    const nodes = x.shape[0] as DimensionLike
    const h = this.#linearFirst ? this.linear.forward(x) : x
    const means = segmentMean(gather(h, node), hyperedge, hyperedges)
    const heard =
      weights === undefined ? segmentMean(gather(means, hyperedge), node, nodes) : weightedMean(means, weights, node, hyperedge, nodes)
    const y = this.#linearFirst ? heard : this.linear.forward(heard)
    return this.bias === undefined ? y : add(y, this.bias)
  }
}

function weightedMean(means: Tensor, weights: Tensor, node: Tensor, hyperedge: Tensor, nodes: DimensionLike): Tensor {
  const total = segmentSum(gather(weights, hyperedge), node, nodes)
  const sum = segmentSum(gather(scaleRows(means, weights), hyperedge), node, nodes)
  return div(sum, unsqueeze(where(equal(total, 0), 1, total), 1))
}
