import { fillMissing, glorotNormal, type Initializer, Linear, Mlp, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, concat, type Dimension, matMul, moveAxis, relu, reshape, type Tensor, unsqueeze } from '@equivar/tensor'
import { diagonalOffDiagonal, type PairAggregation } from './pair-readout.ts'
import { tupleMask } from './tuple-masks.ts'

/** A linear map of the channels of every pair: [batch, in, n, n] to [batch, out, n, n]. */
class PairLinear extends Module {
  /** [out, in]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter

  constructor(inChannels: number, outChannels: number) {
    super()
    const initializer: Initializer = glorotNormal({ fanIn: inChannels, fanOut: outChannels })
    this.weight = parameter([outChannels, inChannels], { initializer })
    this.bias = parameter([outChannels], { initializer: zerosOf })
  }

  forward(x: Tensor): Tensor {
    const [batch, channels, n, m] = x.shape as [Dimension, Dimension, Dimension, Dimension]
    const flat = reshape(x, [batch, channels, -1])
    return reshape(add(matMul(this.weight, flat), unsqueeze(this.bias, 1)), [batch, this.weight.sizes[0] as number, n, m])
  }
}

/** Options of a PpgnBlock. */
export interface PpgnBlockOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** Number of layers of each MLP. */
  readonly depth?: number
  /** Largest number of factors in a matrix product. The published block has 2; with d it is as expressive as equivariant polynomials of degree d. */
  readonly degree?: number
}

/**
 * Block of the provably powerful graph network: a linear map of the input and of matrix products of two (or more) MLPs of every pair.
 *
 * Law: f(P X P^T) = P f(X) P^T. With m_1, ..., m_d MLPs over the channels, Z^(2) = m_1(X) m_2(X), Z^(3) = m_1(X) m_2(X) m_3(X), ... channel by channel,
 * Y = [X | Z^(2) | ... | Z^(d)] W + b.
 *
 * @remarks The layout is channel-first, [batch, channels, n, n]. Cost O(n^3) per channel and product. Three blocks separate what folklore 2-WL separates.
 * @see Maron, Ben-Hamu, Serviansky, Lipman 2019, Provably powerful graph networks; for degree > 2: Puny, Lim, Kiani, Maron, Lipman 2023, Equivariant polynomials for graph neural networks.
 */
export class PpgnBlock extends Module {
  /** For each factor, the layers of its MLP. */
  readonly factors: PairLinear[][]
  readonly skip: PairLinear

  constructor({ inChannels, outChannels, depth = 2, degree = 2 }: PpgnBlockOptions) {
    super()
    if (!(Number.isInteger(degree) && degree >= 2)) throw new RangeError(`PpgnBlock: expected a degree of at least 2, received ${degree}.`)
    this.factors = Array.from({ length: degree }, () =>
      Array.from({ length: depth }, (_, i) => new PairLinear(i === 0 ? inChannels : outChannels, outChannels)),
    )
    this.skip = new PairLinear(inChannels + (degree - 1) * outChannels, outChannels)
  }

  /**
   * @param x - float32 [batch, in, n, n]. @param mask - bool [batch, n], true where a node exists.
   * @returns float32 [batch, out, n, n], zero where a node does not exist.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const pairs = mask === undefined ? undefined : unsqueeze(tupleMask(mask, 2), 1)
    const keep = (y: Tensor): Tensor => fillMissing(y, pairs)
    const kept = keep(x)
    const products: Tensor[] = []
    this.factors.forEach((layers, i) => {
      const factor = keep(layers.reduce((h, layer) => relu(layer.forward(h)), kept))
      products.push(i === 0 ? factor : matMul(products[i - 1] as Tensor, factor))
    })
    return keep(this.skip.forward(concat([kept, ...products.slice(1)], 1)))
  }
}

/** Options of a ProvablyPowerfulGraphNetwork. */
export interface ProvablyPowerfulGraphNetworkOptions {
  readonly inChannels: number
  /** Channels of the blocks. */
  readonly channels?: readonly number[]
  /** Number of layers of each MLP of a block. */
  readonly depth?: number
  readonly degree?: number
  readonly outputs: number
  /** `blocks`: the sum of a linear map of every block's readout; `last`: an MLP of the last block's readout. */
  readonly readout?: 'blocks' | 'last'
  /** How the entries on and off the diagonal are reduced. */
  readonly pool?: PairAggregation
  /** Channels of the hidden layers after the `last` readout. */
  readonly head?: readonly number[]
}

/**
 * PPGN: blocks, followed by the largest entries (or sums, or means) on and off the diagonal.
 *
 * Law: f(P X P^T) = f(X). It separates what the folklore 2-WL (3-WL) test separates. Published for graph classification: three blocks of 400 channels,
 * MLPs of two layers, a readout of every block. Published for regression: the last block's readout and an MLP 512-256.
 */
export class ProvablyPowerfulGraphNetwork extends Module {
  readonly blocks: PpgnBlock[]
  readonly heads: Linear[]
  readonly head: Mlp | undefined
  readonly #pool: PairAggregation

  constructor(options: ProvablyPowerfulGraphNetworkOptions) {
    super()
    const {
      inChannels,
      channels = [400, 400, 400],
      depth = 2,
      degree = 2,
      outputs,
      readout = 'blocks',
      pool = 'max',
      head = [512, 256],
    } = options
    const sizes = [inChannels, ...channels]
    this.blocks = channels.map((outChannels, i) => new PpgnBlock({ inChannels: sizes[i] as number, outChannels, depth, degree }))
    this.heads = readout === 'blocks' ? channels.map((size) => new Linear({ inChannels: 2 * size, outChannels: outputs })) : []
    this.head = readout === 'last' ? new Mlp({ channels: [2 * (sizes[sizes.length - 1] as number), ...head, outputs] }) : undefined
    this.#pool = pool
  }

  /** @param x - float32 [batch, n, n, in]. @param mask - bool [batch, n]. @returns float32 [batch, outputs]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const features: Tensor[] = []
    let h = moveAxis(x, 3, 1)
    for (const block of this.blocks) {
      h = block.forward(h, mask)
      features.push(h)
    }
    const read = (y: Tensor): Tensor => diagonalOffDiagonal(y, this.#pool, { mask, channelAxis: 1 })
    if (this.head !== undefined) return this.head.forward(read(h))
    return features.map((y, i) => (this.heads[i] as Linear).forward(read(y))).reduce((a, b) => add(a, b))
  }
}
