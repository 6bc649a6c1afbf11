import { dimensionValue } from '../expression/dimension.ts'
import type { NumberArray } from '../expression/tensor.ts'
import type { Kernel } from '../operators/operator.ts'
import type { ReduceAttributes } from '../operators/signatures.ts'
import { around, newArray, offsets, stridesOf } from './array.ts'

/** f of the elements of each group that a reduction makes one of. */
export function reduceWith(
  { dtype, shape, data }: NumberArray,
  { axes, keepDims }: ReduceAttributes,
  f: (elements: Float64Array) => number,
): NumberArray {
  const strides = stridesOf(shape)
  const pick = (kept: boolean): { shape: number[]; strides: number[] } => ({
    shape: shape.filter((_, i) => axes.includes(i) !== kept),
    strides: strides.filter((_, i) => axes.includes(i) !== kept),
  })
  const [outer, inner] = [pick(true), pick(false)]
  const starts = offsets(outer.shape, outer.strides)
  const steps = offsets(inner.shape, inner.strides)
  const result = Float64Array.from(starts, (start) => f(Float64Array.from(steps, (step) => data[start + step] as number)))
  return { dtype, shape: keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : outer.shape, data: result }
}

/** Their sum. */
export const sum = (elements: Float64Array): number => elements.reduce((a, b) => a + b, 0)
/** Their mean. */
export const mean = (elements: Float64Array): number => sum(elements) / elements.length
/** Their product. */
export const productOf = (elements: Float64Array): number => elements.reduce((a, b) => a * b, 1)
/** The largest; NaN if one is. */
export const largest = (elements: Float64Array): number => elements.reduce((a, b) => Math.max(a, b), -Infinity)
/** The smallest; NaN if one is. */
export const smallest = (elements: Float64Array): number => elements.reduce((a, b) => Math.min(a, b), Infinity)

/** The logarithm of the sum of their exponentials. */
export function logSumExp(elements: Float64Array): number {
  const top = largest(elements)
  return Number.isFinite(top) ? top + Math.log(elements.reduce((a, b) => a + Math.exp(b - top), 0)) : top
}

/** The position of the first that is better than all before it. */
export const firstBest =
  (better: (a: number, b: number) => boolean) =>
  (elements: Float64Array): number =>
    elements.reduce((best, value, i) => (better(value, elements[best] as number) ? i : best), 0)

/** f of each line along an axis. */
export function alongAxis(x: NumberArray, axis: number, f: (line: Float64Array) => Float64Array): NumberArray {
  const { outer, size, inner } = around(x.shape, axis)
  const y = newArray(x.dtype, x.shape)
  // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number): number => (o * size + k) * inner + i
      const line = f(Float64Array.from({ length: size }, (_, k) => x.data[at(k)] as number))
      for (const [k, value] of line.entries()) y.data[at(k)] = value
    }
  }
  return y
}

/** Running sums. */
export const cumSum: Kernel<'CumSum'> = ([x], { attributes: { axis, exclusive, reverse } }) =>
  alongAxis(x, axis, (line) => {
    let total = 0
    const forward = (reverse ? line.reverse() : line).map((value) => {
      const before = total
      total += value
      return exclusive ? before : total
    })
    return reverse ? forward.reverse() : forward
  })

/** The k best of each line, and where they were. */
export const topK: Kernel<'TopK'> = ([x], { attributes: { k, axis, largest: descending }, binding }) => {
  const { dtype, shape, data } = x
  const count = dimensionValue(k, binding)
  const { outer, size, inner } = around(shape, axis)
  const kept = shape.map((d, i) => (i === axis ? count : d))
  const [values, indices] = [newArray(dtype, kept), newArray('int64', kept)]
  // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const value = (at: number): number => data[(o * size + at) * inner + i] as number
      const order = Array.from({ length: size }, (_, at) => at).sort(
        (a, b) => (descending ? value(b) - value(a) : value(a) - value(b)) || a - b,
      )
      for (const [r, at] of order.slice(0, count).entries()) {
        values.data[(o * count + r) * inner + i] = value(at)
        indices.data[(o * count + r) * inner + i] = at
      }
    }
  }
  return [values, indices]
}
