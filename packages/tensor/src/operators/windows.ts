import { type Dimension, floorDivide, plus, times } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import type { WindowAttributes } from './signatures.ts'

/** Settings of a window that slides over the spatial axes: one number for all of them, or one each. */
export interface WindowOptions {
  readonly strides?: number | readonly number[]
  /** One number, one an axis, or [before..., after...]. */
  readonly pads?: number | readonly number[]
  readonly dilations?: number | readonly number[]
}

/** One number an axis. */
export const spread = (value: number | readonly number[], rank: number): number[] =>
  typeof value === 'number' ? Array.from({ length: rank }, () => value) : [...value]

/** @throws ShapeError where a number is missing, too many, or too small. */
export function windowAttributes(
  where: string,
  kernel: readonly number[],
  { strides = 1, pads = 0, dilations = 1 }: WindowOptions,
): WindowAttributes {
  const rank = kernel.length
  const sides = spread(pads, rank)
  const p = sides.length === rank ? [...sides, ...sides] : sides
  const [s, d] = [spread(strides, rank), spread(dilations, rank)]
  const positive = (numbers: readonly number[], length: number, least: number): boolean =>
    numbers.length === length && numbers.every((n) => Number.isInteger(n) && n >= least)
  if (!positive(kernel, rank, 1) || !positive(s, rank, 1) || !positive(d, rank, 1) || !positive(p, 2 * rank, 0)) {
    throw new ShapeError(
      where,
      `positive kernel, strides and dilations and non-negative pads for ${rank} spatial axes`,
      `kernel [${kernel}], strides [${s}], dilations [${d}], pads [${p}]`,
    )
  }
  return { kernel, strides: s, pads: p, dilations: d }
}

/** What the window does along one spatial axis. */
export interface AxisWindow {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly before: number
  readonly after: number
  /** From its first to its last position: dilation (kernel - 1) + 1. */
  readonly extent: number
  /** before + after. */
  readonly padding: number
}

/** The window along each spatial axis. */
export function axisWindows({ kernel, strides, pads, dilations }: WindowAttributes): AxisWindow[] {
  return kernel.map((k, i) => {
    const [stride, dilation, before, after] = [strides[i] ?? 1, dilations[i] ?? 1, pads[i] ?? 0, pads[i + kernel.length] ?? 0]
    return { kernel: k, stride, dilation, before, after, extent: dilation * (k - 1) + 1, padding: before + after }
  })
}

/** [batch, channels, ...spatial] without the first two. */
export const spatialOf = (x: Tensor): readonly Dimension[] => x.shape.slice(2)

/** floor((size + padding - extent) / stride) + 1 for each spatial axis. @throws ShapeError if the window is larger than the padded signal. */
export function slidSizes(where: string, spatial: readonly Dimension[], attributes: WindowAttributes): Dimension[] {
  return axisWindows(attributes).map(({ padding, extent, stride }, i) => {
    const d = spatial[i] ?? 0
    const size = floorDivide(plus(d, padding - extent), stride)
    if (typeof size === 'number' && size < 0) {
      throw new ShapeError(where, `spatial axis ${i} of at least ${extent - padding}`, `${d}`, 'Pad more, or use a smaller kernel.')
    }
    return plus(size, 1)
  })
}

/** stride (size - 1) + extent - padding + outputPadding for each spatial axis: what a transposed convolution makes. */
export function transposedSizes(
  spatial: readonly Dimension[],
  attributes: WindowAttributes,
  outputPadding: readonly number[],
): Dimension[] {
  return axisWindows(attributes).map(({ padding, extent, stride }, i) =>
    plus(times(stride, plus(spatial[i] ?? 0, -1)), extent - padding + (outputPadding[i] ?? 0)),
  )
}

/** All positions of a kernel, in row-major order. */
export function positions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((found, k) => found.flatMap((p) => Array.from({ length: k }, (_, i) => [...p, i])), [[]])
}

/** Where window position `at` of every result lies in the padded signal. */
export function windowIntervals(
  at: readonly number[],
  y: Tensor,
  attributes: WindowAttributes,
): { readonly axis: number; readonly start: number; readonly end: Dimension; readonly step: number }[] {
  return axisWindows(attributes).map(({ dilation, stride }, i) => {
    const start = (at[i] ?? 0) * dilation
    return { axis: i + 2, start, end: plus(start + 1, times(plus(y.size(i + 2), -1), stride)), step: stride }
  })
}
