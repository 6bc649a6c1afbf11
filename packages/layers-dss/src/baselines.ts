import { fillMissing, Module } from '@equivar/nn'
import { concat, expand, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { type ElementInput, type ElementModule, type ElementNorm, existing, normedElements, remaining } from './elements.ts'
import { demandFromLast, poolSet } from './pooling.ts'

/** Settings of a layer that applies one layer to every element. */
export interface SiameseOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Normalizes own(x_i), over all elements that exist. */
  readonly ownNorm?: ElementNorm
}

/** own(x_i), normalized, zero where no element exists. */
function features(layer: OwnLayer, x: Tensor, mask: Tensor | undefined, further: readonly ElementInput[]) {
  const exists = existing(x, mask, further)
  const each = normedElements(layer.own, layer.ownNorm, fillMissing(x, exists), mask, further)
  const kept = remaining(each, exists, mask)
  return { each: fillMissing(each, kept), kept }
}

/** A layer made of one layer of elements, and a norm behind it. */
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
 * The same layer for every element, without any exchange between them: the baseline that DSS is compared with.
 *
 * Law: that of G wr S_n. L(x)_i = own(x_i). With an `own` that has no parameters it is a pooling or any other step between layers.
 */
export class Siamese extends OwnLayer {
  /** As Dss.forward. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    return features(this, x, mask, further).each
  }
}

/**
 * Features beside their largest values over the set.
 *
 * Law: that of S_n x G. L(x)_i = [own(x_i) || max_j own(x_j)]: `own` has half of the channels.
 *
 * @throws RangeError if the axis is not counted from the last.
 * @see Aittala, Durand 2018, Burst image deblurring using permutation invariant convolutional neural networks.
 */
export class AittalaDurand extends OwnLayer {
  readonly #axis: number

  /** @param options - `axis`: of the channels, counted from the last: -2 for signals, -3 for images; -1 if left out. */
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
 * Features less their mean over the set.
 *
 * Law: that of S_n x G. L(x)_i = own(x_i) - mean_j own(x_j).
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
