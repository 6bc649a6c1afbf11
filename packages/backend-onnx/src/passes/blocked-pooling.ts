import {
  cast,
  constant,
  type Dimension,
  div,
  equal,
  floorDivide,
  isNode,
  mul,
  type Node,
  type NodeOf,
  reshape,
  sameDimension,
  type Tensor,
  times,
  type WindowAttributes,
} from '@equivar/tensor'
import { blockedAveragePool, blockedMaxPool, blockedUpsample } from '../operators/pooling.ts'
import { asBlockedImages, imageWindow } from './blocked-convolution.ts'
import type { BlockedForms } from './blocked-forms.ts'
import { blockedShape, channelCount, imageChannels } from './blocked-layout.ts'
import type { BlockedPlan, BlockedRule, KnownChannels } from './blocked-rule.ts'
import { usualCount } from './usual-size.ts'

const isImageChannels = (x: Tensor, known: KnownChannels): boolean => {
  const axes = known(x)
  return axes?.from === imageChannels.from && axes.to === imageChannels.to
}

/** A tensor in blocks as ONNX Runtime's images. */
function images(x: Tensor, forms: BlockedForms): Tensor {
  return asBlockedImages(forms.blocked(x, imageChannels), channelCount(x.shape, imageChannels), forms.block)
}

/** Whether the windows meet every element once. */
function isTiling(x: Tensor, { kernel, strides, pads, dilations }: WindowAttributes): boolean {
  const whole = (size: Dimension, k: number): boolean => sameDimension(times(floorDivide(size, k), k), size)
  return pads.every((p) => p === 0) && kernel.every((k, i) => k === strides[i] && dilations[i] === 1 && whole(x.size(i + 2), k))
}

/** Each window's gradient goes to its largest element, in equal parts where several tie: they are counted by the mean over the window. */
function gradient({ inputs: [x, y, g], attributes }: NodeOf<'MaxPoolGradient'>, forms: BlockedForms): Tensor {
  const { block } = forms
  const window = imageWindow(attributes)
  const count = window.kernel.reduce((n, k) => n * k, 1)
  const everywhere = (pooled: Tensor): Tensor => blockedUpsample(pooled, window.kernel, block)
  const tie = cast(equal(images(x, forms), everywhere(images(y, forms))), 'float32')
  const share = div(images(g, forms), mul(blockedAveragePool(tie, window, block), constant(count)))
  return mul(tie, everywhere(share))
}

function computed(node: Node, forms: BlockedForms): Tensor | undefined {
  const { block } = forms
  if (isNode(node, 'MaxPool')) return blockedMaxPool(images(node.inputs[0], forms), imageWindow(node.attributes), block)
  if (isNode(node, 'AveragePool')) return blockedAveragePool(images(node.inputs[0], forms), imageWindow(node.attributes), block)
  return isNode(node, 'MaxPoolGradient') ? gradient(node, forms) : undefined
}

const applies = (node: Node): boolean => {
  const [x] = node.inputs
  if (x === undefined || (x.rank !== 3 && x.rank !== 4) || x.dtype !== 'float32') return false
  if (isNode(node, 'MaxPoolGradient')) return isTiling(x, node.attributes)
  return isNode(node, 'MaxPool') || isNode(node, 'AveragePool')
}

/** A pooling of images, or the gradient of one whose windows tile the image. */
export const poolingRule: BlockedRule = (node, known, block): BlockedPlan | undefined => {
  if (!applies(node) || !node.inputs.some((x) => isImageChannels(x, known))) return undefined
  return {
    axes: imageChannels,
    reads: node.inputs.map((x) => ({ x, axes: imageChannels })),
    compute: (forms) => reshape(computed(node, forms) as Tensor, blockedShape(node.output.shape, imageChannels, block)),
  }
}

/**
 * What the gradient of max-pooling gains in blocks for each number of its result, counted in numbers that are reordered in the same time: where channels lie
 * together, pixels are repeated whole. One thread, ms, plain and in blocks: [10, 32, 64, 64] 5.8 and 4.8, [10, 64, 32, 32] 3.4 and 1.8, [80, 32, 28, 28] 10.4
 * and 6.7, [80, 64, 14, 14] 4.6 and 2.6, [64, 40, 24, 24] 6.1 and 3.8.
 */
const GRADIENT_GAIN = 2

/** How much faster a pooling is in blocks, as numbers that could be reordered in that time. */
export const poolingGain = (node: Node): number => (isNode(node, 'MaxPoolGradient') ? GRADIENT_GAIN * usualCount(node.output) : 0)
