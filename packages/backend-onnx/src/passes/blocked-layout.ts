import { type Dimension, pad, product, reshape, sameDimension, slice, type Tensor, transpose } from '@equivar/tensor'
import { paddedChannels } from '../operators/blocked-numbers.ts'
import { reorderInput, reorderOutput } from '../operators/reorder.ts'

/** Which axes of a tensor are its channels: from one on, up to before another. Several where channels are taken apart, [batch, channels, turns, ...]. */
export interface ChannelAxes {
  readonly from: number
  readonly to: number
}

/** Channels of signals and images, [batch, channels, ...spatial]. */
export const imageChannels: ChannelAxes = { from: 1, to: 2 }

/** What surrounds the channels. */
interface Parts {
  readonly before: readonly Dimension[]
  readonly channels: number
  readonly after: readonly Dimension[]
}

function partsOf(shape: readonly Dimension[], { from, to }: ChannelAxes): Parts {
  return { before: shape.slice(0, from), channels: Number(product(shape.slice(from, to))), after: shape.slice(to) }
}

/** How many channels a tensor has in those axes, of known size. */
export const channelCount = (shape: readonly Dimension[], axes: ChannelAxes): number => partsOf(shape, axes).channels

/** Shape of a tensor in blocks: [...before, channels / block, ...after, block]. */
export function blockedShape(shape: readonly Dimension[], axes: ChannelAxes, block: number): Dimension[] {
  const { before, channels, after } = partsOf(shape, axes)
  return [...before, paddedChannels(channels, block) / block, ...after, block]
}

/** Whether an axis is none of the channels'. */
export const isBeside = (axis: number, { from, to }: ChannelAxes): boolean => axis < from || axis >= to

/** Where an axis beside the channels is in a tensor in blocks. */
export const blockedAxis = (axis: number, { from, to }: ChannelAxes): number => (axis < from ? axis : axis - (to - from) + 1)

/** Height and width of the images that a tensor is seen as. */
const spaceOf = ({ after }: Parts): readonly Dimension[] => (after.length === 2 ? after : [1, product(after)])

/** [before, channels, height, width]: the tensor as images. */
const asImages = (x: Tensor, parts: Parts): Tensor => reshape(x, [product(parts.before), parts.channels, ...spaceOf(parts)])

const isSingle = (sizes: readonly Dimension[]): boolean => sizes.every((d) => d === 1)

function withChannels(x: Tensor, from: number, to: number): Tensor {
  return to === from ? x : pad(x, [0, 0, 0, 0, 0, to - from, 0, 0])
}

/** Smallest number of channels that ReorderInput takes. */
const REORDERED = 4

/**
 * A tensor in blocks of channels: [...before, channels / block, ...after, block], zeros where there is no channel. Where nothing comes after the channels,
 * nothing moves.
 */
export function toBlocks(x: Tensor, axes: ChannelAxes, block: number): Tensor {
  const parts = partsOf(x.shape, axes)
  const images = asImages(x, parts)
  const { channels } = parts
  const padded = paddedChannels(channels, block)
  if (isSingle(parts.after)) return reshape(withChannels(images, channels, padded), blockedShape(x.shape, axes, block))
  const whole = channels % REORDERED === 0 ? images : withChannels(images, channels, padded)
  return reshape(reorderInput(whole, block), blockedShape(x.shape, axes, block))
}

/** What `toBlocks` was given: a tensor of that shape. */
export function fromBlocks(x: Tensor, shape: readonly Dimension[], axes: ChannelAxes, block: number): Tensor {
  const parts = partsOf(shape, axes)
  const { before, channels, after } = parts
  const padded = paddedChannels(channels, block)
  const images = reshape(x, [product(before), padded, ...spaceOf(parts)])
  if (isSingle(after)) return reshape(padded === channels ? images : slice(images, { axis: 1, end: channels }), shape)
  if (x.dtype === 'float32') return reshape(reorderOutput(images, channels, block), shape)
  const apart = transpose(reshape(x, [product(before), padded / block, product(after), block]), [0, 1, 3, 2])
  const plain = reshape(apart, [product(before), padded, product(after)])
  return reshape(padded === channels ? plain : slice(plain, { axis: 1, end: channels }), shape)
}

/**
 * Where the channels of a tensor are after a change of its shape, if they still lie together: the axes before them, they, and the axes behind them hold as
 * many elements as they did.
 */
export function reshapedChannels(before: readonly Dimension[], axes: ChannelAxes, after: readonly Dimension[]): ChannelAxes | undefined {
  const [lead, channels] = [product(before.slice(0, axes.from)), product(before.slice(axes.from, axes.to))]
  for (let from = after.length - 1; from >= 0; from--) {
    if (!sameDimension(product(after.slice(0, from)), lead)) continue
    for (let to = from + 1; to <= after.length; to++) if (sameDimension(product(after.slice(from, to)), channels)) return { from, to }
  }
  return undefined
}
