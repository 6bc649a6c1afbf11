import { type ActivationName, activation, BatchNorm, fillMissing, Linear, Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import { Dss, type DssAggregation } from './dss.ts'
import { type ElementInput, type ElementModule, eachElement } from './elements.ts'

/** Options of a DeepSetsBlock. */
export interface DeepSetsBlockOptions {
  /** Channels of the input and of every layer. */
  readonly channels: readonly number[]
  /** Default max, as published. */
  readonly aggregate?: DssAggregation
  readonly activation?: ActivationName
  /** Whether both branches of every activated layer have batch norm. */
  readonly norm?: boolean
  /** Whether the last layer is also normalized and activated. */
  readonly finalActivation?: boolean
  /** Whether the shared layers also have a bias, as in the published networks. It is redundant. */
  readonly sharedBias?: boolean
}

/**
 * Deep sets: DSS layers with linear element layers, for elements that are vectors without a symmetry.
 *
 * Law: f(P x) = P f(x). Each layer is y_i = activation(x_i own + shared(max_j x_j) + bias).
 *
 * @throws RangeError if `channels` has fewer than two entries.
 */
export class DeepSetsBlock extends Module {
  readonly layers: Dss[]
  readonly #activated: number
  readonly #activation: (x: Tensor) => Tensor

  constructor(options: DeepSetsBlockOptions) {
    super()
    const { channels, aggregate = 'max', activation: name = 'relu', norm = false, finalActivation = false, sharedBias = false } = options
    if (channels.length < 2) {
      throw new RangeError(`DeepSetsBlock: expected at least two channels (input and output), received [${channels}].`)
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
    return fillMissing(y, mask)
  }
}

/**
 * A network of single elements, followed by deep sets of its outputs, so that elements interact late.
 *
 * Law: f(P x) = P f(x), and the law of `own` for each element. y = DeepSetsBlock(own(x_1), ..., own(x_n)).
 */
export class SiameseDeepSets extends Module {
  readonly own: ElementModule
  readonly sets: DeepSetsBlock

  /** @param options - `own`: maps [elements, ...element] to [elements, channels[0]]. */
  constructor({ own, ...block }: DeepSetsBlockOptions & { readonly own: ElementModule }) {
    super()
    this.own = own
    this.sets = new DeepSetsBlock(block)
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, set, last channels]. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    return this.sets.forward(eachElement(this.own, fillMissing(x, mask), ...further), mask)
  }
}
