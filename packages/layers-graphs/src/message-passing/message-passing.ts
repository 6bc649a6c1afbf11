import { Module } from '@equivar/nn'
import {
  concat,
  type Dimension,
  type DimensionLike,
  gather,
  inverseRoot,
  mul,
  ones,
  printShape,
  ShapeError,
  sameShape,
  sourcesOf,
  type Tensor,
  targetsOf,
  zeros,
} from '@equivar/tensor'
import { type Aggregation, aggregate, aggregationsOf, scaleRows, segmentAttention } from './aggregation.ts'
import { inDegrees, withSelfLoops } from './edges.ts'

/** Arguments of a message and of an attention score. */
export interface EdgeContext {
  /** float32 [edges, ...]: features of the source of each edge. */
  readonly source: Tensor
  /** float32 [edges, ...]: features of the target of each edge. */
  readonly target: Tensor
  /** float32 [edges, ...]: features of the edges, if the graph has any. */
  readonly attributes: Tensor | undefined
}

/** Arguments of an update. */
export interface NodeContext {
  /** float32 [nodes, ...]: features of the nodes. */
  readonly own: Tensor
  /** float32 [nodes, ...]: aggregated messages. */
  readonly aggregated: Tensor
}

/** A function of expressions, or a module with such a `forward`. */
export type Part<Context> = ((context: Context) => Tensor) | (Module & { forward(context: Context): Tensor })

/** Options of a MessagePassing. */
export interface MessagePassingOptions {
  /** The message of each edge, float32 [edges, ...]; default: the features of its source. */
  readonly message?: Part<EdgeContext>
  /** Aggregation of the messages to a node, or several, concatenated along the last axis. Default `sum`. */
  readonly aggregation?: Aggregation | readonly Aggregation[]
  /** Attention scores, float32 [edges, ...] that broadcast to the messages. The messages to a node are summed with the softmax of the scores as weights. */
  readonly attention?: Part<EdgeContext>
  /** The new features of a node; default: the aggregated messages. */
  readonly update?: Part<NodeContext>
  /** Whether to add a self loop of weight 1 to every node. Its attributes are 0. */
  readonly selfLoops?: boolean
  /** `symmetric`: a message is divided by sqrt(degree of its source * degree of its target). */
  readonly normalization?: 'none' | 'symmetric'
}

/** Node features of a bipartite graph, with edges from sources to targets. */
export interface BipartiteFeatures {
  /** float32 [sources, ...]. */
  readonly source: Tensor
  /** float32 [targets, ...]. */
  readonly target: Tensor
}

/** Inputs of the edges. */
export interface EdgeInputs {
  /** float32 [edges, ...]: features for the message and the attention. */
  readonly attributes?: Tensor
  /** float32 [edges]: factors of the messages. Degrees are sums of weights. */
  readonly weights?: Tensor
}

const call = <Context>(part: Part<Context>, context: Context): Tensor =>
  typeof part === 'function' ? part(context) : part.forward(context)

/**
 * Message passing on a sparse graph: y_v = update(x_v, aggregate over edges u -> v of message(x_u, x_v, e_uv)).
 *
 * Law: f(P x, P edges) = P f(x, edges) for every permutation P of the nodes, every message and every update; the order of the edges does not matter. It
 * separates at most what colour refinement separates. Nodes without an incoming edge receive 0.
 *
 * @remarks Cost: one row read and one row added per edge.
 * @throws RangeError if an aggregation is unknown, or attention is combined with an aggregation other than sum.
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
      throw new RangeError(`MessagePassing: expected aggregation sum with attention, received ${this.#aggregation.join(', ')}.`)
    }
  }

  /**
   * @param x - float32 [nodes, channels], or the features of a bipartite graph.
   * @param edgeIndex - int64 [2, edges]: row 0 the source, row 1 the target of each edge.
   * @returns float32 [nodes, ...], or [targets, ...].
   * @throws ShapeError if selfLoops is set for a bipartite graph with different numbers of sources and targets.
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
    const aggregated =
      this.attention === undefined
        ? aggregate(messages, to, nodes, this.#aggregation)
        : segmentAttention(messages, call(this.attention, context), to, nodes)
    return this.update === undefined ? aggregated : call(this.update, { own: target, aggregated })
  }
}

/** weight / sqrt(degree of the source x degree of the target). In a bipartite graph, the degree of a source counts its outgoing edges. */
function symmetricFactors(index: Tensor, source: Tensor, target: Tensor, weights: Tensor | undefined): Tensor {
  const [from, to] = [sourcesOf(index), targetsOf(index)]
  const ending = inverseRoot(inDegrees(index, target.shape[0] as DimensionLike, weights))
  const leaving =
    source === target ? ending : inverseRoot(aggregate(weights ?? ones(from.shape), from, source.shape[0] as Dimension, 'sum'))
  const factors = mul(gather(leaving, from), gather(ending, to))
  return weights === undefined ? factors : mul(factors, weights)
}

/** The edges, followed by a self loop of each node. */
function looped(edgeIndex: Tensor, source: Tensor, target: Tensor, { attributes, weights }: EdgeInputs): EdgeInputs & { index: Tensor } {
  const nodes = target.shape[0] as Dimension
  if (source !== target && !sameShape([source.shape[0] as Dimension], [nodes])) {
    throw new ShapeError(
      'MessagePassing.forward',
      'as many sources as targets, because selfLoops is set',
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
