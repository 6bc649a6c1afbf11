import { BatchNorm, type Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import { AittalaDurand, Siamese, Sridhar } from './baselines.ts'
import { Dss, type DssAggregation } from './dss.ts'
import type { ElementInput, ElementModule } from './elements.ts'

/** A layer of sets of elements. */
export interface SetLayer extends Module {
  /** @param x - [batch, set, ...element]. @param mask - bool [batch, set]. @returns [batch, set, ...]. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor
}

/** How the elements of a set exchange what they know in a layer: as in DSS, or as in what it is compared with. */
export type SetLayerKind = 'dss' | 'siamese' | 'aittalaDurand' | 'sridhar'

/** What an element layer is made of. */
export interface ElementLayerSettings {
  readonly inChannels: number
  readonly outChannels: number
  readonly bias: boolean
}

/** Settings of setLayer. */
export interface SetLayerOptions {
  /** Makes a layer of elements. */
  readonly make: (settings: ElementLayerSettings) => ElementModule
  readonly inChannels: number
  /** Of the result, whatever the kind. */
  readonly outChannels: number
  /** Of `dss`; sum if left out. */
  readonly aggregate?: DssAggregation
  /** Batch norm of what each element layer gives, before the sum, the maximum or the difference. */
  readonly norm?: boolean
  /** Axis of the channels, counted from the last; -1 if left out. */
  readonly axis?: number
  /** Whether the shared layer of `dss` has a bias too, as in the published networks; it adds nothing. */
  readonly sharedBias?: boolean
}

/**
 * A layer of that kind over element layers made to measure.
 *
 * @throws RangeError if there is no such kind, or the channels of aittalaDurand are odd.
 */
export function setLayer(kind: SetLayerKind, options: SetLayerOptions): SetLayer {
  const { make, inChannels, outChannels, aggregate = 'sum', norm = false, axis = -1, sharedBias = false } = options
  const own = (channels: number): { own: ElementModule; ownNorm?: BatchNorm } => ({
    own: make({ inChannels, outChannels: channels, bias: true }),
    ...(norm ? { ownNorm: new BatchNorm({ channels, axis }) } : {}),
  })
  switch (kind) {
    case 'dss': {
      const shared = make({ inChannels, outChannels, bias: sharedBias })
      return new Dss({
        ...own(outChannels),
        shared,
        aggregate,
        ...(norm ? { sharedNorm: new BatchNorm({ channels: outChannels, axis }) } : {}),
      })
    }
    case 'siamese':
      return new Siamese(own(outChannels))
    case 'sridhar':
      return new Sridhar(own(outChannels))
    case 'aittalaDurand':
      if (outChannels % 2 !== 0)
        throw new RangeError(
          `setLayer: expected an even number of channels for aittalaDurand, half of which are maxima, received ${outChannels}.`,
        )
      return new AittalaDurand({ ...own(outChannels / 2), axis })
    default:
      throw new RangeError(`setLayer: expected a kind of dss, siamese, aittalaDurand or sridhar, received "${kind satisfies never}".`)
  }
}
