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

/** How the elements of a set interact in a layer: as in DSS, or as in one of the baselines. */
export type SetLayerKind = 'dss' | 'siamese' | 'aittalaDurand' | 'sridhar'

/** The options with which `setLayer` builds an element layer. */
export interface ElementLayerSettings {
  readonly inChannels: number
  readonly outChannels: number
  readonly bias: boolean
}

/** Options of setLayer. */
export interface SetLayerOptions {
  /** Builds an element layer. */
  readonly make: (settings: ElementLayerSettings) => ElementModule
  readonly inChannels: number
  /** Channels of the result, for every kind. */
  readonly outChannels: number
  /** Aggregation of `dss`; default sum. */
  readonly aggregate?: DssAggregation
  /** Whether to apply batch norm to the output of each element layer, before the sum, the maximum or the difference. */
  readonly norm?: boolean
  /** Axis of the channels, counted from the last; default -1. */
  readonly axis?: number
  /** Whether the shared layer of `dss` also has a bias, as in the published networks. It is redundant. */
  readonly sharedBias?: boolean
}

/**
 * Builds a layer of a kind, with the element layers that it needs.
 *
 * @throws RangeError if the kind does not exist, or aittalaDurand gets an odd number of channels.
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
