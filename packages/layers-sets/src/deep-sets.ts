import { type ActivationName, activation, Dropout, fanInUniform, Mlp, Module, type Parameter, parameter } from '@equivar/nn'
import { add, matMul, sub, type Tensor } from '@equivar/tensor'
import { type Members, membership } from './members.ts'
import { type Aggregation, pool, poolWidth } from './pooling.ts'

/** Options of a DeepSetsLayer. */
export interface DeepSetsLayerOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** The pooling of the context, or several, concatenated; `[]` for no context; default mean. */
  readonly pool?: Aggregation | readonly Aggregation[]
  readonly bias?: boolean
  /** The published form (x - pool(x)) pooled + bias, without the weight `own`. */
  readonly difference?: boolean
}

/**
 * The affine maps of sets that commute with every permutation of their elements.
 *
 * Law: f(P x) = P f(x) for every permutation matrix P.
 * y_i = x_i own + pool_j(x_j) pooled + bias. With pool = sum or mean these are all such maps (two weights per pair of channels, n >= 2);
 * with max or logSumExp the map is equivariant, but not affine.
 *
 * This layer covers both forms of the authors' code, with max or mean: for (x_i - pool_j(x_j)) Gamma + b, set `difference` and Gamma = pooled; for
 * x_i Gamma - pool_j(x_j) Lambda + b, use Gamma = own, Lambda = -pooled.
 *
 * @throws RangeError if the pooling does not exist, or if `difference` is set and the pooling changes the number of channels.
 * @remarks Cost O(n in out).
 * @see Zaheer et al. 2017, Deep Sets, lemma 3.
 */
export class DeepSetsLayer extends Module {
  /** [in, out]. */
  readonly own: Parameter | undefined
  /** [in poolWidth, out]; undefined without a pooling. */
  readonly pooled: Parameter | undefined
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #pool: Aggregation | readonly Aggregation[]

  constructor({ inChannels, outChannels, pool: how = 'mean', bias = true, difference = false }: DeepSetsLayerOptions) {
    super()
    const width = poolWidth(how)
    if (difference && width !== 1) {
      throw new RangeError(`DeepSetsLayer: expected one pooling for the form x - pool(x), received ${width} times the channels.`)
    }
    const initializer = fanInUniform({ fanIn: inChannels })
    this.own = difference ? undefined : parameter([inChannels, outChannels], { initializer })
    this.pooled = width === 0 ? undefined : parameter([inChannels * width, outChannels], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
    this.#pool = how
  }

  /**
   * @param x - float32 [..., n, in], or [elements, in] if members are segments.
   * @param members - bool [..., n], true where an element exists, or segments; default: all exist.
   * @returns float32 as x, with out channels, zero where no element exists.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const clean = sets.keep(x)
    const y = this.#linear(clean, members)
    return sets.keep(this.bias === undefined ? y : add(y, this.bias))
  }

  #linear(x: Tensor, members: Members | undefined): Tensor {
    if (this.pooled === undefined) return matMul(x, this.own as Parameter)
    const sets = membership(members)
    const context = pool(x, this.#pool, members)
    if (this.own === undefined) return matMul(sub(x, sets.spread(context)), this.pooled)
    return add(matMul(x, this.own), sets.spread(matMul(context, this.pooled)))
  }
}

/** Options of DeepSets. */
export interface DeepSetsOptions {
  /** Channels of the input and of every equivariant layer. */
  readonly channels: readonly number[]
  /** Channels of the hidden layers after the readout. */
  readonly head?: readonly number[]
  readonly outputs: number
  /** Pooling of the layers' context, as in DeepSetsLayer; with `[]` the layers act on each element separately. */
  readonly pool?: Aggregation | readonly Aggregation[]
  /** Pooling before the head, or several, concatenated; default: the same as `pool`, or sum if that is `[]`. */
  readonly readout?: Aggregation | readonly Aggregation[]
  /** Activation of every layer; default relu. */
  readonly activation?: ActivationName
  /** Uses the published form (x - pool(x)) pooled + bias of the layers. */
  readonly difference?: boolean
  /** Dropout rate before the head and in it. */
  readonly dropout?: number
}

/**
 * Equivariant layers with activations, a readout of each set, and an MLP: rho(readout(phi(x))). With `pool: []`, phi acts on each element separately,
 * as in the sum decomposition rho(sum_i phi(x_i)).
 *
 * Law: f(P x) = f(x). Every continuous invariant function of at most n elements of one channel has the form rho(sum phi) if phi has at least n
 * channels; with fewer channels, some functions do not (Wagstaff et al. 2019).
 *
 * @remarks The published point cloud network is `pool: 'max', difference: true, activation: 'tanh', dropout: 0.5` with three layers of 256 channels.
 * @see Zaheer et al. 2017, Deep Sets, theorem 2.
 */
export class DeepSets extends Module {
  readonly layers: DeepSetsLayer[]
  readonly dropout: Dropout
  readonly head: Mlp
  readonly #readout: Aggregation | readonly Aggregation[]
  readonly #activation: (x: Tensor) => Tensor

  constructor(options: DeepSetsOptions) {
    super()
    const { channels, head = [], outputs, pool: how = 'mean', activation: name = 'relu', difference = false, dropout = 0 } = options
    const { readout = Array.isArray(how) && how.length === 0 ? 'sum' : how } = options
    this.layers = channels
      .slice(1)
      .map((outChannels, i) => new DeepSetsLayer({ inChannels: channels[i] as number, outChannels, pool: how, difference }))
    const last = channels[channels.length - 1] as number
    this.dropout = new Dropout({ rate: dropout })
    this.head = new Mlp({ channels: [last * poolWidth(readout), ...head, outputs], dropout })
    this.#readout = readout
    this.#activation = activation(name)
  }

  /**
   * @param x - float32 [batch, n, channels[0]], or [elements, channels[0]] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments.
   * @returns float32 [batch, outputs], or [sets, outputs].
   */
  forward(x: Tensor, members?: Members): Tensor {
    const features = this.layers.reduce((h, layer) => this.#activation(layer.forward(h, members)), x)
    const read = membership(members).rows(pool(features, this.#readout, members))
    return this.head.forward(this.dropout.forward(read))
  }
}
