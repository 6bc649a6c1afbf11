import type { Node, Tensor } from '@equivar/tensor'
import type { BlockedForms } from './blocked-forms.ts'
import type { ChannelAxes } from './blocked-layout.ts'

/** Where the channels of a tensor are, if it can be computed in blocks. */
export type KnownChannels = (x: Tensor) => ChannelAxes | undefined

/** A tensor that is read in blocks of the channels in those axes. */
export interface BlockedRead {
  readonly x: Tensor
  readonly axes: ChannelAxes
}

/** How a node may be computed in blocks of channels. */
export interface BlockedPlan {
  /** Where the channels of its result are. */
  readonly axes: ChannelAxes
  /** What it reads in blocks; everything else in the plain order. */
  readonly reads: readonly BlockedRead[]
  /** The result in blocks. */
  compute(forms: BlockedForms): Tensor
}

/** How a node may be computed in blocks, if it can be. */
export type BlockedRule = (node: Node, known: KnownChannels, block: number) => BlockedPlan | undefined
