import { Linear, Module } from '@equivar/nn'
import { add, type Dimension, div, equal, gather, mul, reduceSum, relu, sqrt, type Tensor, where } from '@equivar/tensor'
import { aggregate } from './aggregation.ts'
import { sourcesOf, targetsOf } from './edges.ts'

/** Settings of a SageLayer. */
export interface SageLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** `pool`: the largest of relu(x_u pool + bias), channel by channel. `mean` if left out. */
  readonly aggregation?: 'mean' | 'max' | 'sum' | 'pool'
  /** Whether each row of the output is divided by its length. */
  readonly normalize?: boolean
}

/**
 * GraphSAGE: y_v = x_v own + aggregate over edges u -> v of x_u, heard + bias.
 *
 * Law: f(P x, P edges) = P f(x, edges). Nodes without an incoming edge hear 0.
 *
 * @see Hamilton, Ying, Leskovec 2017, Inductive representation learning on large graphs, algorithm 1 and equation 3.
 */
export class SageLayer extends Module {
  readonly pool: Linear | undefined
  readonly heard: Linear
  readonly own: Linear
  readonly #aggregation: 'mean' | 'max' | 'sum' | 'pool'
  readonly #normalize: boolean

  constructor({ inChannels, outChannels, aggregation = 'mean', normalize = false }: SageLayerOptions) {
    super()
    this.pool = aggregation === 'pool' ? new Linear({ inChannels, outChannels: inChannels }) : undefined
    this.heard = new Linear({ inChannels, outChannels })
    this.own = new Linear({ inChannels, outChannels, bias: false })
    this.#aggregation = aggregation
    this.#normalize = normalize
  }

  /** @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, out]. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    const sent = this.pool === undefined ? x : relu(this.pool.forward(x))
    const how = this.#aggregation === 'pool' ? 'max' : this.#aggregation
    const heard = aggregate(gather(sent, sourcesOf(edgeIndex)), targetsOf(edgeIndex), x.shape[0] as Dimension, how)
    const y = add(this.heard.forward(heard), this.own.forward(x))
    return this.#normalize ? unitRows(y) : y
  }
}

/** Rows of length 1; a row of zeros stays, with a finite derivative. */
function unitRows(y: Tensor): Tensor {
  const squares = reduceSum(mul(y, y), { axis: -1, keepDims: true })
  return div(y, sqrt(where(equal(squares, 0), 1, squares)))
}
