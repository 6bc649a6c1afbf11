import { type Binding, type Dimension, dimensionValue } from '../expression/dimension.ts'
import type { NumberArray } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Kernel } from '../operators/operator.ts'
import { broadcastOffsets, broadcastShape, newArray, offsets, stridesOf } from './array.ts'

const values = (dimensions: readonly Dimension[], binding: Binding): number[] => dimensions.map((d) => dimensionValue(d, binding))

const pick = ({ dtype, data }: NumberArray, shape: readonly number[], at: Int32Array): NumberArray => ({
  dtype,
  shape,
  data: new Float64Array(at.length).map((_, i) => data[at[i] as number] as number),
})

/** Parts of axes. */
export const slice: Kernel<'Slice'> = ([x], { attributes: { axes, starts, ends, steps }, binding }) => {
  const { shape } = x
  const strides = stridesOf(shape)
  const sizes = [...shape]
  const walk = [...strides]
  let offset = 0
  axes.forEach((axis, i) => {
    const [stride, step] = [strides[axis] as number, steps[i] as number]
    const size = shape[axis] as number
    if (step === -1) {
      offset += Math.max(0, size - 1) * stride
      walk[axis] = -stride
      return
    }
    const start = Math.min(dimensionValue(starts[i] as Dimension, binding), size)
    const end = Math.min(dimensionValue(ends[i] as Dimension, binding), size)
    sizes[axis] = Math.max(0, Math.ceil((end - start) / step))
    walk[axis] = stride * step
    offset += start * stride
  })
  return pick(x, sizes, offsets(sizes, walk, offset))
}

/** With a number around. */
export const pad: Kernel<'Pad'> = ([x], { attributes: { pads, value }, binding }) => {
  const { dtype, shape, data } = x
  const amounts = values(pads, binding)
  const y = newArray(
    dtype,
    shape.map((d, i) => d + (amounts[i] as number) + (amounts[i + shape.length] as number)),
  )
  y.data.fill(value)
  const strides = stridesOf(y.shape)
  const start = strides.reduce((sum, stride, i) => sum + stride * (amounts[i] as number), 0)
  for (const [i, at] of offsets(shape, strides, start).entries()) y.data[at] = data[i] as number
  return y
}

/** Side by side along an axis. */
export const concat: Kernel<'Concat'> = (inputs, { attributes: { axis } }) => {
  const first = inputs[0] as NumberArray
  const size = inputs.reduce((sum, x) => sum + (x.shape[axis] as number), 0)
  const y = newArray(
    first.dtype,
    first.shape.map((d, i) => (i === axis ? size : d)),
  )
  const inner = elementCount(first.shape.slice(axis + 1))
  const outer = elementCount(first.shape.slice(0, axis))
  let before = 0
  for (const x of inputs) {
    const width = (x.shape[axis] as number) * inner
    for (let o = 0; o < outer; o++) y.data.set(x.data.subarray(o * width, (o + 1) * width), o * size * inner + before)
    before += width
  }
  return y
}

/** Pieces of an axis. */
export const split: Kernel<'Split'> = ([x], { attributes: { axis, sizes }, binding, ...context }) => {
  let start = 0
  return values(sizes, binding).map((size) => {
    const piece = { axes: [axis], starts: [start], ends: [start + size], steps: [1] }
    start += size
    return slice([x], { ...context, attributes: piece, binding }) as NumberArray
  })
}

/** Axes in another order. */
export const transpose: Kernel<'Transpose'> = ([x], { attributes: { permutation } }) => {
  const { shape } = x
  const strides = stridesOf(shape)
  const to = permutation.map((p) => shape[p] as number)
  return pick(
    x,
    to,
    offsets(
      to,
      permutation.map((p) => strides[p] as number),
    ),
  )
}

/** A triangle of the last two axes, zeros elsewhere. */
export const trilu: Kernel<'Trilu'> = ([x], { attributes: { upper, k } }) => {
  const { dtype, shape, data } = x
  const [rows, columns] = shape.slice(-2) as [number, number]
  const kept = data.map((value, i) => {
    const distance = (i % columns) - (Math.floor(i / columns) % rows)
    return (upper ? distance >= k : distance <= k) ? value : 0
  })
  return { dtype, shape, data: kept }
}

/** The whole again and again. */
export const tile: Kernel<'Tile'> = ([x], { attributes: { repeats }, binding }) => {
  const { shape } = x
  const counts = values(repeats, binding)
  const to = shape.map((d, i) => d * (counts[i] as number))
  const y = newArray(x.dtype, to)
  const strides = stridesOf(shape)
  const data = y.data.map((_, i) => {
    let rest = i
    let at = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const coordinate = rest % (to[axis] as number)
      at += (coordinate % (shape[axis] as number)) * (strides[axis] as number)
      rest = Math.floor(rest / (to[axis] as number))
    }
    return x.data[at] as number
  })
  return { ...y, data }
}

/** Under another shape. */
export const reshape: Kernel<'Reshape'> = ([x], { attributes, binding }) => ({ ...x, shape: values(attributes.shape, binding) })

/** Without axes of size 1. */
export const squeeze: Kernel<'Squeeze'> = ([x], { attributes: { axes } }) => ({ ...x, shape: x.shape.filter((_, i) => !axes.includes(i)) })

/** With more axes of size 1. */
export const unsqueeze: Kernel<'Unsqueeze'> = ([x], { attributes: { axes } }) => {
  const sizes = [...x.shape]
  return { ...x, shape: Array.from({ length: sizes.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (sizes.shift() as number))) }
}

/** Repeated along axes of size 1. */
export const expand: Kernel<'Expand'> = ([x], { attributes, binding }) => {
  const to = broadcastShape(x.shape, values(attributes.shape, binding))
  return pick(x, to, broadcastOffsets(x.shape, to))
}

/** 0, 1, 2, ... */
export const range: Kernel<'Range'> = (_, { attributes: { length }, binding }) => {
  const count = dimensionValue(length, binding)
  return { dtype: 'int64', shape: [count], data: Float64Array.from({ length: count }, (__, i) => i) }
}

/** Ones on a diagonal. */
export const eyeLike: Kernel<'EyeLike'> = (_, { attributes: { rows, columns, k, dtype }, binding }) => {
  const [height, width] = [dimensionValue(rows, binding), dimensionValue(columns, binding)]
  const y = newArray(dtype, [height, width])
  // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
  for (let i = 0; i < height; i++) if (i + k >= 0 && i + k < width) y.data[i * width + i + k] = 1
  return y
}
