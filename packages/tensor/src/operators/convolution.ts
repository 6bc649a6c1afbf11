import {
  convInputGradient as convInputGradientReference,
  conv as convReference,
  convTranspose as convTransposeReference,
  convWeightGradient as convWeightGradientReference,
} from '../evaluate/convolution.ts'
import { type Dimension, printShape, sameDimension, sameShape, times } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add } from './binary.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { demandSameType } from './pointwise.ts'
import { reshape } from './shape.ts'
import type { ConvAttributes } from './signatures.ts'
import { slidSizes, spatialOf, spread, transposedSizes, type WindowOptions, windowAttributes } from './windows.ts'

/** Settings of a convolution. */
export interface ConvOptions extends WindowOptions {
  readonly groups?: number
  /** [output channels], added after. */
  readonly bias?: Tensor
}

function demandChannels(where: string, x: Tensor, weight: Tensor, expected: Dimension, groups: number, outputs: Dimension): void {
  if (x.rank !== weight.rank || x.rank < 3) {
    throw new ShapeError(
      where,
      'x [batch, channels, ...spatial] and a weight of the same rank',
      `${printShape(x.shape)} and ${printShape(weight.shape)}`,
    )
  }
  demandSameType(where, x, weight)
  if (!sameDimension(x.size(1), expected)) {
    throw new ShapeError(
      where,
      `${expected} channels, as weight ${printShape(weight.shape)} with ${groups} groups takes`,
      `x ${printShape(x.shape)}`,
    )
  }
  if (typeof outputs === 'number' && outputs % groups !== 0)
    throw new ShapeError(where, `channels divisible by ${groups} groups`, `${outputs}`)
}

/** Entry of Conv. */
export const convOperator: OperatorOf<'Conv'> = /* @__PURE__ */ operator('Conv', {
  arity: [2, 3],
  traits: ['windowed', 'contracting'],
  infer: ([x, weight, bias], attributes) => {
    const outputs = weight.size(0)
    demandChannels('conv', x, weight, times(weight.size(1), attributes.groups), attributes.groups, outputs)
    if (bias !== undefined && (!sameShape(bias.shape, [outputs]) || bias.dtype !== x.dtype))
      throw new ShapeError(
        'conv',
        `a bias ${x.dtype} [${outputs}], one number an output channel`,
        `${bias.dtype} ${printShape(bias.shape)}`,
      )
    return [{ dtype: x.dtype, shape: [x.size(0), outputs, ...slidSizes('conv', spatialOf(x), attributes)] }]
  },
  reference: convReference,
})

/** The sizes of a kernel, which must be known. */
function kernelOf(where: string, weight: Tensor): number[] {
  return spatialOf(weight).map((k) => {
    if (typeof k !== 'number') throw new ShapeError(where, 'a kernel of known size', printShape(weight.shape))
    return k
  })
}

/**
 * Cross-correlation of channels-first signals in any number of spatial dimensions.
 *
 * y[b, o, t] = bias[o] + sum over c, k of x[b, c, stride t + dilation k - pad] weight[o, c, k].
 *
 * @param x - [batch, channels, ...spatial].
 * @param weight - [outputs, channels / groups, ...kernel].
 * @returns [batch, outputs, ...floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1].
 * @throws ShapeError if channels do not fit or the window is larger than the padded signal.
 * @see ONNX Conv. Circular: pad with mode wrap first.
 */
export function conv(x: Tensor, weight: Tensor, { groups = 1, bias, ...window }: ConvOptions = {}): Tensor {
  const attributes = { ...windowAttributes('conv', kernelOf('conv', weight), window), groups }
  return apply(convOperator, bias === undefined ? [x, weight] : [x, weight, bias], attributes)
}

/** Entry of ConvTranspose. */
export const convTransposeOperator: OperatorOf<'ConvTranspose'> = /* @__PURE__ */ operator('ConvTranspose', {
  arity: 2,
  traits: ['windowed', 'contracting'],
  infer: ([x, weight], attributes) => {
    const channels = weight.size(0)
    demandChannels('convTranspose', x, weight, channels, attributes.groups, channels)
    const outputs = times(weight.size(1), attributes.groups)
    return [{ dtype: x.dtype, shape: [x.size(0), outputs, ...transposedSizes(spatialOf(x), attributes, attributes.outputPadding)] }]
  },
  reference: convTransposeReference,
})

/**
 * The adjoint of `conv` in its first argument: what a strided convolution shrinks, this grows.
 *
 * @param x - [batch, channels, ...spatial].
 * @param weight - [channels, outputs / groups, ...kernel].
 * @returns [batch, outputs, ...stride (size - 1) + dilation (kernel - 1) + 1 - pads + outputPadding].
 * @see ONNX ConvTranspose.
 */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  { groups = 1, bias, outputPadding = 0, ...window }: ConvOptions & { readonly outputPadding?: number | readonly number[] } = {},
): Tensor {
  const attributes = windowAttributes('convTranspose', kernelOf('convTranspose', weight), window)
  const added = spread(outputPadding, attributes.kernel.length)
  const { kernel, strides, dilations } = attributes
  if (added.length !== kernel.length || added.some((p, i) => p < 0 || p >= Math.max(strides[i] as number, dilations[i] as number))) {
    const expected = `${kernel.length} numbers of outputPadding, one a spatial axis, smaller than the stride or the dilation`
    throw new ShapeError('convTranspose', expected, `[${added}]`)
  }
  const y = apply(convTransposeOperator, [x, weight], { ...attributes, groups, outputPadding: added })
  if (bias === undefined) return y
  const channels = y.shape.slice(1).map((_, i) => (i === 0 ? y.size(1) : 1))
  return add(y, reshape(bias, channels))
}

/** Entry of ConvInputGradient. */
export const convInputGradientOperator: OperatorOf<'ConvInputGradient'> = /* @__PURE__ */ operator('ConvInputGradient', {
  arity: 2,
  traits: ['windowed', 'contracting', 'composite'],
  infer: ([weight, gradient], { groups, spatial }) => [
    { dtype: gradient.dtype, shape: [gradient.size(0), times(weight.size(1), groups), ...spatial] },
  ],
  reference: convInputGradientReference,
})

/** What reaches x = [batch, channels, ...spatial] from the gradient of conv(x, weight): the adjoint of x -> conv(x, weight). */
export function convInputGradient(weight: Tensor, gradient: Tensor, spatial: readonly Dimension[], attributes: ConvAttributes): Tensor {
  const { kernel, strides, pads, dilations, groups } = attributes
  return apply(convInputGradientOperator, [weight, gradient], { kernel, strides, pads, dilations, groups, spatial })
}

/** Entry of ConvWeightGradient. */
export const convWeightGradientOperator: OperatorOf<'ConvWeightGradient'> = /* @__PURE__ */ operator('ConvWeightGradient', {
  arity: 2,
  traits: ['windowed', 'contracting', 'composite'],
  infer: ([x, gradient], { groups, kernel }) => {
    const channels = x.size(1)
    if (groups > 1 && typeof channels !== 'number')
      throw new ShapeError('conv', 'a known number of channels, as there are groups', printShape(x.shape))
    const perGroup = typeof channels === 'number' ? channels / groups : channels
    return [{ dtype: x.dtype, shape: [gradient.size(1), perGroup, ...kernel] }]
  },
  reference: convWeightGradientReference,
})

/** What reaches the weight from the gradient of conv(x, weight): the adjoint of weight -> conv(x, weight). */
export function convWeightGradient(x: Tensor, gradient: Tensor, attributes: ConvAttributes): Tensor {
  const { kernel, strides, pads, dilations, groups } = attributes
  return apply(convWeightGradientOperator, [x, gradient], { kernel, strides, pads, dilations, groups })
}
