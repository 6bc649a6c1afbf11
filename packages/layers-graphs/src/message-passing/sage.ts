import { Linear, Module } from '@equivar/nn'
import {
  add,
  type Dimension,
  div,
  equal,
  gather,
  mul,
  reduceSum,
  relu,
  sourcesOf,
  sqrt,
  type Tensor,
  targetsOf,
  where,
} from '@equivar/tensor'
import { aggregate } from './aggregation.ts'

/** Options of a SageLayer. */
export interface SageLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** `pool`: the maximum of relu(x_u pool + bias) in each channel. Default `mean`. */
  readonly aggregation?: 'mean' | 'max' | 'sum' | 'pool'
  /** Whether to divide each row of the output by its Euclidean norm. */
  readonly normalize?: boolean
}

/**
 * GraphSAGE: y_v = x_v own + (aggregate over edges u -> v of x_u) neighbours + bias.
 *
 * Law: f(P x, P edges) = P f(x, edges). For a node without incoming edges, the aggregate is 0.
 *
 * @see Hamilton, Ying, Leskovec 2017, Inductive representation learning on large graphs, algorithm 1 and equation 3.
 */
export class SageLayer extends Module {
  readonly pool: Linear | undefined
  readonly neighbours: Linear
  readonly own: Linear
  readonly #aggregation: 'mean' | 'max' | 'sum' | 'pool'
  readonly #normalize: boolean

  constructor({ inChannels, outChannels, aggregation = 'mean', normalize = false }: SageLayerOptions) {
    super()
    this.pool = aggregation === 'pool' ? new Linear({ inChannels, outChannels: inChannels }) : undefined
    this.neighbours = new Linear({ inChannels, outChannels })
    this.own = new Linear({ inChannels, outChannels, bias: false })
    this.#aggregation = aggregation
    this.#normalize = normalize
  }

  /** @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, out]. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    const sent = this.pool === undefined ? x : relu(this.pool.forward(x))
    const how = this.#aggregation === 'pool' ? 'max' : this.#aggregation
    const aggregated = aggregate(gather(sent, sourcesOf(edgeIndex)), targetsOf(edgeIndex), x.shape[0] as Dimension, how)
    const y = add(this.neighbours.forward(aggregated), this.own.forward(x))
    return this.#normalize ? unitRows(y) : y
  }
}

/** Divides each row by its Euclidean norm. A row of zeros stays zero and has a finite derivative. */
function unitRows(y: Tensor): Tensor {
  const squares = reduceSum(mul(y, y), { axis: -1, keepDims: true })
  return div(y, sqrt(where(equal(squares, 0), 1, squares)))
}
