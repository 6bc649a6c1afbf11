import type { ForeignOperator } from '@equivar/export-onnx'
import { type NumberArray, operators, ShapeError, type Tensor, type TensorType, type WindowAttributes } from '@equivar/tensor'
import { blockedNumbers, plainNumbers } from './blocked-numbers.ts'
import { applied, type Block, blockedOperator, imageShape, windows } from './blocked-operator.ts'

/** A convolution on blocks. */
export interface BlockedConvolution extends Block, WindowAttributes {
  readonly activation: 'Relu' | 'none'
}

/** [outputs, channels, ...kernel] of a weight that lies as [outputs / block, channels / block, ...kernel, block of channels, block of outputs]. */
function plainWeight({ dtype, shape, data }: NumberArray, block: number): NumberArray {
  const [, channels, ...kernel] = shape as [number, number, ...number[]]
  const lanes = Math.min(channels, block)
  const taps = kernel.reduce((n, k) => n * k, 1)
  const plain = data.map((_, at) => {
    const [o, c, tap] = [Math.floor(at / (taps * channels)), Math.floor(at / taps) % channels, at % taps]
    const slab = Math.floor(o / block) * (channels / lanes) + Math.floor(c / lanes)
    // With fewer channels than a block has, the taps come behind the channels.
    const inner = channels < block ? c * taps + tap : tap * block + (c % block)
    return data[(slab * lanes * taps + inner) * block + (o % block)] as number
  })
  return { dtype, shape, data: plain }
}

const convolutionOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<BlockedConvolution>('Conv', {
  arity: [3, 3],
  infer: ([x, weight, bias], attributes) => {
    const { block } = attributes
    const channels = imageShape('blocked Conv', x as Tensor)[1]
    const [outputs] = imageShape('blocked Conv', weight as Tensor)
    if ((channels >= block && channels % block !== 0) || typeof outputs !== 'number' || outputs % block !== 0)
      throw new ShapeError('blocked Conv', `channels in blocks of ${block}`, `${channels} and ${outputs}`)
    return operators.Conv.infer([x as Tensor, weight as Tensor, bias as Tensor], { ...attributes, groups: 1 })[0] as TensorType
  },
  reference: ([x, weight, bias], attributes, context) => {
    const { block, activation } = attributes
    const signal = x as NumberArray
    const channels = signal.shape[1] as number
    const plain = channels < block ? signal : plainNumbers(signal, channels, block)
    const inputs = [plain, plainWeight(weight as NumberArray, block), bias as NumberArray] as const
    const y = operators.Conv.reference(inputs, { ...context, attributes: { ...attributes, groups: 1 } }) as NumberArray
    const blocked = blockedNumbers(y, block)
    return activation === 'none' ? blocked : { ...blocked, data: blocked.data.map((value) => Math.max(0, value)) }
  },
  written: (attributes) => ({
    ...windows(attributes),
    group: { int: 1 },
    ...(attributes.activation === 'none' ? {} : { activation: { string: attributes.activation } }),
  }),
})

/**
 * Convolution of images in blocks, and an activation.
 *
 * @param x - [batch, channels, height, width] in blocks; in the plain order if it has fewer channels than a block.
 * @param weight - [outputs, channels, ...kernel], lying as [outputs / block, channels / block, ...kernel, block of channels, block of outputs], or as
 * [outputs / block, channels, ...kernel, block of outputs].
 * @returns [batch, outputs, ...] in blocks.
 */
export const blockedConvolution = (x: Tensor, weight: Tensor, bias: Tensor, attributes: BlockedConvolution): Tensor =>
  applied(convolutionOperator, [x, weight, bias], attributes)

/** The convolution that made the tensor, if one on blocks did. */
export function blockedConvolutionOf({
  node,
}: Tensor): { readonly inputs: readonly Tensor[]; readonly attributes: BlockedConvolution } | undefined {
  return node.operator === convolutionOperator ? { inputs: node.inputs, attributes: node.attributes as BlockedConvolution } : undefined
}
