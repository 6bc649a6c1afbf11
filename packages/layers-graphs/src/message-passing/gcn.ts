import { Dropout, glorotUniform, Linear, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, type Dimension, gather, inverseRoot, relu, segmentSum, sourcesOf, type Tensor, targetsOf } from '@equivar/tensor'
import { scaleRows } from './aggregation.ts'
import { inDegrees, missingLoops } from './edges.ts'

/** Options of a GcnLayer. */
export interface GcnLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** Whether to add a self loop of weight 1 to each node without one. Default true. */
  readonly selfLoops?: boolean
  /** Whether to divide messages by the square roots of both degrees. Default true. */
  readonly normalize?: boolean
  readonly bias?: boolean
}

/**
 * Graph convolution: y = D^(-1/2) (A + I) D^(-1/2) x weight + bias, D the degrees of A + I.
 *
 * Law: f(P x, P edges) = P f(x, edges).
 *
 * @remarks Cost: one row read and one row added per edge. The diagonal and the degrees are applied once per node, and the product with the weight comes
 * before or after the sum, depending on which side has fewer channels.
 *
 * @see Kipf, Welling 2017, Semi-supervised classification with graph convolutional networks, equation 2.
 */
export class GcnLayer extends Module {
  readonly linear: Linear
  readonly bias: Parameter | undefined
  readonly #linearFirst: boolean
  readonly #selfLoops: boolean
  readonly #normalize: boolean

  constructor({ inChannels, outChannels, selfLoops = true, normalize = true, bias = true }: GcnLayerOptions) {
    super()
    this.linear = new Linear({ inChannels, outChannels, bias: false, initializer: glorotUniform() })
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
    this.#linearFirst = outChannels <= inChannels
    this.#selfLoops = selfLoops
    this.#normalize = normalize
  }

  /**
   * @param x - float32 [nodes, in].
   * @param edgeIndex - int64 [2, edges]; an undirected graph has each edge in both directions.
   * @param weights - float32 [edges]: entries of A; default 1. A node whose degree is not positive receives 0.
   * @returns float32 [nodes, out].
   */
  forward(x: Tensor, edgeIndex: Tensor, weights?: Tensor): Tensor {
    const y = this.#linearFirst
      ? this.#propagate(this.linear.forward(x), edgeIndex, weights)
      : this.linear.forward(this.#propagate(x, edgeIndex, weights))
    return this.bias === undefined ? y : add(y, this.bias)
  }

  #propagate(x: Tensor, edgeIndex: Tensor, weights: Tensor | undefined): Tensor {
    const nodes = x.shape[0] as Dimension
    const loops = this.#selfLoops ? missingLoops(edgeIndex, nodes) : undefined
    const degrees = inDegrees(edgeIndex, nodes, weights)
    const root = this.#normalize ? inverseRoot(loops === undefined ? degrees : add(degrees, loops)) : undefined
    const sent = root === undefined ? x : scaleRows(x, root)
    const read = gather(sent, sourcesOf(edgeIndex))
    const sum = segmentSum(weights === undefined ? read : scaleRows(read, weights), targetsOf(edgeIndex), nodes)
    const aggregated = loops === undefined ? sum : add(sum, scaleRows(sent, loops))
    return root === undefined ? aggregated : scaleRows(aggregated, root)
  }
}

/** Options of a Gcn. */
export interface GcnOptions {
  readonly inChannels: number
  readonly hidden?: number
  readonly outputs: number
  readonly layers?: number
  readonly dropout?: number
}

/**
 * GCN for node classification, as published: graph convolutions with relu between them and dropout before each.
 *
 * Law: permuting the nodes permutes the logits. The published model has 2 layers, 16 hidden channels and a dropout of 0.5.
 *
 * @see Kipf, Welling 2017, section 3.1.
 */
export class Gcn extends Module {
  readonly layers: GcnLayer[]
  readonly dropout: Dropout

  constructor({ inChannels, hidden = 16, outputs, layers = 2, dropout = 0.5 }: GcnOptions) {
    super()
    if (!(layers >= 1)) throw new RangeError(`Gcn: expected at least one layer, received ${layers}.`)
    const sizes = [inChannels, ...Array.from({ length: layers - 1 }, () => hidden), outputs]
    this.layers = sizes.slice(1).map((outChannels, i) => new GcnLayer({ inChannels: sizes[i] as number, outChannels }))
    this.dropout = new Dropout({ rate: dropout })
  }

  /** @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, outputs]: logits. */
  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    return this.layers.reduce((h, layer, i) => layer.forward(this.dropout.forward(i === 0 ? h : relu(h)), edgeIndex), x)
  }
}
