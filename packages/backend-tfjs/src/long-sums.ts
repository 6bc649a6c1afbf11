/**
 * Long sums in pieces.
 *
 * TensorFlow.js (4.22) adds in float32, one term after the other: sums, means, matrix products and convolutions on wasm, products and convolutions
 * on cpu. The error grows with the number of terms, to 2e-5 of the result for 80,000 terms of one sign, and with it the error of the gradients of
 * weights. Here pieces are summed first, then their sums: the error stays below 1e-6 of the largest result. No upstream issue is known.
 *
 * Until: `long-sums.test.ts` measures the bare kernels, and fails when they are as accurate as these.
 */
import { elementCount } from '@equivar/tensor'
import { matMul as multiply, slice } from './quirks.ts'
import type { TensorFlow, TfTensor } from './values.ts'

/** Most terms that one kernel adds up. */
const PIECE = 512

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A part of an axis. */
interface Part {
  readonly start: number
  readonly size: number
}

/** The fewest parts of an axis of at most `most` elements, none much longer than another. */
function parts(size: number, most: number): Part[] {
  const count = Math.ceil(size / most)
  const ends = range(count + 1).map((i) => Math.floor((i * size) / count))
  return range(count).map((i) => ({ start: ends[i] as number, size: (ends[i + 1] as number) - (ends[i] as number) }))
}

/** Part of one axis, the others whole. */
function partOf(tf: TensorFlow, x: TfTensor, axis: number, { start, size }: Part): TfTensor {
  const only = (whole: readonly number[], value: number): number[] => whole.map((one, i) => (i === axis ? value : one))
  return slice(tf, x, only(new Array<number>(x.shape.length).fill(0), start), only(x.shape, size))
}

/** The sum over the parts of f. Terms are added in pairs, their sums in pairs, and so on. */
function sumOver(tf: TensorFlow, some: readonly Part[], f: (part: Part) => TfTensor): TfTensor {
  const [first, ...others] = some
  if (first !== undefined && others.length === 0) return f(first)
  const half = some.length >> 1
  return tf.tidy(() => tf.add(sumOver(tf, some.slice(0, half), f), sumOver(tf, some.slice(half), f)))
}

/** The length of pieces of a sum: near the square root, and one that leaves no rest if there is such. */
function pieceLength(size: number): number {
  const most = Math.min(PIECE, Math.ceil(Math.sqrt(size)))
  const near = range(most >> 2).map((i) => most - i)
  return near.find((length) => size % length === 0) ?? most
}

/** Sums [before, size, after] over the axis in the middle. */
function sumMiddle(tf: TensorFlow, x: TfTensor): TfTensor {
  const [before, size, after] = x.shape as [number, number, number]
  if (size <= PIECE) return tf.sum(x, 1)
  const length = pieceLength(size)
  const rest = size % length
  const count = (size - rest) / length
  const filled = partOf(tf, x, 1, { start: 0, size: size - rest })
  const sums = tf.sum(tf.reshape(filled, [before * count, length, after]), 1)
  const whole = sumMiddle(tf, tf.reshape(sums, [before, count, after]))
  return rest === 0 ? whole : tf.add(whole, tf.sum(partOf(tf, x, 1, { start: size - rest, size: rest }), 1))
}

/** Sum over axes. */
export function sum(tf: TensorFlow, x: TfTensor, axes: readonly number[], keepDims = false): TfTensor {
  const count = elementCount(axes.map((axis) => x.shape[axis] as number))
  if (tf.getBackend() !== 'wasm' || x.dtype !== 'float32' || count <= PIECE) return tf.sum(x, [...axes], keepDims)
  const summed = x.shape.map((_, axis) => axes.includes(axis))
  const left = x.shape.map((size, axis) => (summed[axis] ? 1 : size))
  // Neighbours are summed as one axis, the innermost first.
  const firsts = summed.flatMap((is, axis) => (is && summed[axis - 1] !== true ? [axis] : []))
  const whole = firsts.reduceRight((y, first) => {
    const next = summed.indexOf(false, first)
    const end = next < 0 ? summed.length : next
    const [before, size] = [elementCount(x.shape.slice(0, first)), elementCount(x.shape.slice(first, end))]
    return sumMiddle(tf, tf.reshape(y, [before, size, elementCount(left.slice(end))]))
  }, x)
  return tf.reshape(whole, keepDims ? left : left.filter((_, axis) => !summed[axis]))
}

/** Mean over axes. */
export function mean(tf: TensorFlow, x: TfTensor, axes: readonly number[], keepDims = false): TfTensor {
  const count = elementCount(axes.map((axis) => x.shape[axis] as number))
  if (tf.getBackend() !== 'wasm' || x.dtype !== 'float32' || count <= PIECE) return tf.mean(x, [...axes], keepDims)
  return tf.div(sum(tf, x, axes, keepDims), count)
}

/** Whether matrix products and convolutions add one term after the other. */
const addsInTurn = (tf: TensorFlow): boolean => ['wasm', 'cpu'].includes(tf.getBackend())

/** Product of matrices, or of batches of them, as tf.matMul has it. */
export function matMul(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const [inner, outer] = [a.shape.length - 1, b.shape.length - 2]
  const size = a.shape[inner] as number
  if (!addsInTurn(tf) || size <= PIECE) return multiply(tf, a, b)
  return sumOver(tf, parts(size, PIECE), (part) => tf.tidy(() => multiply(tf, partOf(tf, a, inner, part), partOf(tf, b, outer, part))))
}

/** A convolution of an image with a filter. */
type Convolve = (x: TfTensor, filter: TfTensor) => TfTensor

/** The fewest terms of a convolution that is done in pieces. */
const LONG_CONVOLUTION = 1024

/**
 * A convolution without padding, [batch, ...spatial, channels] by [...kernel, channels, outputs], over some channels after the other, or some taps.
 *
 * @param f - the convolution; it is called with parts of both.
 */
export function convolution(
  tf: TensorFlow,
  [x, filter]: readonly [TfTensor, TfTensor],
  { strides, dilations }: { readonly strides: readonly number[]; readonly dilations: readonly number[] },
  f: Convolve,
): TfTensor {
  const kernel = filter.shape.slice(0, -1)
  const terms = elementCount(kernel)
  if (!addsInTurn(tf) || terms <= LONG_CONVOLUTION) return f(x, filter)
  const channels = kernel.length - 1
  const axis = (kernel[channels] as number) > 1 ? channels : kernel.indexOf(Math.max(...kernel))
  const [stride, dilation] = axis === channels ? [1, 1] : [strides[axis] as number, dilations[axis] as number]
  const size = kernel[axis] as number
  // As many positions of the image as the outputs are, times the stride, and those under the part.
  const outside = axis === channels ? 0 : (x.shape[axis + 1] as number) - (size - 1) * dilation - 1
  const span = outside - (outside % stride)
  return sumOver(tf, parts(size, Math.max(1, Math.floor((PIECE * size) / terms))), (part) =>
    tf.tidy(() => {
      const seen = axis === channels ? part : { start: part.start * dilation, size: span + (part.size - 1) * dilation + 1 }
      return convolution(tf, [partOf(tf, x, axis + 1, seen), partOf(tf, filter, axis, part)], { strides, dilations }, f)
    }),
  )
}
