import { LayerNorm, Linear, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, expand, relu, type Tensor } from '@equivar/tensor'
import { attend } from './attend.ts'
import { type Members, membership } from './members.ts'

/** Options of the attention blocks. */
export interface AttentionOptions {
  readonly inChannels: number
  /** Channels of the result; a multiple of `heads`. */
  readonly channels: number
  readonly heads?: number
  /** Whether each half of a block ends with layer normalization. */
  readonly layerNorm?: boolean
}

/**
 * Multi-head attention from queries to a set, as in the Set Transformer: h = q + softmax(q k^T / sqrt(channels)) v, y = h + relu(h out).
 *
 * Law: equivariant to the order of the queries, invariant to the order of the keys. The attention to an empty set is 0.
 *
 * @throws RangeError if `channels` is not a multiple of `heads`.
 * @see Lee et al. 2019, Set Transformer, equations 6 and 7.
 */
export class MultiheadAttentionBlock extends Module {
  readonly query: Linear
  readonly key: Linear
  readonly value: Linear
  readonly out: Linear
  readonly norms: LayerNorm[]
  readonly #heads: number

  constructor({
    inChannels,
    channels,
    heads = 4,
    layerNorm = false,
    queryChannels = inChannels,
  }: AttentionOptions & { readonly queryChannels?: number }) {
    super()
    if (!Number.isInteger(heads) || heads < 1 || channels % heads !== 0) {
      throw new RangeError(
        `MultiheadAttentionBlock: expected channels a multiple of heads, received ${channels} channels and ${heads} heads.`,
      )
    }
    this.query = new Linear({ inChannels: queryChannels, outChannels: channels })
    this.key = new Linear({ inChannels, outChannels: channels })
    this.value = new Linear({ inChannels, outChannels: channels })
    this.out = new Linear({ inChannels: channels, outChannels: channels })
    this.norms = layerNorm ? [new LayerNorm({ channels }), new LayerNorm({ channels })] : []
    this.#heads = heads
  }

  /**
   * @param queries - float32 [batch, queries, queryChannels], or [elements, queryChannels] if queryMembers are segments.
   * @param keys - float32 [batch, n, inChannels], zero where no key exists, or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where a key exists, or segments of the keys.
   * @param queryMembers - segments of the queries, if these are ragged.
   * @returns float32 as the queries, with `channels`.
   */
  forward(queries: Tensor, keys: Tensor, members?: Members, queryMembers?: Members): Tensor {
    const q = this.query.forward(queries)
    const [k, v] = [this.key.forward(keys), this.value.forward(keys)]
    const heard = attend({ q, k, v, heads: this.#heads, queries: membership(queryMembers), keys: membership(members) })
    const h = this.norms[0]?.forward(add(q, heard)) ?? add(q, heard)
    const y = add(h, relu(this.out.forward(h)))
    return this.norms[1]?.forward(y) ?? y
  }
}

/**
 * Self-attention in a set: MAB(x, x).
 *
 * Law: f(P x) = P f(x). Cost O(n^2); segments require `largest`.
 * @see Lee et al. 2019, equation 8.
 */
export class SetAttentionBlock extends Module {
  readonly attention: MultiheadAttentionBlock

  constructor(options: AttentionOptions) {
    super()
    this.attention = new MultiheadAttentionBlock(options)
  }

  /**
   * @param x - float32 [batch, n, inChannels], or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments with `largest`.
   * @returns float32 as x, with `channels`, zero where no element exists.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const clean = sets.keep(x)
    return sets.keep(this.attention.forward(clean, clean, members, members))
  }
}

/** Copies learned points to every set. */
const copies = (points: Parameter, x: Tensor, members: Members | undefined): Tensor =>
  expand(points, [membership(members).howMany(x), ...points.shape.slice(1)])

/**
 * Self-attention through learned inducing points: MAB(x, MAB(inducing, x)).
 *
 * Law: f(P x) = P f(x). Cost O(n inducing).
 * @see Lee et al. 2019, equations 9 and 10.
 */
export class InducedSetAttentionBlock extends Module {
  /** [1, inducing, channels]. */
  readonly inducing: Parameter
  readonly gather: MultiheadAttentionBlock
  readonly spread: MultiheadAttentionBlock

  constructor({ inducing = 16, ...options }: AttentionOptions & { readonly inducing?: number }) {
    super()
    const { channels, inChannels } = options
    this.inducing = parameter([1, inducing, channels], { initializer: normal(1 / Math.sqrt(channels)) })
    this.gather = new MultiheadAttentionBlock({ ...options, queryChannels: channels })
    this.spread = new MultiheadAttentionBlock({ ...options, inChannels: channels, queryChannels: inChannels })
  }

  /**
   * @param x - float32 [batch, n, inChannels], or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments.
   * @returns float32 as x, with `channels`, zero where no element exists.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const clean = sets.keep(x)
    const gathered = this.gather.forward(copies(this.inducing, x, members), clean, members)
    return sets.keep(this.spread.forward(clean, gathered, undefined, members))
  }
}

/**
 * Pools a set by attention from learned seeds: MAB(seeds, x).
 *
 * Law: f(P x) = f(x). As in the authors' code, it does not contain the feed-forward layer that the paper applies to x first. Cost O(n seeds).
 * @see Lee et al. 2019, equation 11.
 */
export class PoolingByAttention extends Module {
  /** [1, seeds, channels]. */
  readonly seeds: Parameter
  readonly attention: MultiheadAttentionBlock

  constructor({ seeds = 1, ...options }: AttentionOptions & { readonly seeds?: number }) {
    super()
    const { channels } = options
    this.seeds = parameter([1, seeds, channels], { initializer: normal(1 / Math.sqrt(channels)) })
    this.attention = new MultiheadAttentionBlock({ ...options, queryChannels: channels })
  }

  /**
   * @param x - float32 [batch, n, inChannels], or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments.
   * @returns float32 [batch, seeds, channels], or [sets, seeds, channels].
   */
  forward(x: Tensor, members?: Members): Tensor {
    return this.attention.forward(copies(this.seeds, x, members), membership(members).keep(x), members)
  }
}
