import { fanInUniform, Mlp, Module, type Parameter, parameter } from '@equivar/nn'
import { add, matMul, relu, squeeze, sub, type Tensor } from '@equivar/tensor'
import { keep, type Pool, pool } from './pooling.ts'

/** Settings of a DeepSetsLayer. */
export interface DeepSetsLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** How the context is made; mean if left out. */
  readonly pool?: Pool
  readonly bias?: boolean
  /** The published form (x - pool(x)) pooled + bias, with one weight: `own` is left out. */
  readonly difference?: boolean
}

/**
 * The affine maps of sets that commute with every permutation of their elements.
 *
 * Law: f(P x) = P f(x) for every permutation matrix P.
 * y_i = x_i own + pool_j(x_j) pooled + bias. With pool = sum or mean these are all there are (two weights a pair of channels, n >= 2);
 * with max or logSumExp the map is equivariant, but not linear. The form `difference` is y_i = (x_i - pool_j(x_j)) pooled + bias.
 *
 * @see Zaheer et al. 2017, Deep Sets, lemma 3.
 */
export class DeepSetsLayer extends Module {
  /** [in, out]. */
  readonly own: Parameter | undefined
  /** [in, out]. */
  readonly pooled: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #pool: Pool

  constructor({ inChannels, outChannels, pool: how = 'mean', bias = true, difference = false }: DeepSetsLayerOptions) {
    super()
    const initializer = fanInUniform({ fanIn: inChannels })
    this.own = difference ? undefined : parameter([inChannels, outChannels], { initializer })
    this.pooled = parameter([inChannels, outChannels], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
    this.#pool = how
  }

  /**
   * @param x - float32 [..., n, in].
   * @param mask - bool [..., n], true where an element exists; all exist if left out.
   * @returns float32 [..., n, out], zero where no element exists.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const clean = keep(mask, x)
    const context = pool(clean, this.#pool, mask)
    const y = this.own === undefined ? matMul(sub(clean, context), this.pooled) : add(matMul(clean, this.own), matMul(context, this.pooled))
    return keep(mask, this.bias === undefined ? y : add(y, this.bias))
  }
}

/** Settings of DeepSets. */
export interface DeepSetsOptions {
  /** Channels of the input and of every equivariant layer. */
  readonly channels: readonly number[]
  /** Channels of the hidden layers behind the pooling. */
  readonly head?: readonly number[]
  readonly outputs: number
  /** Context of the layers. */
  readonly pool?: Pool
  /** Pooling before the head; as `pool` if left out. */
  readonly readout?: Pool
}

/**
 * Equivariant layers with relu, a pooling over the set, and an MLP.
 *
 * Law: f(P x) = f(x). Any continuous invariant function of at most n elements of one channel is of the form rho(sum phi) when phi has n
 * channels or more (Wagstaff et al. 2019).
 */
export class DeepSets extends Module {
  readonly layers: DeepSetsLayer[]
  readonly head: Mlp
  readonly #readout: Pool

  constructor({ channels, head = [], outputs, pool: how = 'mean', readout = how }: DeepSetsOptions) {
    super()
    this.layers = channels
      .slice(1)
      .map((outChannels, i) => new DeepSetsLayer({ inChannels: channels[i] as number, outChannels, pool: how }))
    const last = channels[channels.length - 1] as number
    this.head = new Mlp({ channels: [last, ...head, outputs] })
    this.#readout = readout
  }

  /** @param x - float32 [batch, n, channels[0]]. @param mask - bool [batch, n]. @returns float32 [batch, outputs]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => relu(layer.forward(h, mask)), x)
    return this.head.forward(squeeze(pool(features, this.#readout, mask), -2))
  }
}
