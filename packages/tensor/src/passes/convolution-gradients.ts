import { type Dimension, minus, plus, product, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { convOperator, convTransposeOperator } from '../operators/convolution.ts'
import { matMul } from '../operators/linalg.ts'
import { apply } from '../operators/operator.ts'
import { pad } from '../operators/padding.ts'
import { reshape, swapAxes, transpose } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { concat, flip, slice } from '../operators/slicing.ts'
import { axisWindows, positions, spatialOf, transposedSizes, windowIntervals } from '../operators/windows.ts'
import { fitted, fromPhases, phases, polyphase } from './polyphase.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** In which of their equal forms a target wants the gradients of convolutions. */
export interface ConvolutionGradientForms {
  /** From how many channels of the signal on its gradient is a convolution with the flipped kernel; below, and if left out, a transposed one. */
  readonly flippedFrom?: number
  /** Whether gradients of strided convolutions are taken in phases, as gradients of stride 1. */
  readonly inPhases?: boolean
  /** How many columns side by side make a matrix product run at full speed. */
  readonly columns: number
}

const isUnit = (numbers: readonly number[]): boolean => numbers.every((n) => n === 1)

/** A signal that a gradient is taken in, as far as that matters. */
interface Signal {
  readonly channels: Dimension
  readonly spatial: readonly Dimension[]
}

/** The gradient that reaches the signal: a convolution with the flipped kernel, the same in phases, or a transposed convolution. */
function inputGradient(signal: Signal, weight: Tensor, g: Tensor, attributes: ConvAttributes, forms: ConvolutionGradientForms): Tensor {
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

/**
 * The gradient that reaches the weight: [outputs, channels / groups, ...kernel].
 *
 * For each position of the kernel it is one matrix product between the output's gradient and the signal as that position sees it. With
 * stride 1, or in phases, these views are contiguous slices of one flat, padded signal [channels, batch * positions].
 */
function weightGradient(x: Tensor, g: Tensor, attributes: ConvAttributes, forms: ConvolutionGradientForms): Tensor {
  const { kernel, pads, strides, groups } = attributes
  if (groups > 1) {
    const gs = splitChannels(g, groups)
    const parts = splitChannels(x, groups).map((part, i) => weightGradient(part, gs[i] as Tensor, { ...attributes, groups: 1 }, forms))
    return concat(parts, 0)
  }
  const padded = pad(x, [0, 0, ...pads.slice(0, kernel.length), 0, 0, ...pads.slice(kernel.length)])
  const apart = forms.inPhases === true ? polyphase(spatialOf(x), spatialOf(g), attributes) : undefined
  if (apart !== undefined) {
    const inPhases = weightGradient(phases(fitted(padded, apart.signal), strides), g, apart.attributes, forms)
    return fitted(fromPhases(inPhases, strides, x.size(1)), kernel)
  }
  const columns = isUnit(strides) ? flatTaps(padded, g, attributes, forms.columns) : stridedTaps(padded, g, attributes)
  const taps = kernel.reduce((n, k) => n * k, 1)
  // [taps * channels, outputs] -> [outputs, channels, ...kernel]
  const [channels, outputs] = [x.size(1), g.size(1)]
  return reshape(transpose(reshape(columns, [taps, channels, outputs]), [2, 1, 0]), [outputs, channels, ...kernel])
}

function splitChannels(t: Tensor, groups: number): Tensor[] {
  const each = Number(t.size(1)) / groups
  return Array.from({ length: groups }, (_, i) => slice(t, { axis: 1, start: i * each, end: (i + 1) * each }))
}

const channelsFirst = (t: Tensor): Tensor => {
  const front = swapAxes(t, 0, 1)
  return reshape(front, [front.size(0), product(front.shape.slice(1))])
}

/** The taps as contiguous slices of the flat signal; positions between rows and examples meet zeros of the gradient. */
function flatTaps(padded: Tensor, g: Tensor, { kernel, dilations }: ConvAttributes, columns: number): Tensor {
  const sizes = spatialOf(padded)
  const fill = sizes.map((d, i) => minus(d, g.size(i + 2)))
  const signal = channelsFirst(padded)
  const gradient = channelsFirst(pad(g, [0, 0, ...sizes.map(() => 0), 0, 0, ...fill]))
  const offsets = positions(kernel).map((p) =>
    p.reduce<Dimension>((offset, k, i) => plus(offset, times(product(sizes.slice(i + 1)), k * (dilations[i] ?? 1))), 0),
  )
  const length = minus(signal.size(1), offsets.at(-1) ?? 0)
  const right = swapAxes(slice(gradient, { axis: 1, end: length }), 0, 1)
  const views = offsets.map((offset) => slice(signal, { axis: 1, start: offset, end: plus(offset, length) }))
  const channels = padded.size(1)
  const together = typeof channels === 'number' ? Math.max(1, Math.floor(columns / Math.max(1, channels))) : 1
  return productsOf(views, right, together)
}

function stridedTaps(padded: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const right = swapAxes(channelsFirst(g), 0, 1)
  const views = positions(attributes.kernel).map((at) => channelsFirst(slice(padded, ...windowIntervals(at, g, attributes))))
  return productsOf(views, right, views.length)
}

const productsOf = (views: readonly Tensor[], right: Tensor, together: number): Tensor =>
  concat(
    Array.from({ length: Math.ceil(views.length / together) }, (_, i) =>
      matMul(concat(views.slice(i * together, (i + 1) * together), 0), right),
    ),
    0,
  )

/**
 * Gradients of convolutions, written with operators that runtimes have.
 *
 * Law: equal for every finite input, but for the order of additions; infinities meet zeros that are written around them, and NaN spreads.
 * Before: ConvInputGradient(w, g). After: ConvTranspose(g, w).
 */
export const convolutionGradients = (forms: ConvolutionGradientForms): RewritingPass =>
  rewriting('convolution-gradients', [
    rule('ConvInputGradient', ({ inputs: [weight, gradient], attributes, output }) =>
      inputGradient({ channels: output.size(1), spatial: attributes.spatial }, weight, gradient, attributes, forms),
    ),
    rule('ConvWeightGradient', ({ inputs: [x, gradient], attributes }) => weightGradient(x, gradient, attributes, forms)),
  ])
