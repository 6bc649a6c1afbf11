import type { NumberArray } from '../expression/tensor.ts'
import { type DataType, elementCount } from '../expression/value.ts'

/** A zeroed array. */
export function newArray(dtype: DataType, shape: readonly number[]): NumberArray {
  return { dtype, shape, data: new Float64Array(elementCount(shape)) }
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] as number) * (shape[i + 1] as number)
  return strides
}

/** For each element of a row-major array of `shape`, offset + sum of coordinate times stride. */
export function offsets(shape: readonly number[], strides: readonly number[], offset = 0): Int32Array {
  const coordinate = shape.map(() => 0)
  let at = offset
  return new Int32Array(elementCount(shape)).map(() => {
    const found = at
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinate[axis] = (coordinate[axis] as number) + 1
      at += strides[axis] as number
      if ((coordinate[axis] as number) < (shape[axis] as number)) break
      at -= (strides[axis] as number) * (shape[axis] as number)
      coordinate[axis] = 0
    }
    return found
  })
}

/** For each element of `to` the position of the element of `from` that is broadcast there. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const strides = stridesOf(from)
  const missing = to.length - from.length
  return offsets(
    to,
    to.map((_, i) => (i < missing || from[i - missing] === 1 ? 0 : (strides[i - missing] as number))),
  )
}

/** The shape that shapes broadcast to. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s[i - rank + s.length] ?? 1)
    return sizes.find((size) => size !== 1) ?? 1
  })
}

/** Elements before, along and after an axis. */
export function around(shape: readonly number[], axis: number): { outer: number; size: number; inner: number } {
  return { outer: elementCount(shape.slice(0, axis)), size: shape[axis] as number, inner: elementCount(shape.slice(axis + 1)) }
}

/** f of every element. */
export function map({ dtype, shape, data }: NumberArray, f: (x: number) => number, result: DataType = dtype): NumberArray {
  return { dtype: result, shape, data: data.map(f) }
}

/** f of every pair of elements, broadcast. */
export function zip(a: NumberArray, b: NumberArray, f: (a: number, b: number) => number, result: DataType = a.dtype): NumberArray {
  const shape = broadcastShape(a.shape, b.shape)
  const [i, j] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)]
  const data = new Float64Array(i.length).map((_, k) => f(a.data[i[k] as number] as number, b.data[j[k] as number] as number))
  return { dtype: result, shape, data }
}
