import type { ForeignOperator } from '@equivar/export-onnx'
import { type NumberArray, reshape, ShapeError, type Tensor } from '@equivar/tensor'
import { type Activation, applied, type Block, blockedOperator, imageShape, windows, writtenActivation } from './blocked-operator.ts'

/** A scaling of channels in blocks. */
export interface BlockedScaling extends Block, Activation {}

const onePixel = { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] }

const scalingOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<BlockedScaling & { readonly channels: number }>('Conv', {
  name: 'BlockedScaling',
  arity: [3, 4],
  infer: ([x, factor, shift, term], { block }) => {
    const [, channels] = imageShape('BlockedScaling', x as Tensor)
    const sizes = [factor, shift].map((v) => (v as Tensor).shape.join())
    if (
      channels % block !== 0 ||
      sizes.join(' ') !== `${channels},1,1,1 ${channels}` ||
      String(term?.shape ?? x?.shape) !== String(x?.shape)
    )
      throw new ShapeError(
        'BlockedScaling',
        `a factor [${channels}, 1, 1, 1], a shift [${channels}] and a term ${x?.shape}`,
        sizes.join(' and '),
      )
    return { dtype: 'float32', shape: (x as Tensor).shape }
  },
  reference: ([x, factor, shift, term], { block, activation }) => {
    const { dtype, shape, data } = x as NumberArray
    const [, channels, height, width] = shape as [number, number, number, number]
    const slab = height * width * block
    const scaled = Float64Array.from({ length: data.length }, (_, at) => {
      const channel = (Math.floor(at / slab) % (channels / block)) * block + (at % block)
      const [a, b] = [(factor as NumberArray).data[channel] as number, (shift as NumberArray).data[channel] as number]
      const value = a * (data[at] as number) + b + Number(term?.data[at] ?? 0)
      return activation === 'none' ? value : Math.max(0, value)
    })
    return { dtype, shape, data: scaled }
  },
  written: ({ channels, activation }) => ({ ...windows(onePixel), group: { int: channels }, ...writtenActivation({ activation }) }),
})

/** What is multiplied and added. */
export interface ScalingTerms {
  /** [channels]. */
  readonly factor: Tensor
  /** [channels]. */
  readonly shift: Tensor
  /** In blocks, of the shape of what is scaled. */
  readonly term?: Tensor | undefined
}

/**
 * Each channel times a number, plus a number, plus another tensor, and an activation, in one walk: a convolution of each channel by itself, with windows of one
 * pixel.
 *
 * @param x - [batch, channels, height, width] in blocks, the channels a multiple of the block.
 */
export function blockedScaling(x: Tensor, { factor, shift, term }: ScalingTerms, attributes: BlockedScaling): Tensor {
  const channels = Number(x.size(1))
  const weight = reshape(factor, [channels, 1, 1, 1])
  return applied(scalingOperator, [x, weight, shift, ...(term === undefined ? [] : [term])], { ...attributes, channels })
}
