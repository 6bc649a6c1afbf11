import { type ActivationName, activation, BatchNorm, Linear, Mlp, Module } from '@equivar/nn'
import { type Dimension, printShape, product, reshape, ShapeError, squeeze, type Tensor, where } from '@equivar/tensor'
import { type Aggregate, Dss } from './dss.ts'
import { type ElementInput, type ElementModule, eachElement, keepElements } from './elements.ts'
import { demandFromLast, type Pool, poolElements, poolSet } from './pooling.ts'
import type { SetLayer } from './set-layer.ts'

/** Settings of a DeepSetsBlock. */
export interface DeepSetsBlockOptions {
  /** Of the input and of every layer. */
  readonly channels: readonly number[]
  /** max if left out, as published. */
  readonly aggregate?: Aggregate
  readonly activation?: ActivationName
  /** Batch norm in both branches of every layer that is activated. */
  readonly norm?: boolean
  /** Whether the last layer is normalized and activated too. */
  readonly finalActivation?: boolean
  /** Whether the shared layers have a bias too, as in the published networks; it adds nothing. */
  readonly sharedBias?: boolean
}

/**
 * Deep sets: DSS layers over linear ones, for elements that are vectors without a symmetry.
 *
 * Law: f(P x) = P f(x). y_i = activation(x_i own + shared(max_j x_j) + bias), layer by layer.
 *
 * @throws RangeError if there are fewer than two channels.
 */
export class DeepSetsBlock extends Module {
  readonly layers: Dss[]
  readonly #activated: number
  readonly #activation: (x: Tensor) => Tensor

  constructor(options: DeepSetsBlockOptions) {
    super()
    const { channels, aggregate = 'max', activation: name = 'relu', norm = false, finalActivation = false, sharedBias = false } = options
    if (channels.length < 2) {
      throw new RangeError(`DeepSetsBlock: expected at least two channels (input and output), received [${channels.join(', ')}].`)
    }
    this.#activated = finalActivation ? channels.length - 1 : channels.length - 2
    this.#activation = activation(name)
    this.layers = channels.slice(1).map((outChannels, i) => {
      const inChannels = channels[i] as number
      const norms = norm && i < this.#activated ? [0, 1].map(() => new BatchNorm({ channels: outChannels })) : []
      return new Dss({
        own: new Linear({ inChannels, outChannels }),
        shared: new Linear({ inChannels, outChannels, bias: sharedBias }),
        aggregate,
        ...(norms[0] && norms[1] ? { ownNorm: norms[0], sharedNorm: norms[1] } : {}),
      })
    })
  }

  /** @param x - float32 [batch, set, channels[0]]. @param mask - bool [batch, set]. @returns float32 [batch, set, last channels], zero where no element exists. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const y = this.layers.reduce((h, layer, i) => {
      const next = layer.forward(h, mask)
      return i < this.#activated ? this.#activation(next) : next
    }, x)
    return keepElements(mask, y)
  }
}

/**
 * A network of single elements, then deep sets over what it says of them: elements meet late.
 *
 * Law: f(P x) = P f(x), and that of `own` for each element. y = DeepSetsBlock(own(x_1), ..., own(x_n)).
 */
export class SiameseDeepSets extends Module {
  readonly own: ElementModule
  readonly sets: DeepSetsBlock

  /** @param options - `own`: [elements, ...element] to [elements, channels[0]]. */
  constructor({ own, ...block }: DeepSetsBlockOptions & { readonly own: ElementModule }) {
    super()
    this.own = own
    this.sets = new DeepSetsBlock(block)
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, set, last channels]. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    return this.sets.forward(eachElement(this.own, keepElements(mask, x), ...further), mask)
  }
}

/**
 * All elements as one long vector, and an MLP: the baseline without any symmetry.
 *
 * Elements that do not exist count as zeros. Sets have one size.
 */
export class SetMlp extends Module {
  readonly mlp: Mlp
  readonly #size: number

  /** @param options - `channels`: of the input (elements of a set times entries of an element), the hidden layers and the output. */
  constructor({ channels, norm = false }: { readonly channels: readonly number[]; readonly norm?: boolean }) {
    super()
    this.mlp = new Mlp({ channels, ...(norm ? { norm: 'batch' } : {}) })
    this.#size = channels[0] as number
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, outputs]. @throws ShapeError if a set has not channels[0] entries. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const entries = product(x.shape.slice(1))
    if (typeof entries === 'number' && entries !== this.#size)
      throw new ShapeError('SetMlp.forward', `sets of ${this.#size} entries`, printShape(x.shape), 'Give all sets one size.')
    return this.mlp.forward(reshape(keepElements(mask, x), [x.shape[0] as Dimension, this.#size]))
  }
}

/** Settings of an InvariantHead. */
export interface InvariantHeadOptions {
  /** Of what is read, of hidden layers, and of the output. */
  readonly channels: readonly number[]
  /** Axes of the positions of an element, counted from the last; none if left out: elements are vectors. */
  readonly axes?: readonly number[]
  /** Over positions; mean if left out. */
  readonly elementPool?: Pool
  /** Over the set; mean if left out. */
  readonly setPool?: Pool
}

/** One answer for a set: pools positions, pools elements, MLP. Law: f(P g x) = f(x), and with independent g_i likewise. */
export class InvariantHead extends Module {
  readonly mlp: Mlp
  readonly #options: InvariantHeadOptions

  constructor(options: InvariantHeadOptions) {
    super()
    demandFromLast('InvariantHead', options.axes ?? [])
    this.mlp = new Mlp({ channels: options.channels })
    this.#options = options
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, last channels]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const { axes = [], elementPool = 'mean', setPool = 'mean' } = this.#options
    return this.mlp.forward(poolSet(poolElements(keepElements(mask, x), elementPool, axes), setPool, mask))
  }
}

/** One answer for every element: pools positions, deep sets. Law: f(P g x) = P f(x). */
export class EquivariantHead extends Module {
  readonly sets: DeepSetsBlock
  readonly #axes: readonly number[]
  readonly #pool: Pool

  /** @param options - those of DeepSetsBlock, and `axes` and `elementPool` as in InvariantHead. */
  constructor({ axes = [], elementPool = 'mean', ...block }: DeepSetsBlockOptions & Pick<InvariantHeadOptions, 'axes' | 'elementPool'>) {
    super()
    this.sets = new DeepSetsBlock(block)
    this.#axes = demandFromLast('EquivariantHead', axes)
    this.#pool = elementPool
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, set, last channels]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.sets.forward(poolElements(keepElements(mask, x), this.#pool, this.#axes), mask)
  }
}

/** One number for every element, as logits of which is chosen. @param y - float32 [batch, set, 1]. @returns float32 [batch, set]; -1e30 where no element exists. */
export function selectionScores(y: Tensor, mask?: Tensor): Tensor {
  const scores = squeeze(y, -1)
  return mask === undefined ? scores : where(mask, scores, -1e30)
}

/** Settings of a SetNetwork. */
export interface SetNetworkOptions {
  /** Layers of sets, and between them functions: activations, poolings of elements. */
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  /** InvariantHead or EquivariantHead; the last layer's result if left out. */
  readonly head?: Module & { forward(x: Tensor, mask?: Tensor): Tensor }
}

/** Layers of sets one behind the other, with a head. Its law is what all of them have in common. */
export class SetNetwork extends Module {
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  readonly head: SetNetworkOptions['head']

  constructor({ layers, head }: SetNetworkOptions) {
    super()
    this.layers = layers
    this.head = head
  }

  /** @param x - float32 [batch, set, ...element]. @param further - handed to every layer. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const y = this.layers.reduce<Tensor>((h, layer) => (typeof layer === 'function' ? layer(h) : layer.forward(h, mask, ...further)), x)
    return this.head === undefined ? keepElements(mask, y) : this.head.forward(y, mask)
  }
}
