import type { ForeignOperator } from '@equivar/export-onnx'
import { type NumberArray, ShapeError, type Tensor } from '@equivar/tensor'
import { blockedNumbers, paddedChannels, plainNumbers } from './blocked-numbers.ts'
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

const reorderOutputOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<Block & { readonly channels: number }>('ReorderOutput', {
  infer: ([x], { channels }) => {
    const [batch, , ...spatial] = imageShape('ReorderOutput', x as Tensor)
    return { dtype: 'float32', shape: [batch, channels, ...spatial] }
  },
  reference: ([x], { block, channels }) => plainNumbers(x as NumberArray, channels, block),
  written: ({ channels }) => ({ channels: { int: channels }, channels_last: { int: 0 } }),
})

/** The first channels of what lies in blocks, in the plain order. */
export const reorderOutput = (x: Tensor, channels: number, block: number): Tensor =>
  applied(reorderOutputOperator, [x], { block, channels })
