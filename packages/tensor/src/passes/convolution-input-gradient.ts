import { type Dimension, minus, plus, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { convOperator, convTransposeOperator } from '../operators/convolution.ts'
import { apply } from '../operators/operator.ts'
import { pad } from '../operators/padding.ts'
import { swapAxes } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { flip, slice } from '../operators/slicing.ts'
import { axisWindows, spatialOf, transposedSizes } from '../operators/windows.ts'
import { fitted, fromPhases, phases, polyphase } from './polyphase.ts'

/** In which of its equal forms a target wants the gradient that reaches a signal. */
export interface InputGradientForms {
  /** From how many channels of the signal on its gradient is a convolution with the flipped kernel; below, and if left out, a transposed one. */
  readonly flippedFrom?: number
  /** Whether gradients of strided convolutions are taken in phases, as gradients of stride 1. */
  readonly inPhases?: boolean
}

const isUnit = (numbers: readonly number[]): boolean => numbers.every((n) => n === 1)

/** A signal that a gradient is taken in, as far as that matters. */
interface Signal {
  readonly channels: Dimension
  readonly spatial: readonly Dimension[]
}

/** The gradient that reaches the signal: a convolution with the flipped kernel, the same in phases, or a transposed convolution. */
export function inputGradient(signal: Signal, weight: Tensor, g: Tensor, attributes: ConvAttributes, forms: InputGradientForms): Tensor {
  const { channels, spatial } = signal
  const { kernel, strides, pads, dilations, groups } = attributes
  const complement = axisWindows(attributes).flatMap(({ extent, before }) => extent - 1 - before)
  const behind = axisWindows(attributes).flatMap(({ extent, after }) => extent - 1 - after)
  const sides = [...complement, ...behind]
  const many = typeof channels === 'number' && channels >= (forms.flippedFrom ?? Infinity)
  if (groups === 1 && isUnit(strides) && sides.every((p) => p >= 0) && many) {
    const axes = kernel.map((_, i) => i + 2)
    return apply(convOperator, [g, swapAxes(flip(weight, axes), 0, 1)], { kernel, strides, pads: sides, dilations, groups })
  }
  const apart = forms.inPhases === true ? polyphase(spatial, spatialOf(g), attributes) : undefined
  if (apart === undefined) return transposedOnto(g, weight, spatial, attributes)
  const phase = { channels: times(channels, apart.count), spatial: apart.signalPhase }
  const inPhases = inputGradient(phase, phases(fitted(weight, apart.kernel), strides), g, apart.attributes, forms)
  const ends = spatial.map((d, i) => (d as number) + (pads[i] ?? 0))
  return slice(fitted(fromPhases(inPhases, strides, channels), ends), ...ends.map((_, i) => ({ axis: i + 2, start: pads[i] ?? 0 })))
}

/** A transposed convolution whose result has exactly those spatial sizes; positions that no window read get 0. */
function transposedOnto(g: Tensor, weight: Tensor, spatial: readonly Dimension[], given: ConvAttributes): Tensor {
  const { kernel, strides, pads, dilations, groups } = given
  const attributes = { kernel, strides, pads, dilations, groups }
  const zeros = kernel.map(() => 0)
  const reached = transposedSizes(spatialOf(g), attributes, zeros)
  const missing = spatial.flatMap((d, i) => {
    const rest = minus(d, reached[i] ?? 0)
    return typeof rest === 'number' && rest >= 0 && rest < (strides[i] ?? 1) ? [rest] : []
  })
  if (missing.length === spatial.length) return apply(convTransposeOperator, [g, weight], { ...attributes, outputPadding: missing })
  // Unknown remainders: keep everything that the windows touched, then cut the pads away and fill up to the size.
  const whole = apply(convTransposeOperator, [g, weight], { ...attributes, pads: pads.map(() => 0), outputPadding: zeros })
  const windows = axisWindows(attributes)
  const fill = windows.map(({ padding }, i) => minus(plus(spatial[i] ?? 0, padding), whole.size(i + 2)))
  const filled = pad(whole, [0, 0, ...zeros, 0, 0, ...fill])
  return slice(filled, ...windows.map(({ before }, i) => ({ axis: i + 2, start: before, end: plus(spatial[i] ?? 0, before) })))
}
