import { Dropout, Linear, Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import { InducedSetAttentionBlock, PoolingByAttention, SetAttentionBlock } from './attention.ts'
import type { Members } from './members.ts'

/** Options of a SetTransformer. The defaults are those of the authors' model. */
export interface SetTransformerOptions {
  readonly inChannels: number
  readonly outputs: number
  /** Channels of every block. */
  readonly channels?: number
  readonly heads?: number
  /** Number of inducing points of the encoder's blocks; 0 for full self-attention. */
  readonly inducing?: number
  /** Number of blocks in the encoder. */
  readonly encoder?: number
  /** Number of blocks in the decoder, after the pooling. */
  readonly decoder?: number
  /** Number of output rows per set. */
  readonly seeds?: number
  readonly layerNorm?: boolean
  /** Dropout rate before the pooling and before the linear layer. */
  readonly dropout?: number
}

/**
 * The set transformer: an encoder of ISABs (or SABs), pooling by attention, a decoder of SABs over the seeds, a linear layer.
 *
 * Law: f(P x) = f(x). Published: 2 ISABs with 32 inducing points, 128 channels, 4 heads, 2 SABs after the pooling; for point clouds
 * `channels: 256, inducing: 16, decoder: 0, dropout: 0.5`.
 *
 * @throws RangeError if `channels` is not a multiple of `heads`.
 * @remarks Cost O(n inducing) per block, O(n^2) without inducing points.
 * @see Lee et al. 2019, Set Transformer, section 3.3.
 */
export class SetTransformer extends Module {
  readonly encoder: (SetAttentionBlock | InducedSetAttentionBlock)[]
  readonly pooling: PoolingByAttention
  readonly decoder: SetAttentionBlock[]
  readonly head: Linear
  readonly dropout: Dropout

  constructor(options: SetTransformerOptions) {
    super()
    const { inChannels, outputs, channels = 128, heads = 4, inducing = 32, encoder = 2, decoder = 2, seeds = 1 } = options
    const { layerNorm = false, dropout = 0 } = options
    const inner = { inChannels: channels, channels, heads, layerNorm }
    this.encoder = Array.from({ length: encoder }, (_, i) => {
      const block = i === 0 ? { ...inner, inChannels } : inner
      return inducing === 0 ? new SetAttentionBlock(block) : new InducedSetAttentionBlock({ ...block, inducing })
    })
    this.pooling = new PoolingByAttention({ ...inner, inChannels: encoder === 0 ? inChannels : channels, seeds })
    this.decoder = Array.from({ length: decoder }, () => new SetAttentionBlock(inner))
    this.head = new Linear({ inChannels: channels, outChannels: outputs })
    this.dropout = new Dropout({ rate: dropout })
  }

  /**
   * @param x - float32 [batch, n, inChannels], or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments (with `largest` if there are no inducing points).
   * @returns float32 [batch, seeds, outputs], or [sets, seeds, outputs].
   */
  forward(x: Tensor, members?: Members): Tensor {
    const encoded = this.encoder.reduce((h, block) => block.forward(h, members), x)
    const pooled = this.pooling.forward(this.dropout.forward(encoded), members)
    const decoded = this.decoder.reduce((h, block) => block.forward(h), pooled)
    return this.head.forward(this.dropout.forward(decoded))
  }
}
