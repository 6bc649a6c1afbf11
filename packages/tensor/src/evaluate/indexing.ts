import { dimensionValue } from '../expression/dimension.ts'
import { FeedError } from '../expression/errors.ts'
import type { NumberArray } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Kernel } from '../operators/operator.ts'
import type { ScatterReduction } from '../operators/signatures.ts'
import { around, newArray, stridesOf } from './array.ts'

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

/** Slices along an axis. */
export const gather: Kernel<'Gather'> = ([x, indices], { attributes: { axis } }) => {
  const { outer, size, inner } = around(x.shape, axis)
  const y = newArray(x.dtype, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)])
  const count = indices.data.length
  for (let o = 0; o < outer; o++) {
    for (const [k, index] of indices.data.entries()) {
      const from = (o * size + resolve('Gather', index, size)) * inner
      y.data.set(x.data.subarray(from, from + inner), (o * count + k) * inner)
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

/** Single elements. */
export const gatherElements: Kernel<'GatherElements'> = ([x, indices], { attributes: { axis } }) => {
  const at = elementPositions('GatherElements', indices, x.shape, axis)
  return { dtype: x.dtype, shape: indices.shape, data: Float64Array.from(at, (i) => x.data[i] as number) }
}

/** Blocks at positions in the first axes. */
export const gatherND: Kernel<'GatherND'> = ([x, indices]) => {
  const { starts, length } = rowPositions('GatherND', indices, x.shape)
  const y = newArray(x.dtype, [...indices.shape.slice(0, -1), ...x.shape.slice(indices.shape.at(-1))])
  for (const [row, start] of starts.entries()) y.data.set(x.data.subarray(start, start + length), row * length)
  return y
}

/** Single elements combined with what is there. */
export const scatterElements: Kernel<'ScatterElements'> = ([x, indices, updates], { attributes: { axis, reduction } }) => {
  const data = x.data.slice()
  for (const [i, at] of elementPositions('ScatterElements', indices, x.shape, axis).entries())
    data[at] = combine[reduction](data[at] as number, updates.data[i] as number)
  return { ...x, data }
}

/** Blocks combined with what is there. */
export const scatterND: Kernel<'ScatterND'> = ([x, indices, updates], { attributes: { reduction } }) => {
  const data = x.data.slice()
  const { starts, length } = rowPositions('ScatterND', indices, x.shape)
  for (const [row, start] of starts.entries()) {
    for (let i = 0; i < length; i++)
      data[start + i] = combine[reduction](data[start + i] as number, updates.data[row * length + i] as number)
  }
  return { ...x, data }
}

/** 1 at the index. */
export const oneHot: Kernel<'OneHot'> = ([indices], { attributes: { depth, axis, dtype }, binding }) => {
  const size = dimensionValue(depth, binding)
  const shape = indices.shape.toSpliced(axis, 0, size)
  const y = newArray(dtype, shape)
  const { inner } = around(shape, axis)
  for (const [i, index] of indices.data.entries()) {
    const at = index < 0 ? index + size : index
    if (at >= 0 && at < size) y.data[(Math.floor(i / inner) * size + at) * inner + (i % inner)] = 1
  }
  return y
}

/** The places of what is not 0, one column each. */
export const nonZero: Kernel<'NonZero'> = ([x]) => {
  const found = Array.from(x.data.keys()).filter((i) => x.data[i] !== 0)
  const y = newArray('int64', [x.shape.length, found.length])
  for (const [axis, size] of x.shape.entries()) {
    const { inner } = around(x.shape, axis)
    for (const [k, i] of found.entries()) y.data[axis * found.length + k] = Math.floor(i / inner) % size
  }
  return y
}
