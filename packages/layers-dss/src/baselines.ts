import { fillMissing, Module } from '@equivar/nn'
import { concat, expand, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { type ElementInput, type ElementModule, type ElementNorm, existing, normedElements, remaining } from './elements.ts'
import { demandFromLast, poolSet } from './pooling.ts'

/** Options of a layer that applies one layer to every element. */
export interface SiameseOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Normalizes own(x_i) over all existing elements. */
  readonly ownNorm?: ElementNorm
}

/** own(x_i), normalized, zero where no element exists. */
function features(layer: OwnLayer, x: Tensor, mask: Tensor | undefined, further: readonly ElementInput[]) {
  const exists = existing(x, mask, further)
  const each = normedElements(layer.own, layer.ownNorm, fillMissing(x, exists), mask, further)
  const kept = remaining(each, exists, mask)
  return { each: fillMissing(each, kept), kept }
}

/** A layer with one element layer, followed by a norm. */
abstract class OwnLayer extends Module {
  readonly own: ElementModule
  readonly ownNorm: ElementNorm | undefined

  constructor({ own, ownNorm }: SiameseOptions) {
    super()
    this.own = own
    this.ownNorm = ownNorm
  }
}

/**
 * The same layer for every element, without interaction between elements: a baseline for DSS.
 *
 * Law: commutes with G wr S_n. L(x)_i = own(x_i). An `own` without parameters may be a pooling or any other step between layers.
 */
export class Siamese extends OwnLayer {
  /** As Dss.forward. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    return features(this, x, mask, further).each
  }
}

/**
 * Features, concatenated with their maximum over the set.
 *
 * Law: commutes with S_n x G. L(x)_i = [own(x_i) || max_j own(x_j)], so `own` has half of the output channels.
 *
 * @throws RangeError if the axis is not counted from the last.
 * @see Aittala, Durand 2018, Burst image deblurring using permutation invariant convolutional neural networks.
 */
export class AittalaDurand extends OwnLayer {
  readonly #axis: number

  /** @param options - `axis`: the axis of the channels, counted from the last: -2 for signals, -3 for images; default -1. */
  constructor({ axis = -1, ...options }: SiameseOptions & { readonly axis?: number }) {
    super(options)
    this.#axis = demandFromLast('AittalaDurand', [axis])[0] as number
  }

  /** As Dss.forward; twice the channels of `own`. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const { each, kept } = features(this, x, mask, further)
    const largest = expand(unsqueeze(poolSet(each, 'max', kept), 1), each.shape)
    return fillMissing(concat([each, largest], this.#axis), kept)
  }
}

/**
 * Features minus their mean over the set.
 *
 * Law: commutes with S_n x G. L(x)_i = own(x_i) - mean_j own(x_j).
 *
 * @see Sridhar, Rempe, Valentin, Bouaziz, Guibas 2019, Multiview aggregation for learning category-specific shape reconstruction.
 */
export class Sridhar extends OwnLayer {
  /** As Dss.forward. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const { each, kept } = features(this, x, mask, further)
    return fillMissing(sub(each, unsqueeze(poolSet(each, 'mean', kept), 1)), kept)
  }
}
