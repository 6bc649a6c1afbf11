import { type Binding, type Dimension, dimensionValue } from '../dimension.ts'
import { elementCount } from '../value.ts'
import { broadcastOffsets, broadcastShape, type Kernel, type Kernels, type NumberArray, newArray, offsets, stridesOf } from './array.ts'

const values = (dimensions: readonly Dimension[], binding: Binding): number[] => dimensions.map((d) => dimensionValue(d, binding))

const pick = (x: NumberArray, shape: readonly number[], at: Int32Array): NumberArray => {
  const y = newArray(x.dtype, shape)
  for (let i = 0; i < at.length; i++) y.data[i] = x.data[at[i] as number] as number
  return y
}

const slice: Kernel<'Slice'> = ([x], { attributes: { axes, starts, ends, steps }, binding }) => {
  const { shape } = x as NumberArray
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
  return pick(x as NumberArray, sizes, offsets(sizes, walk, offset))
}

const pad: Kernel<'Pad'> = ([x], { attributes: { pads, value }, binding }) => {
  const { dtype, shape, data } = x as NumberArray
  const amounts = values(pads, binding)
  const y = newArray(
    dtype,
    shape.map((d, i) => d + (amounts[i] as number) + (amounts[i + shape.length] as number)),
  )
  y.data.fill(value)
  const strides = stridesOf(y.shape)
  const start = strides.reduce((sum, stride, i) => sum + stride * (amounts[i] as number), 0)
  const at = offsets(shape, strides, start)
  for (let i = 0; i < data.length; i++) y.data[at[i] as number] = data[i] as number
  return y
}

const concat: Kernel<'Concat'> = (inputs, { attributes: { axis } }) => {
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

const split: Kernel<'Split'> = ([x], { attributes: { axis, sizes }, binding, ...context }) => {
  let start = 0
  return values(sizes, binding).map((size) => {
    const piece = { axes: [axis], starts: [start], ends: [start + size], steps: [1] }
    start += size
    return slice([x as NumberArray], { ...context, attributes: piece, binding }) as NumberArray
  })
}

const transpose: Kernel<'Transpose'> = ([x], { attributes: { permutation } }) => {
  const { shape } = x as NumberArray
  const strides = stridesOf(shape)
  const to = permutation.map((p) => shape[p] as number)
  return pick(
    x as NumberArray,
    to,
    offsets(
      to,
      permutation.map((p) => strides[p] as number),
    ),
  )
}

const trilu: Kernel<'Trilu'> = ([x], { attributes: { upper, k } }) => {
  const { dtype, shape, data } = x as NumberArray
  const [rows, columns] = shape.slice(-2) as [number, number]
  const kept = data.map((value, i) => {
    const distance = (i % columns) - (Math.floor(i / columns) % rows)
    return (upper ? distance >= k : distance <= k) ? value : 0
  })
  return { dtype, shape, data: kept }
}

const tile: Kernel<'Tile'> = ([x], { attributes: { repeats }, binding }) => {
  const { shape } = x as NumberArray
  const counts = values(repeats, binding)
  const to = shape.map((d, i) => d * (counts[i] as number))
  const y = newArray((x as NumberArray).dtype, to)
  const strides = stridesOf(shape)
  for (let i = 0; i < y.data.length; i++) {
    let rest = i
    let at = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const coordinate = rest % (to[axis] as number)
      at += (coordinate % (shape[axis] as number)) * (strides[axis] as number)
      rest = Math.floor(rest / (to[axis] as number))
    }
    y.data[i] = (x as NumberArray).data[at] as number
  }
  return y
}

/** Kernels of shape.ts. */
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
  Reshape: ([x], { attributes, binding }) => ({ ...(x as NumberArray), shape: values(attributes.shape, binding) }),
  Squeeze: ([x], { attributes: { axes } }) => ({
    ...(x as NumberArray),
    shape: (x as NumberArray).shape.filter((_, i) => !axes.includes(i)),
  }),
  Unsqueeze: ([x], { attributes: { axes } }) => {
    const sizes = [...(x as NumberArray).shape]
    const shape = Array.from({ length: sizes.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (sizes.shift() as number)))
    return { ...(x as NumberArray), shape }
  },
  Transpose: transpose,
  Expand: ([x], { attributes, binding }) => {
    const to = broadcastShape((x as NumberArray).shape, values(attributes.shape, binding))
    return pick(x as NumberArray, to, broadcastOffsets((x as NumberArray).shape, to))
  },
  Concat: concat,
  Slice: slice,
  Split: split,
  Pad: pad,
  Tile: tile,
  Trilu: trilu,
  Range: (_, { attributes: { length }, binding }) => {
    const count = dimensionValue(length, binding)
    return { dtype: 'int64', shape: [count], data: Float64Array.from({ length: count }, (_, i) => i) }
  },
  EyeLike: (_, { attributes: { rows, columns, k, dtype }, binding }) => {
    const y = newArray(dtype, [dimensionValue(rows, binding), dimensionValue(columns, binding)])
    const [height, width] = y.shape as [number, number]
    for (let i = 0; i < height; i++) if (i + k >= 0 && i + k < width) y.data[i * width + i + k] = 1
    return y
  },
}
