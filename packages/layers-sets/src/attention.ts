import { LayerNorm, Linear, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, type Dimension, div, expand, matMul, relu, reshape, softmax, swapAxes, type Tensor, unsqueeze, where } from '@equivar/tensor'
import { keep } from './pooling.ts'

/** Settings of the attention blocks. */
export interface AttentionOptions {
  readonly inChannels: number
  /** Channels of the result; a multiple of `heads`. */
  readonly channels: number
  readonly heads?: number
  /** Whether each half of a block ends with layer normalization. */
  readonly layerNorm?: boolean
}

/**
 * Multi-head attention of queries on a set, as in the set transformer's code: h = q + softmax(q k^T / sqrt(channels)) v, y = h + relu(h out).
 *
 * Law: equivariant to the order of the queries, invariant to the order of the keys. A set without elements adds nothing to the queries.
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
  readonly #channels: number

  constructor({
    inChannels,
    channels,
    heads = 4,
    layerNorm = false,
    queryChannels = inChannels,
  }: AttentionOptions & { readonly queryChannels?: number }) {
    super()
    if (channels % heads !== 0) {
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
    this.#channels = channels
  }

  /**
   * @param queries - float32 [batch, queries, queryChannels].
   * @param keys - float32 [batch, n, inChannels]; zero where `mask` is false.
   * @param mask - bool [batch, n], true where a key exists.
   * @returns float32 [batch, queries, channels].
   */
  forward(queries: Tensor, keys: Tensor, mask?: Tensor): Tensor {
    const [heads, size] = [this.#heads, this.#channels / this.#heads]
    const split = (t: Tensor): Tensor => swapAxes(reshape(t, [...t.shape.slice(0, -1), heads, size]), 1, 2)
    const q = this.query.forward(queries)
    const scores = div(matMul(split(q), swapAxes(split(this.key.forward(keys)), 2, 3)), Math.sqrt(this.#channels))
    const exists = mask === undefined ? undefined : unsqueeze(mask, [1, 2])
    const weights = exists === undefined ? softmax(scores) : where(exists, softmax(where(exists, scores, -3e38)), 0)
    const heard = reshape(swapAxes(matMul(weights, split(this.value.forward(keys))), 1, 2), q.shape)
    const h = this.norms[0]?.forward(add(q, heard)) ?? add(q, heard)
    const y = add(h, relu(this.out.forward(h)))
    return this.norms[1]?.forward(y) ?? y
  }
}

/** Self-attention in a set. Law: f(P x) = P f(x). Cost O(n^2). @see Lee et al. 2019, equation 8. */
export class SetAttentionBlock extends Module {
  readonly attention: MultiheadAttentionBlock

  constructor(options: AttentionOptions) {
    super()
    this.attention = new MultiheadAttentionBlock(options)
  }

  /** @param x - float32 [batch, n, inChannels]. @param mask - bool [batch, n]. @returns float32 [batch, n, channels], zero where no element exists. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const clean = keep(mask, x)
    return keep(mask, this.attention.forward(clean, clean, mask))
  }
}

/** Learned points, one copy for each set. */
const copies = (points: Parameter, x: Tensor): Tensor => expand(points, [x.shape[0] as Dimension, ...points.shape.slice(1)])

/** Self-attention through learned inducing points. Law: f(P x) = P f(x). Cost O(n inducing). @see Lee et al. 2019, equations 9 and 10. */
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

  /** @param x - float32 [batch, n, inChannels]. @param mask - bool [batch, n]. @returns float32 [batch, n, channels], zero where no element exists. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const clean = keep(mask, x)
    return keep(mask, this.spread.forward(clean, this.gather.forward(copies(this.inducing, x), clean, mask)))
  }
}

/** Learned seeds that attend to the set. Law: f(P x) = f(x). @see Lee et al. 2019, equation 11. */
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

  /** @param x - float32 [batch, n, inChannels]. @param mask - bool [batch, n]. @returns float32 [batch, seeds, channels]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.attention.forward(copies(this.seeds, x), keep(mask, x), mask)
  }
}
