import type { Dimension } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { pad } from '../operators/padding.ts'
import { reshape, transpose } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { slice } from '../operators/slicing.ts'

/** A convolution of stride s, as one of stride 1. */
export interface Polyphase {
  /** Samples of the signal that are read, positions of the kernel with zeros behind, and both apart: sizes that the strides divide, and divided. */
  readonly signal: readonly number[]
  readonly kernel: readonly number[]
  readonly signalPhase: readonly number[]
  readonly kernelPhase: readonly number[]
  /** Channels that each channel becomes. */
  readonly count: number
  readonly attributes: ConvAttributes
}

/**
 * A convolution of stride s written as one of stride 1: every s-th sample, from each of the first s on, is a channel of its own, and the kernel is taken
 * apart likewise: y[t] = sum over c, r, q of x_(c, r)[t + q] w_(c, r)[q] with x_(c, r)[t] = x[c, s t + r].
 *
 * Its gradients are products of contiguous slices; those of the strided one are not.
 *
 * @param spatial - sizes of the signal, without padding. @param slid - sizes of the result.
 * @returns undefined for stride 1, for kernels shorter than their stride, with dilations or groups, and where a size is 0 or a symbol.
 */
export function polyphase(
  spatial: readonly Dimension[],
  slid: readonly Dimension[],
  { kernel, strides, dilations, groups }: ConvAttributes,
): Polyphase | undefined {
  const known = [...spatial, ...slid].every((d) => typeof d === 'number' && d > 0)
  const fits = kernel.every((k, i) => k >= (strides[i] as number) && dilations[i] === 1)
  if (!known || !fits || groups !== 1 || strides.every((s) => s === 1)) return undefined
  const kernelPhase = kernel.map((k, i) => Math.ceil(k / (strides[i] as number)))
  const signalPhase = kernelPhase.map((k, i) => (slid[i] as number) - 1 + k)
  const whole = (sizes: readonly number[]): number[] => sizes.map((size, i) => size * (strides[i] as number))
  const one = kernel.map(() => 1)
  return {
    signal: whole(signalPhase),
    kernel: whole(kernelPhase),
    signalPhase,
    kernelPhase,
    count: strides.reduce((a, b) => a * b, 1),
    attributes: { kernel: kernelPhase, strides: one, pads: [...kernel, ...kernel].map(() => 0), dilations: one, groups: 1 },
  }
}

/** [front, channels, ...s n] to [front, channels ...s, ...n]. */
export function phases(t: Tensor, strides: readonly number[]): Tensor {
  const [front, channels, ...sizes] = t.shape as [Dimension, Dimension, ...number[]]
  const apart = sizes.flatMap((size, i) => [size / (strides[i] as number), strides[i] as number])
  const inner = strides.map((_, i) => 2 * i + 3)
  const moved = transpose(reshape(t, [front, channels, ...apart]), [0, 1, ...inner, ...inner.map((axis) => axis - 1)])
  return reshape(moved, [front, -1, ...sizes.map((size, i) => size / (strides[i] as number))])
}

/** What `phases` took apart. */
export function fromPhases(t: Tensor, strides: readonly number[], channels: Dimension): Tensor {
  const [front, , ...sizes] = t.shape as [Dimension, Dimension, ...number[]]
  const rank = strides.length
  const order = strides.flatMap((_, i) => [2 + rank + i, 2 + i])
  const moved = transpose(reshape(t, [front, channels, ...strides, ...sizes]), [0, 1, ...order])
  return reshape(moved, [front, channels, ...sizes.map((size, i) => size * (strides[i] as number))])
}

/** Cut at the end, or with zeros behind, so that the spatial sizes are these. */
export function fitted(t: Tensor, sizes: readonly number[]): Tensor {
  const missing = sizes.map((size, i) => Math.max(0, size - (t.shape[i + 2] as number)))
  const filled = missing.some((m) => m > 0) ? pad(t, [0, 0, ...sizes.map(() => 0), 0, 0, ...missing]) : t
  const cut = sizes.flatMap((end, i) => ((filled.shape[i + 2] as number) > end ? [{ axis: i + 2, end }] : []))
  return cut.length > 0 ? slice(filled, ...cut) : filled
}
