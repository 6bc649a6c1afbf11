import type { Dimension } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { concat, slice } from '../operators/slicing.ts'
import { spatialOf } from '../operators/windows.ts'
import { flatTaps } from './flat-taps.ts'
import { paddedSignal } from './padded-signal.ts'
import { patchRows } from './patch-rows.ts'
import { fitted, fromPhases, phases, polyphase } from './polyphase.ts'
import { stackedTaps } from './stacked-taps.ts'

/** A form in which the gradient of a weight is summed up. */
export type WeightGradientForm = 'flatTaps' | 'stackedTaps' | 'patchRows'

/** In which of its equal forms a target wants the gradient of a weight. */
export interface WeightGradientForms {
  /** The form for a signal [batch, channels, ...spatial] and a window; flatTaps if left out. */
  readonly weightForm?: (x: Tensor, attributes: ConvAttributes) => WeightGradientForm
  /** Whether gradients of strided convolutions are taken in phases, as gradients of stride 1, where the form likes contiguous slices. */
  readonly inPhases?: boolean
  /** How many columns side by side make a matrix product run at full speed. */
  readonly columns: number
}

/** How many taps side by side are that many columns, or one. */
const tapsTogether = (channels: Dimension, columns: number): number =>
  typeof channels === 'number' ? Math.max(1, Math.floor(columns / Math.max(1, channels))) : 1

/** The gradient that reaches the weight: [outputs, channels / groups, ...kernel]. */
export function weightGradient(x: Tensor, g: Tensor, attributes: ConvAttributes, forms: WeightGradientForms): Tensor {
  const { kernel, strides, groups } = attributes
  if (groups > 1) {
    const gs = splitChannels(g, groups)
    const parts = splitChannels(x, groups).map((part, i) => weightGradient(part, gs[i] as Tensor, { ...attributes, groups: 1 }, forms))
    return concat(parts, 0)
  }
  const form = forms.weightForm?.(x, attributes) ?? 'flatTaps'
  const together = tapsTogether(x.size(1), forms.columns)
  if (form === 'patchRows') return patchRows(x, g, attributes, together)
  const apart = forms.inPhases === true ? polyphase(spatialOf(x), spatialOf(g), attributes) : undefined
  if (apart !== undefined) {
    const signal = phases(fitted(paddedSignal(x, attributes), apart.signal), strides)
    return fitted(fromPhases(weightGradient(signal, g, apart.attributes, forms), strides, x.size(1)), kernel)
  }
  return form === 'stackedTaps' ? stackedTaps(x, g, attributes) : flatTaps(x, g, attributes, together)
}

function splitChannels(t: Tensor, groups: number): Tensor[] {
  const each = Number(t.size(1)) / groups
  return Array.from({ length: groups }, (_, i) => slice(t, { axis: 1, start: i * each, end: (i + 1) * each }))
}
