import { Module } from '@equivar/nn'
import {
  concat,
  type Dimension,
  type DimensionLike,
  gather,
  mul,
  ones,
  printShape,
  ShapeError,
  sameShape,
  type Tensor,
  zeros,
} from '@equivar/tensor'
import { type Aggregation, aggregate, aggregationsOf, scaleRows, segmentAttention } from './aggregation.ts'
import { inDegrees, inverseRoot, sourcesOf, targetsOf, withSelfLoops } from './edges.ts'

/** What an edge knows. */
export interface EdgeContext {
  /** float32 [edges, ...]: features of the node that it leaves. */
  readonly source: Tensor
  /** float32 [edges, ...]: features of the node that it leads to. */
  readonly target: Tensor
  /** float32 [edges, ...]: its own features, if the graph has any. */
  readonly attributes: Tensor | undefined
}

/** What a node knows when the messages have come. */
export interface NodeContext {
  /** float32 [nodes, ...]: its own features. */
  readonly own: Tensor
  /** float32 [nodes, ...]: its messages, aggregated. */
  readonly heard: Tensor
}

/** A function of expressions, or a module whose `forward` is one. */
export type Part<Context> = ((context: Context) => Tensor) | (Module & { forward(context: Context): Tensor })

/** Settings of a MessagePassing. */
export interface MessagePassingOptions {
  /** What an edge says, float32 [edges, ...]; the features of its source if left out. */
  readonly message?: Part<EdgeContext>
  /** How the messages to a node become one; several stand beside each other on the last axis. `sum` if left out. */
  readonly aggregation?: Aggregation | readonly Aggregation[]
  /** Scores, float32 [edges, ...] that broadcast to the messages: these are weighted with their softmax over the edges to a node, and summed. */
  readonly attention?: Part<EdgeContext>
  /** What becomes of a node; what it heard if left out. */
  readonly update?: Part<NodeContext>
  /** Whether every node hears itself too, over an added edge of weight 1 whose attributes are 0. */
  readonly selfLoops?: boolean
  /** `symmetric`: a message is divided by the root of the degree of its source times the degree of its target. */
  readonly normalization?: 'none' | 'symmetric'
}

/** Features of two kinds of nodes, with edges from the first to the second. */
export interface BipartiteFeatures {
  /** float32 [sources, ...]. */
  readonly source: Tensor
  /** float32 [targets, ...]. */
  readonly target: Tensor
}

/** What edges carry. */
export interface EdgeInputs {
  /** float32 [edges, ...]: features, for the message and the attention. */
  readonly attributes?: Tensor
  /** float32 [edges]: factors of the messages, counted in the degrees too. */
  readonly weights?: Tensor
}

const call = <Context>(part: Part<Context>, context: Context): Tensor =>
  typeof part === 'function' ? part(context) : part.forward(context)

/**
 * Message passing on a sparse graph: y_v = update(x_v, aggregate over edges u -> v of message(x_u, x_v, e_uv)).
 *
 * Law: f(P x, P edges) = P f(x, edges) for every permutation P of the nodes, and the order of the edges does not matter, whatever message
 * and update are. What it tells apart, colour refinement does. Nodes without an incoming edge hear 0.
 *
 * @remarks Cost: a row read and a row added for each edge. Without a message no copy of the edges' features is changed on the way.
 * @throws RangeError if an aggregation is unknown, or attention is asked for with another aggregation than sum.
 * @see Gilmer et al. 2017, Neural message passing for quantum chemistry.
 * @example new MessagePassing({ message: ({ source, target }) => relu(sub(source, target)), aggregation: ['mean', 'max'] })
 */
export class MessagePassing extends Module {
  readonly message: Part<EdgeContext> | undefined
  readonly attention: Part<EdgeContext> | undefined
  readonly update: Part<NodeContext> | undefined
  readonly #aggregation: readonly Aggregation[]
  readonly #selfLoops: boolean
  readonly #symmetric: boolean

  constructor(options: MessagePassingOptions = {}) {
    super()
    const { message, attention, update, aggregation = 'sum', selfLoops = false, normalization = 'none' } = options
    this.message = message
    this.attention = attention
    this.update = update
    this.#aggregation = aggregationsOf('MessagePassing', aggregation)
    this.#selfLoops = selfLoops
    this.#symmetric = normalization === 'symmetric'
    if (attention !== undefined && this.#aggregation.join() !== 'sum') {
      throw new RangeError(`MessagePassing: expected aggregation sum beside attention, received ${this.#aggregation.join(', ')}.`)
    }
  }

  /**
   * @param x - float32 [nodes, channels], or the features of two kinds of nodes.
   * @param edgeIndex - int64 [2, edges]: row 0 the source, row 1 the target of each edge.
   * @returns float32 [nodes, ...], or [targets, ...].
   * @throws ShapeError if self loops are asked for between two kinds of nodes.
   */
  forward(x: Tensor | BipartiteFeatures, edgeIndex: Tensor, edges: EdgeInputs = {}): Tensor {
    const { source, target } = 'source' in x ? x : { source: x, target: x }
    const { index, attributes, weights } = this.#selfLoops ? looped(edgeIndex, source, target, edges) : { index: edgeIndex, ...edges }
    const [from, to] = [sourcesOf(index), targetsOf(index)]
    const nodes = target.shape[0] as DimensionLike
    const context = { source: gather(source, from), target: gather(target, to), attributes }
    const plain = this.message === undefined ? context.source : call(this.message, context)
    const factors = this.#symmetric ? symmetricFactors(index, source, target, weights) : weights
    const messages = factors === undefined ? plain : scaleRows(plain, factors)
    const heard =
      this.attention === undefined
        ? aggregate(messages, to, nodes, this.#aggregation)
        : segmentAttention(messages, call(this.attention, context), to, nodes)
    return this.update === undefined ? heard : call(this.update, { own: target, heard })
  }
}

/** weight / sqrt(degree of the source x degree of the target); of two kinds of nodes the sources' degrees are counted at the edges that leave. */
function symmetricFactors(index: Tensor, source: Tensor, target: Tensor, weights: Tensor | undefined): Tensor {
  const [from, to] = [sourcesOf(index), targetsOf(index)]
  const ending = inverseRoot(inDegrees(index, target.shape[0] as DimensionLike, weights))
  const leaving =
    source === target ? ending : inverseRoot(aggregate(weights ?? ones(from.shape), from, source.shape[0] as Dimension, 'sum'))
  const factors = mul(gather(leaving, from), gather(ending, to))
  return weights === undefined ? factors : mul(factors, weights)
}

/** The edges with one from each node to itself behind them. */
function looped(edgeIndex: Tensor, source: Tensor, target: Tensor, { attributes, weights }: EdgeInputs): EdgeInputs & { index: Tensor } {
  const nodes = target.shape[0] as Dimension
  if (source !== target && !sameShape([source.shape[0] as Dimension], [nodes])) {
    throw new ShapeError(
      'MessagePassing.forward',
      'as many sources as targets, because self loops are asked for',
      `${printShape(source.shape)} and ${printShape(target.shape)}`,
      'Leave selfLoops out.',
    )
  }
  return {
    index: withSelfLoops(edgeIndex, nodes),
    ...(attributes === undefined
      ? {}
      : { attributes: concat([attributes, zeros([nodes, ...attributes.shape.slice(1)], attributes.dtype)], 0) }),
    ...(weights === undefined ? {} : { weights: concat([weights, ones([nodes], weights.dtype)], 0) }),
  }
}
