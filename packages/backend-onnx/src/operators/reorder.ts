import type { ForeignOperator } from '@equivar/export-onnx'
import { type NumberArray, ShapeError, type Tensor } from '@equivar/tensor'
import { blockedNumbers, channelsLast, paddedChannels, plainNumbers } from './blocked-numbers.ts'
import { applied, type Block, blockedOperator, imageShape } from './blocked-operator.ts'

const reorderInputOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<Block>('ReorderInput', {
  infer: ([x], { block }) => {
    const [batch, channels, ...spatial] = imageShape('ReorderInput', x as Tensor)
    if (channels % 4 !== 0) throw new ShapeError('ReorderInput', 'a multiple of 4 channels', `${channels}`)
    return { dtype: 'float32', shape: [batch, paddedChannels(channels, block), ...spatial] }
  },
  reference: ([x], { block }) => blockedNumbers(x as NumberArray, block),
  written: () => ({ channels_last: { int: 0 } }),
})

/** Channels in blocks, zeros behind. @param x - float32 [batch, channels, height, width], a multiple of 4 channels. */
export const reorderInput = (x: Tensor, block: number): Tensor => applied(reorderInputOperator, [x], { block })

interface ReorderOutput extends Block {
  readonly channels: number
  /** Whether the channels of a place lie together. */
  readonly last?: true
}

const reorderOutputOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<ReorderOutput>('ReorderOutput', {
  infer: ([x], { channels, last }) => {
    const [batch, , ...spatial] = imageShape('ReorderOutput', x as Tensor)
    return { dtype: 'float32', shape: last ? [batch, ...spatial, channels] : [batch, channels, ...spatial] }
  },
  reference: ([x], { block, channels, last }) => {
    const plain = plainNumbers(x as NumberArray, channels, block)
    return last ? channelsLast(plain) : plain
  },
  written: ({ channels, last }) => ({ channels: { int: channels }, channels_last: { int: last ? 1 : 0 } }),
})

/** The first channels of what lies in blocks, in the plain order. */
export const reorderOutput = (x: Tensor, channels: number, block: number): Tensor =>
  applied(reorderOutputOperator, [x], { block, channels })

/** The first channels of what lies in blocks, those of a place together: float32 [batch, height, width, channels]. */
export const reorderOutputLast = (x: Tensor, channels: number, block: number): Tensor =>
  applied(reorderOutputOperator, [x], { block, channels, last: true })

/** What was in blocks before `reorderOutput`; undefined if that did not make the tensor. */
export function reorderedBlocks({
  node,
}: Tensor): { readonly blocks: Tensor; readonly channels: number; readonly block: number } | undefined {
  if (node.operator !== reorderOutputOperator) return undefined
  const { block, channels, last } = node.attributes as unknown as ReorderOutput
  return last ? undefined : { blocks: node.inputs[0] as Tensor, channels, block }
}
