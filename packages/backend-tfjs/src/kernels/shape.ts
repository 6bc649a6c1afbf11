import { type Dimension, dimensionValue } from '@equivar/tensor'
import { broadcast, integer, type Kernel, type Kernels, outputShape, sizes, withoutBool } from '../kernel.ts'
import { cast, pad, slice as part, reverse, strided } from '../quirks.ts'
import { type TensorFlow, type TfTensor, tfType } from '../values.ts'

const reshaped: Kernel<'Reshape' | 'Squeeze' | 'Unsqueeze'> = ([x], { tf, ...context }) => tf.reshape(x as TfTensor, outputShape(context))

/** One axis after the other, each by the kernel for its step. */
const slice: Kernel<'Slice'> = ([x], { tf, attributes: { axes, starts, ends, steps }, binding, ...context }) => {
  const shape = [...(x as TfTensor).shape]
  const begin = shape.map(() => 0)
  const size = [...shape]
  axes.forEach((axis, i) => {
    if ((steps[i] as number) < 0) return
    const start = Math.min(dimensionValue(starts[i] as Dimension, binding), shape[axis] as number)
    const end = Math.min(dimensionValue(ends[i] as Dimension, binding), shape[axis] as number)
    begin[axis] = start
    size[axis] = Math.max(0, end - start)
  })
  const reversed = axes.filter((_, i) => (steps[i] as number) < 0)
  const piece = part(tf, x as TfTensor, begin, size)
  const turned = reversed.length === 0 ? piece : reverse(tf, piece, reversed)
  const stride = shape.map(() => 1)
  axes.forEach((axis, i) => {
    stride[axis] = Math.max(1, steps[i] as number)
  })
  return stride.every((step) => step === 1) ? turned : tf.reshape(strided(tf, turned, stride), outputShape({ binding, ...context }))
}

const split: Kernel<'Split'> = ([x], { tf, attributes: { axis, sizes: widths }, binding }) => {
  let start = 0
  return sizes(widths, binding).map((width) => {
    const begin = (x as TfTensor).shape.map((_, i) => (i === axis ? start : 0))
    start += width
    return part(
      tf,
      x as TfTensor,
      begin,
      (x as TfTensor).shape.map((d, i) => (i === axis ? width : d)),
    )
  })
}

const padded: Kernel<'Pad'> = ([x], { tf, attributes: { pads, value }, binding }) => {
  const given = x as TfTensor
  const amounts = sizes(pads, binding)
  const pairs = given.shape.map((_, axis): [number, number] => [amounts[axis] as number, amounts[axis + given.shape.length] as number])
  return withoutBool(tf, given, (y) => tf.clone(pad(tf, y, pairs, value)))
}

/** rows x columns: column - row. */
function distances(tf: TensorFlow, rows: number, columns: number): TfTensor {
  const [down, across] = [tf.range(0, rows, 1, 'int32'), tf.range(0, columns, 1, 'int32')]
  return tf.sub(tf.reshape(across, [1, columns]), tf.reshape(down, [rows, 1]))
}

const trilu: Kernel<'Trilu'> = ([x], { tf, attributes: { upper, k } }) => {
  const given = x as TfTensor
  const [rows, columns] = given.shape.slice(-2) as [number, number]
  const distance = distances(tf, rows, columns)
  const kept = upper ? tf.greaterEqual(distance, integer(tf, k)) : tf.lessEqual(distance, integer(tf, k))
  return withoutBool(tf, given, (y) => tf.where(kept, y, tf.zerosLike(y)))
}

/** Kernels of what moves numbers without changing them. */
export const shape: Kernels<
  | 'Reshape'
  | 'Squeeze'
  | 'Unsqueeze'
  | 'Transpose'
  | 'Expand'
  | 'Concat'
  | 'Slice'
  | 'Split'
  | 'Pad'
  | 'Tile'
  | 'Trilu'
  | 'Range'
  | 'EyeLike'
> = {
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  // The axes are named anew, and numbers are moved only where a reader needs them in that order.
  Transpose: ([x]) => x as TfTensor,
  Expand: ([x], { tf, ...context }) => broadcast(tf, x as TfTensor, outputShape(context)),
  Concat: (inputs, { tf, attributes: { axis } }) => {
    const some = inputs.filter((x) => (x.shape[axis] as number) > 0)
    return tf.concat([...some], axis)
  },
  Slice: slice,
  Split: split,
  Pad: padded,
  Tile: ([x], { tf, attributes: { repeats }, binding }) => withoutBool(tf, x as TfTensor, (y) => tf.tile(y, sizes(repeats, binding))),
  Trilu: trilu,
  Range: (_, { tf, attributes: { length }, binding }) => tf.range(0, dimensionValue(length, binding), 1, 'int32'),
  EyeLike: (_, { tf, attributes: { rows, columns, k, dtype }, binding }) => {
    const distance = distances(tf, dimensionValue(rows, binding), dimensionValue(columns, binding))
    return cast(tf, tf.equal(distance, integer(tf, k)), tfType(dtype))
  },
}
