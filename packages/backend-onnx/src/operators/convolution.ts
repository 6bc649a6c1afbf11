import type { ForeignOperator } from '@equivar/export-onnx'
import {
  type NumberArray,
  operators,
  printShape,
  ShapeError,
  sameShape,
  type Tensor,
  type TensorType,
  type WindowAttributes,
} from '@equivar/tensor'
import { blockedNumbers, plainNumbers } from './blocked-numbers.ts'
import { type Activation, applied, type Block, blockedOperator, imageShape, windows, writtenActivation } from './blocked-operator.ts'

/** A convolution on blocks. */
export interface BlockedConvolution extends Activation, Block, WindowAttributes {}

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
  arity: [3, 4],
  infer: ([x, weight, bias, term], attributes) => {
    const { block } = attributes
    const channels = imageShape('blocked Conv', x as Tensor)[1]
    const [outputs] = imageShape('blocked Conv', weight as Tensor)
    if ((channels >= block && channels % block !== 0) || typeof outputs !== 'number' || outputs % block !== 0)
      throw new ShapeError('blocked Conv', `channels in blocks of ${block}`, `${channels} and ${outputs}`)
    const type = operators.Conv.infer([x as Tensor, weight as Tensor, bias as Tensor], { ...attributes, groups: 1 })[0] as TensorType
    if (term !== undefined && !sameShape(term.shape, type.shape))
      throw new ShapeError('blocked Conv', `a term ${printShape(type.shape)}`, printShape(term.shape))
    return type
  },
  reference: ([x, weight, bias, term], attributes, context) => {
    const { block, activation } = attributes
    const signal = x as NumberArray
    const channels = signal.shape[1] as number
    const plain = channels < block ? signal : plainNumbers(signal, channels, block)
    const inputs = [plain, plainWeight(weight as NumberArray, block), bias as NumberArray] as const
    const y = operators.Conv.reference(inputs, { ...context, attributes: { ...attributes, groups: 1 } }) as NumberArray
    const blocked = blockedNumbers(y, block)
    const sums = blocked.data.map((value, at) => value + Number(term?.data[at] ?? 0))
    return { ...blocked, data: activation === 'none' ? sums : sums.map((value) => Math.max(0, value)) }
  },
  written: (attributes) => ({
    ...windows(attributes),
    group: { int: 1 },
    ...writtenActivation(attributes),
  }),
})

/** What a convolution on blocks reads, but for what it adds. */
export type ConvolutionInputs = readonly [x: Tensor, weight: Tensor, bias: Tensor]

/**
 * Convolution of images in blocks, plus another tensor, and an activation.
 *
 * @param x - [batch, channels, height, width] in blocks; in the plain order if it has fewer channels than a block.
 * @param weight - [outputs, channels, ...kernel], lying as [outputs / block, channels / block, ...kernel, block of channels, block of outputs], or as
 * [outputs / block, channels, ...kernel, block of outputs].
 * @param term - what is added, in blocks, of the shape of the result.
 * @returns [batch, outputs, ...] in blocks.
 */
export const blockedConvolution = (x: Tensor, weight: Tensor, bias: Tensor, attributes: BlockedConvolution, term?: Tensor): Tensor =>
  applied(convolutionOperator, [x, weight, bias, ...(term === undefined ? [] : [term])], attributes)

/** The convolution that made the tensor, if one on blocks did. */
export function blockedConvolutionOf({
  node,
}: Tensor): { readonly inputs: ConvolutionInputs; readonly term: Tensor | undefined; readonly attributes: BlockedConvolution } | undefined {
  if (node.operator !== convolutionOperator) return undefined
  const [x, weight, bias, term] = node.inputs as readonly [Tensor, Tensor, Tensor, Tensor?]
  return { inputs: [x, weight, bias], term, attributes: node.attributes as BlockedConvolution }
}
