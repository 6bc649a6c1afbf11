import { elementCount, type WindowAttributes } from '@equivar/tensor'
import { type Kernel, type Kernels, withoutBool } from '../kernel.ts'
import { matMul, pad, reverse, transpose } from '../mended.ts'
import type { TensorFlow, TfTensor } from '../values.ts'

const all = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i)

/** [batch, channels, ...spatial] to [batch, ...spatial, channels]. */
const channelsLast = (tf: TensorFlow, x: TfTensor): TfTensor => transpose(tf, x, [0, ...all(x.shape.length - 2).map((i) => i + 2), 1])
/** The way back. */
const channelsFirst = (tf: TensorFlow, x: TfTensor): TfTensor =>
  transpose(tf, x, [0, x.shape.length - 1, ...all(x.shape.length - 2).map((i) => i + 1)])

/** Pads spatial axes (before..., after...); negative pads cut off. */
function padSpatial(tf: TensorFlow, x: TfTensor, pads: readonly number[], value = 0): TfTensor {
  const rank = pads.length / 2
  const pair = (i: number): [number, number] => [pads[i] as number, pads[i + rank] as number]
  if (pads.every((p) => p === 0)) return x
  const grown = pad(
    tf,
    x,
    [[0, 0], [0, 0], ...all(rank).map((i): [number, number] => [Math.max(0, pair(i)[0]), Math.max(0, pair(i)[1])])],
    value,
  )
  const cut = all(rank).map((i) => Math.max(0, -pair(i)[0]))
  const size = all(rank).map((i) => (grown.shape[i + 2] as number) + Math.min(0, pair(i)[0]) + Math.min(0, pair(i)[1]))
  return pads.some((p) => p < 0) ? tf.slice(grown, [0, 0, ...cut], [grown.shape[0] as number, grown.shape[1] as number, ...size]) : grown
}

/** Every stride-th position of the spatial axes. */
function strided(tf: TensorFlow, x: TfTensor, strides: readonly number[]): TfTensor {
  if (strides.every((s) => s === 1)) return x
  return tf.stridedSlice(
    x,
    x.shape.map(() => 0),
    [...x.shape],
    [1, 1, ...strides],
  )
}

/** A convolution without padding or groups, of any number of spatial axes up to 3. Channel-first in and out. */
function convolve(tf: TensorFlow, x: TfTensor, weight: TfTensor, strides: readonly number[], dilations: readonly number[]): TfTensor {
  const rank = strides.length
  if (rank === 1) {
    const wide = tf.expandDims(x, 2)
    return tf.squeeze(convolve(tf, wide, tf.expandDims(weight, 2), [1, ...strides], [1, ...dilations]), [2])
  }
  const dilated = dilations.some((d) => d > 1)
  // TensorFlow.js takes strides or dilations, not both.
  if (dilated && strides.some((s) => s > 1)) {
    return strided(
      tf,
      convolve(
        tf,
        x,
        weight,
        strides.map(() => 1),
        dilations,
      ),
      strides,
    )
  }
  const filter = transpose(tf, weight, [...all(rank).map((i) => i + 2), 1, 0])
  const signal = channelsLast(tf, x)
  if (rank === 2) {
    const [s, d] = [strides as [number, number], dilations as [number, number]]
    return channelsFirst(tf, tf.conv2d(signal as never, filter as never, s, 'valid', 'NHWC', d))
  }
  if (dilated) return tapSum(tf, x, weight, dilations)
  return channelsFirst(tf, tf.conv3d(signal as never, filter as never, strides as [number, number, number], 'valid'))
}

/** The sum over the taps of the kernel of a product with a shifted piece: for the dilated convolutions that have no kernel. */
function tapSum(tf: TensorFlow, x: TfTensor, weight: TfTensor, dilations: readonly number[]): TfTensor {
  const [outputs, channels, ...kernel] = weight.shape as [number, number, ...number[]]
  const batch = x.shape[0] as number
  const size = kernel.map((k, i) => (x.shape[i + 2] as number) - (k - 1) * (dilations[i] as number))
  const count = elementCount(size)
  const flat = tf.reshape(weight, [outputs, channels, elementCount(kernel)])
  const pieces = taps(kernel).map((tap, t) => {
    const piece = tf.slice(x, [0, 0, ...tap.map((p, i) => p * (dilations[i] as number))], [batch, channels, ...size])
    const matrix = tf.reshape(tf.slice(flat, [0, 0, t], [outputs, channels, 1]), [1, outputs, channels])
    return matMul(tf, tf.tile(matrix, [batch, 1, 1]), tf.reshape(piece, [batch, channels, count]))
  })
  return tf.reshape(
    pieces.reduce((a, b) => tf.add(a, b)),
    [batch, outputs, ...size],
  )
}

/** Coordinates of the taps of a kernel, in row-major order. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((found, size) => found.flatMap((tap) => all(size).map((p) => [...tap, p])), [[]])
}

/** Splits channels into groups, and puts the results side by side. */
function inGroups(tf: TensorFlow, x: TfTensor, weight: TfTensor, groups: number, f: (x: TfTensor, weight: TfTensor) => TfTensor): TfTensor {
  if (groups === 1) return f(x, weight)
  const [xs, weights] = [tf.split(x, groups, 1), tf.split(weight, groups, 0)]
  return tf.concat(
    xs.map((part, i) => f(part, weights[i] as TfTensor)),
    1,
  )
}

const conv: Kernel<'Conv'> = ([x, weight], { tf, attributes: { strides, pads, dilations, groups } }) =>
  inGroups(tf, padSpatial(tf, x as TfTensor, pads), weight as TfTensor, groups, (part, filter) =>
    convolve(tf, part, filter, strides, dilations),
  )

/** Puts stride - 1 zeros between neighbours along every spatial axis. */
function spread(tf: TensorFlow, x: TfTensor, strides: readonly number[]): TfTensor {
  return strides.reduce((y, stride, i) => {
    if (stride === 1) return y
    const axis = i + 2
    const { shape } = y
    const apart = tf.reshape(y, [elementCount(shape.slice(0, axis + 1)), 1, elementCount(shape.slice(axis + 1))])
    const padded = tf.pad(apart, [
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ])
    const wide = shape.map((d, k) => (k === axis ? d * stride : d))
    const whole = tf.reshape(padded, wide)
    return tf.slice(
      whole,
      wide.map(() => 0),
      wide.map((d, k) => (k === axis ? d - (stride - 1) : d)),
    )
  }, x)
}

/** The signal with zeros between, convolved with the turned kernel. */
const convTranspose: Kernel<'ConvTranspose'> = ([x, weight], { tf, attributes }) => {
  const { kernel, strides, pads, dilations, groups, outputPadding } = attributes
  const rank = kernel.length
  const around = all(2 * rank).map((i) => {
    const axis = i % rank
    const reach = (dilations[axis] as number) * ((kernel[axis] as number) - 1)
    return reach - (pads[i] as number) + (i < rank ? 0 : (outputPadding[axis] as number))
  })
  const signal = padSpatial(tf, spread(tf, x as TfTensor, strides), around)
  const ones = strides.map(() => 1)
  return inGroups(tf, signal, weight as TfTensor, groups, (part, filter) => {
    const turned = reverse(
      tf,
      filter,
      all(rank).map((i) => i + 2),
    )
    const swapped = transpose(tf, turned, [1, 0, ...all(rank).map((i) => i + 2)])
    return convolve(tf, part, swapped, ones, dilations)
  })
}

/** Windows of a padded signal, one piece a tap, combined piece by piece. */
function pool(
  tf: TensorFlow,
  x: TfTensor,
  { kernel, strides, pads, dilations }: WindowAttributes,
  { outside, combine }: { outside: number; combine: (a: TfTensor, b: TfTensor) => TfTensor },
): TfTensor {
  const signal = padSpatial(tf, x, pads, outside)
  const [batch, channels] = x.shape as [number, number]
  const size = kernel.map((k, i) => (signal.shape[i + 2] as number) - (k - 1) * (dilations[i] as number))
  const pieces = taps(kernel).map((tap) => {
    const start = tap.map((p, i) => p * (dilations[i] as number))
    return strided(tf, tf.slice(signal, [0, 0, ...start], [batch, channels, ...size]), strides)
  })
  const whole = pieces.reduce(combine)
  return whole === x ? tf.clone(x) : whole
}

/** Kernels of convolutions and pooling. */
export const convolution: Kernels<'Conv' | 'ConvTranspose' | 'MaxPool' | 'AveragePool'> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: ([x], { tf, attributes }) =>
    withoutBool(tf, x as TfTensor, (y) =>
      pool(tf, y, attributes, { outside: Number.NEGATIVE_INFINITY, combine: (a, b) => tf.maximum(a, b) }),
    ),
  AveragePool: ([x], { tf, attributes }) =>
    tf.div(pool(tf, x as TfTensor, attributes, { outside: 0, combine: (a, b) => tf.add(a, b) }), elementCount(attributes.kernel)),
}
