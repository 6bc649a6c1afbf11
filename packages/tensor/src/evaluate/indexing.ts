import { dimensionValue } from '../dimension.ts'
import { FeedError } from '../errors.ts'
import type { ScatterReduction } from '../operators.ts'
import { elementCount } from '../value.ts'
import { around, type Kernel, type Kernels, type NumberArray, newArray, stridesOf } from './array.ts'

/** The index from 0; negative ones count from the end. */
function resolve(where: string, index: number, size: number): number {
  const at = index < 0 ? index + size : index
  if (at < 0 || at >= size) throw new FeedError(`${where}: expected indices from ${-size} to ${size - 1}, received ${index}.`)
  return at
}

const combine: Readonly<Record<ScatterReduction, (a: number, b: number) => number>> = {
  none: (_, b) => b,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
}

const gather: Kernel<'Gather'> = ([x, indices], { attributes: { axis } }) => {
  const [source, positions] = [x as NumberArray, indices as NumberArray]
  const { outer, size, inner } = around(source.shape, axis)
  const y = newArray(source.dtype, [...source.shape.slice(0, axis), ...positions.shape, ...source.shape.slice(axis + 1)])
  const count = positions.data.length
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < count; k++) {
      const from = (o * size + resolve('Gather', positions.data[k] as number, size)) * inner
      y.data.set(source.data.subarray(from, from + inner), (o * count + k) * inner)
    }
  }
  return y
}

/** For each element of `indices` the position in an array of `shape` whose coordinate along the axis it replaces. */
function elementPositions(where: string, indices: NumberArray, shape: readonly number[], axis: number): Int32Array {
  const strides = stridesOf(shape)
  return Int32Array.from(indices.data, (index, i) => {
    let rest = i
    let at = 0
    for (let a = indices.shape.length - 1; a >= 0; a--) {
      const coordinate = rest % (indices.shape[a] as number)
      rest = Math.floor(rest / (indices.shape[a] as number))
      at += (a === axis ? resolve(where, index, shape[a] as number) : coordinate) * (strides[a] as number)
    }
    return at
  })
}

/** For each row of `indices` the position of the block that it names. */
function rowPositions(where: string, indices: NumberArray, shape: readonly number[]): { starts: Int32Array; length: number } {
  const depth = indices.shape[indices.shape.length - 1] as number
  const strides = stridesOf(shape)
  const count = elementCount(indices.shape.slice(0, -1))
  const starts = Int32Array.from({ length: count }, (_, row) => {
    let at = 0
    for (let a = 0; a < depth; a++)
      at += resolve(where, indices.data[row * depth + a] as number, shape[a] as number) * (strides[a] as number)
    return at
  })
  return { starts, length: elementCount(shape.slice(depth)) }
}

/** Kernels of indexing.ts. */
export const indexing: Kernels<'Gather' | 'GatherElements' | 'GatherND' | 'ScatterElements' | 'ScatterND' | 'OneHot'> = {
  Gather: gather,
  GatherElements: ([x, indices], { attributes: { axis } }) => {
    const [source, picked] = [x as NumberArray, indices as NumberArray]
    const at = elementPositions('GatherElements', picked, source.shape, axis)
    return { dtype: source.dtype, shape: picked.shape, data: Float64Array.from(at, (i) => source.data[i] as number) }
  },
  GatherND: ([x, indices]) => {
    const [source, picked] = [x as NumberArray, indices as NumberArray]
    const { starts, length } = rowPositions('GatherND', picked, source.shape)
    const depth = picked.shape[picked.shape.length - 1] as number
    const y = newArray(source.dtype, [...picked.shape.slice(0, -1), ...source.shape.slice(depth)])
    starts.forEach((start, row) => {
      y.data.set(source.data.subarray(start, start + length), row * length)
    })
    return y
  },
  ScatterElements: ([x, indices, updates], { attributes: { axis, reduction } }) => {
    const y = { ...(x as NumberArray), data: (x as NumberArray).data.slice() }
    elementPositions('ScatterElements', indices as NumberArray, y.shape, axis).forEach((at, i) => {
      y.data[at] = combine[reduction](y.data[at] as number, (updates as NumberArray).data[i] as number)
    })
    return y
  },
  ScatterND: ([x, indices, updates], { attributes: { reduction } }) => {
    const y = { ...(x as NumberArray), data: (x as NumberArray).data.slice() }
    const { starts, length } = rowPositions('ScatterND', indices as NumberArray, y.shape)
    starts.forEach((start, row) => {
      for (let i = 0; i < length; i++) {
        y.data[start + i] = combine[reduction](y.data[start + i] as number, (updates as NumberArray).data[row * length + i] as number)
      }
    })
    return y
  },
  OneHot: ([indices], { attributes: { depth, axis, dtype }, binding }) => {
    const picked = indices as NumberArray
    const size = dimensionValue(depth, binding)
    const shape = [...picked.shape]
    shape.splice(axis, 0, size)
    const y = newArray(dtype, shape)
    const { inner } = around(shape, axis)
    picked.data.forEach((index, i) => {
      const at = index < 0 ? index + size : index
      if (at >= 0 && at < size) y.data[(Math.floor(i / inner) * size + at) * inner + (i % inner)] = 1
    })
    return y
  },
}
