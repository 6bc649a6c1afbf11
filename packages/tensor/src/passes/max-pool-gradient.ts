import { dilate } from '../derivatives/shape.ts'
import { type Dimension, floorDivide, minus, plus, product, sameDimension, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, div, equal, mul } from '../operators/binary.ts'
import { apply } from '../operators/operator.ts'
import { pad } from '../operators/padding.ts'
import { averagePoolOperator } from '../operators/pooling.ts'
import { reshape, unsqueeze } from '../operators/shape.ts'
import type { WindowAttributes } from '../operators/signatures.ts'
import { concat, slice } from '../operators/slicing.ts'
import { cast } from '../operators/unary.ts'
import { axisWindows, positions, spatialOf, windowIntervals } from '../operators/windows.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

const isTiling = (x: Tensor, attributes: WindowAttributes): boolean =>
  axisWindows(attributes).every(({ kernel, stride, dilation, padding }, i) => {
    const size = x.size(i + 2)
    return kernel === stride && dilation === 1 && padding === 0 && sameDimension(times(floorDivide(size, kernel), kernel), size)
  })

/** Puts values of one window position back into a signal of the padded size. */
function scatterWindow(values: Tensor, intervals: ReturnType<typeof windowIntervals>, sizes: readonly Dimension[]): Tensor {
  const dilated = intervals.reduce(
    (t, { axis, step, start, end }) => slice(dilate(t, axis, step), { axis, end: minus(end, start) }),
    values,
  )
  const after = intervals.map(({ end }, i) => minus(sizes[i] ?? 0, end))
  return pad(dilated, [0, 0, ...intervals.map(({ start }) => start), 0, 0, ...after])
}

/** In which form the gradient is written. */
export interface MaxPoolGradientForms {
  /** Rows of the signal of up to so many elements are repeated where windows have several; longer ones are broadcast, which saves memory. 0 if left out. */
  readonly repeatedUpTo?: number
}

const copiesOf = (t: Tensor, count: number, axis: number): Tensor =>
  count === 1
    ? t
    : concat(
        Array.from({ length: count }, () => t),
        axis,
      )

/** A value for each window, at every place of the signal that the windows tile: the last axis as it is in the signal, the others [count, kernel], or [count, 1]. */
function repeated(t: Tensor, kernel: readonly number[], longest: number): Tensor {
  const last = kernel.at(-1) ?? 1
  const [batch, channels, counts] = [t.size(0), t.size(1), t.shape.slice(2)]
  const row = times(counts.at(-1) ?? 1, last)
  const rows = reshape(copiesOf(unsqueeze(t, -1), last, -1), [batch, channels, ...counts.slice(0, -1).flatMap((n) => [n, 1]), row])
  if (typeof row !== 'number' || row > longest) return rows
  return kernel.slice(0, -1).reduce((whole, k, i) => copiesOf(whole, k, 3 + 2 * i), rows)
}

/** The gradient where windows tile the signal, without taking it apart: ties are counted by the mean over each window. */
function tiledGradient([x, y, g]: readonly [Tensor, Tensor, Tensor], { kernel, ...window }: WindowAttributes, longest: number): Tensor {
  const [batch, channels, sizes] = [x.size(0), x.size(1), spatialOf(x)]
  const rows = y.shape.slice(2, -1).flatMap((n, i) => [n, kernel[i] ?? 1])
  const tie = cast(equal(reshape(x, [batch, channels, ...rows, x.size(-1)]), repeated(y, kernel, longest)), g.dtype)
  const single = reshape(tie, [times(batch, channels), 1, ...sizes])
  const share = reshape(apply(averagePoolOperator, [single], { kernel, ...window }), y.shape)
  return reshape(mul(tie, repeated(div(g, mul(share, Number(product(kernel)))), kernel, longest)), x.shape)
}

function overlappingGradient(x: Tensor, y: Tensor, g: Tensor, attributes: WindowAttributes): Tensor {
  const { kernel, pads } = attributes
  const rank = kernel.length
  const padded = pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], { value: -Infinity })
  const windows = positions(kernel).map((at) => windowIntervals(at, y, attributes))
  const ties = windows.map((intervals) => cast(equal(slice(padded, ...intervals), y), g.dtype))
  const share = div(
    g,
    ties.reduce((a, b) => add(a, b)),
  )
  const parts = windows.map((intervals, i) => scatterWindow(mul(ties[i] as Tensor, share), intervals, spatialOf(padded)))
  const sum = parts.reduce((a, b) => add(a, b))
  return slice(sum, ...kernel.map((_, i) => ({ axis: i + 2, start: pads[i] ?? 0, end: plus(pads[i] ?? 0, x.size(i + 2)) })))
}

/**
 * The gradient of max-pooling, written with operators that runtimes have.
 *
 * Law: equal for every finite input, but for the order of additions; -Infinity ties with padding, and NaN spreads.
 * Before: MaxPoolGradient(x, y, g). After: products of g / ties with [x = y], for windows that tile the signal in one piece.
 */
export const maxPoolGradients = ({ repeatedUpTo = 0 }: MaxPoolGradientForms = {}): RewritingPass =>
  rewriting('max-pool-gradients', [
    rule('MaxPoolGradient', ({ inputs, attributes }) => {
      const { kernel, strides, pads, dilations } = attributes
      const [window, [x, y, g]] = [{ kernel, strides, pads, dilations }, inputs]
      return isTiling(x, window) ? tiledGradient([x, y, g], window, repeatedUpTo) : overlappingGradient(x, y, g, window)
    }),
  ])
