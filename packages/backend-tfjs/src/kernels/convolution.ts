import { elementCount, type WindowAttributes } from '@equivar/tensor'
import { type Kernel, type Kernels, withoutBool } from '../kernel.ts'
import type { Order } from '../layout.ts'
import { convolution as inPieces, matMul } from '../long-sums.ts'
import { pad, reverse, slice, strided } from '../quirks.ts'
import type { TensorFlow, TfTensor } from '../values.ts'

const all = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i)
/** Where the spatial axes lie. */
const spatial = (rank: number, order: Order = all(rank + 2)): number[] => all(rank).map((i) => order.indexOf(i + 2))

/** Pads axes (before..., after...); negative pads cut off. */
function padSpatial(tf: TensorFlow, x: TfTensor, pads: readonly number[], axes: readonly number[], value = 0): TfTensor {
  if (pads.every((p) => p === 0)) return x
  const amount = (axis: number, end: 0 | 1): number => (axes.includes(axis) ? (pads[axes.indexOf(axis) + end * axes.length] as number) : 0)
  const grown = pad(
    tf,
    x,
    x.shape.map((_, axis): [number, number] => [Math.max(0, amount(axis, 0)), Math.max(0, amount(axis, 1))]),
    value,
  )
  if (pads.every((p) => p >= 0)) return grown
  const cut = x.shape.map((_, axis) => Math.max(0, -amount(axis, 0)))
  return slice(
    tf,
    grown,
    cut,
    x.shape.map((size, axis) => size + amount(axis, 0) + amount(axis, 1)),
  )
}

/** Every stride-th position of some axes. */
function everyPosition(tf: TensorFlow, x: TfTensor, strides: readonly number[], axes: readonly number[]): TfTensor {
  return strided(
    tf,
    x,
    x.shape.map((_, axis) => (axes.includes(axis) ? (strides[axes.indexOf(axis)] as number) : 1)),
  )
}

/**
 * A convolution without padding or groups, of any number of spatial axes up to 3, with the channels last: [batch, ...spatial, channels] and
 * [...kernel, channels, outputs].
 */
function convolve(tf: TensorFlow, x: TfTensor, filter: TfTensor, strides: readonly number[], dilations: readonly number[]): TfTensor {
  const rank = strides.length
  if (x.size === 0) {
    // The wasm backend divides by the batch.
    const extents = dilations.map((d, i) => d * ((filter.shape[i] as number) - 1) + 1)
    const sizes = strides.map((s, i) => Math.floor(((x.shape[i + 1] as number) - (extents[i] as number)) / s) + 1)
    return tf.zeros([x.shape[0] as number, ...sizes, filter.shape[rank + 1] as number])
  }
  if (rank === 1) return tf.squeeze(convolve(tf, tf.expandDims(x, 1), tf.expandDims(filter, 0), [1, ...strides], [1, ...dilations]), [1])
  const dilated = dilations.some((d) => d > 1)
  // TensorFlow.js takes strides or dilations, not both.
  if (dilated && strides.some((s) => s > 1)) {
    const whole = convolve(
      tf,
      x,
      filter,
      strides.map(() => 1),
      dilations,
    )
    return everyPosition(tf, whole, strides, spatial(rank, [0, ...all(rank).map((i) => i + 2), 1]))
  }
  if (dilated && rank === 3) return tapSum(tf, x, filter, dilations)
  const [s, d] = [strides as [number, number], dilations as [number, number]]
  return inPieces(tf, [x, filter], { strides, dilations }, (some, taps) =>
    rank === 2
      ? tf.conv2d(some as never, taps as never, s, 'valid', 'NHWC', d)
      : tf.conv3d(some as never, taps as never, strides as [number, number, number], 'valid'),
  )
}

/** The sum over the taps of the kernel of a product with a shifted piece: for the dilated convolutions that have no kernel. */
function tapSum(tf: TensorFlow, x: TfTensor, filter: TfTensor, dilations: readonly number[]): TfTensor {
  const kernel = filter.shape.slice(0, -2)
  const [channels, outputs] = filter.shape.slice(-2) as [number, number]
  const size = [x.shape[0] as number, ...kernel.map((k, i) => (x.shape[i + 1] as number) - (k - 1) * (dilations[i] as number))]
  const flat = tf.reshape(filter, [elementCount(kernel), channels, outputs])
  const pieces = taps(kernel).map((tap, t) => {
    const piece = slice(tf, x, [0, ...tap.map((p, i) => p * (dilations[i] as number)), 0], [...size, channels])
    const matrix = tf.reshape(slice(tf, flat, [t, 0, 0], [1, channels, outputs]), [channels, outputs])
    return matMul(tf, tf.reshape(piece, [elementCount(size), channels]), matrix)
  })
  return tf.reshape(
    pieces.reduce((a, b) => tf.add(a, b)),
    [...size, outputs],
  )
}

/** Coordinates of the taps of a kernel, in row-major order. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((found, size) => found.flatMap((tap) => all(size).map((p) => [...tap, p])), [[]])
}

/** Splits channels, the last axis, and an axis of the filter into groups, and puts the results side by side. */
function inGroups(
  tf: TensorFlow,
  [x, filter]: readonly [TfTensor, TfTensor],
  [groups, axis]: readonly [number, number],
  f: (x: TfTensor, filter: TfTensor) => TfTensor,
): TfTensor {
  if (groups === 1) return f(x, filter)
  const [xs, filters] = [tf.split(x, groups, x.shape.length - 1), tf.split(filter, groups, axis)]
  return tf.concat(
    xs.map((part, i) => f(part, filters[i] as TfTensor)),
    x.shape.length - 1,
  )
}

const conv: Kernel<'Conv'> = ([x, filter, bias], { tf, order, attributes: { strides, pads, dilations, groups } }) => {
  const rank = strides.length
  const signal = padSpatial(tf, x as TfTensor, pads, spatial(rank, order))
  const y = inGroups(tf, [signal, filter as TfTensor], [groups, rank + 1], (part, piece) => convolve(tf, part, piece, strides, dilations))
  return bias === undefined ? y : tf.add(y, bias)
}

/** Puts stride - 1 zeros between neighbours along every spatial axis. */
function spread(tf: TensorFlow, x: TfTensor, strides: readonly number[]): TfTensor {
  return strides.reduce((y, stride, i) => {
    if (stride === 1) return y
    const axis = i + 1
    const { shape } = y
    const apart = tf.reshape(y, [elementCount(shape.slice(0, axis + 1)), 1, elementCount(shape.slice(axis + 1))])
    const padded = pad(tf, apart, [
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ])
    const wide = shape.map((d, k) => (k === axis ? d * stride : d))
    const whole = tf.reshape(padded, wide)
    return slice(
      tf,
      whole,
      wide.map(() => 0),
      wide.map((d, k) => (k === axis ? d - (stride - 1) : d)),
    )
  }, x)
}

/** The signal with zeros between, convolved with the turned kernel. */
const convTranspose: Kernel<'ConvTranspose'> = ([x, filter], { tf, order, attributes }) => {
  const { kernel, strides, pads, dilations, groups, outputPadding } = attributes
  const rank = kernel.length
  const around = all(2 * rank).map((i) => {
    const axis = i % rank
    const reach = (dilations[axis] as number) * ((kernel[axis] as number) - 1)
    return reach - (pads[i] as number) + (i < rank ? 0 : (outputPadding[axis] as number))
  })
  const signal = padSpatial(tf, spread(tf, x as TfTensor, strides), around, spatial(rank, order))
  const ones = strides.map(() => 1)
  return inGroups(tf, [signal, reverse(tf, filter as TfTensor, all(rank))], [groups, rank], (part, piece) =>
    convolve(tf, part, piece, ones, dilations),
  )
}

/** Windows of a padded signal, one piece a tap, combined piece by piece. */
function pool(
  tf: TensorFlow,
  x: TfTensor,
  { kernel, strides, pads, dilations }: WindowAttributes,
  { axes, outside, combine }: { axes: readonly number[]; outside: number; combine: (a: TfTensor, b: TfTensor) => TfTensor },
): TfTensor {
  const signal = padSpatial(tf, x, pads, axes, outside)
  const { shape } = signal
  const size = shape.map((d, axis) => {
    const i = axes.indexOf(axis)
    return i < 0 ? d : d - ((kernel[i] as number) - 1) * (dilations[i] as number)
  })
  const pieces = taps(kernel).map((tap) => {
    const start = shape.map((_, axis) =>
      axes.includes(axis) ? (tap[axes.indexOf(axis)] as number) * (dilations[axes.indexOf(axis)] as number) : 0,
    )
    return everyPosition(tf, slice(tf, signal, start, size), strides, axes)
  })
  const whole = pieces.reduce(combine)
  return whole === x ? tf.clone(x) : whole
}

/** Kernels of convolutions and pooling. */
export const convolution: Kernels<'Conv' | 'ConvTranspose' | 'MaxPool' | 'AveragePool'> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: ([x], { tf, order, attributes }) =>
    withoutBool(tf, x as TfTensor, (y) =>
      pool(tf, y, attributes, {
        axes: spatial(attributes.kernel.length, order),
        outside: Number.NEGATIVE_INFINITY,
        combine: (a, b) => tf.maximum(a, b),
      }),
    ),
  AveragePool: ([x], { tf, order, attributes }) => {
    const axes = spatial(attributes.kernel.length, order)
    const total = pool(tf, x as TfTensor, attributes, { axes, outside: 0, combine: (a, b) => tf.add(a, b) })
    return tf.div(total, elementCount(attributes.kernel))
  },
}
