import { dimensionValue } from '../dimension.ts'
import type { ReduceAttributes } from '../operators.ts'
import { around, type Kernel, type Kernels, type NumberArray, newArray, offsets, stridesOf } from './array.ts'

/** Reduces the elements of each group to one number. */
function reduceWith(
  f: (elements: Float64Array) => number,
): (inputs: readonly NumberArray[], context: { attributes: ReduceAttributes }) => NumberArray {
  return ([x], { attributes: { axes, keepDims } }) => {
    const { dtype, shape, data } = x as NumberArray
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
}

const sum = (elements: Float64Array): number => elements.reduce((a, b) => a + b, 0)
const largest = (elements: Float64Array): number => elements.reduce((a, b) => Math.max(a, b), -Infinity)
const smallest = (elements: Float64Array): number => elements.reduce((a, b) => Math.min(a, b), Infinity)

const logSumExp = (elements: Float64Array): number => {
  const top = largest(elements)
  return Number.isFinite(top) ? top + Math.log(elements.reduce((a, b) => a + Math.exp(b - top), 0)) : top
}

/** Replaces each line along an axis. */
function alongAxis(x: NumberArray, axis: number, f: (line: Float64Array) => Float64Array): NumberArray {
  const { outer, size, inner } = around(x.shape, axis)
  const y = newArray(x.dtype, x.shape)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number): number => (o * size + k) * inner + i
      const line = f(Float64Array.from({ length: size }, (_, k) => x.data[at(k)] as number))
      for (let k = 0; k < size; k++) y.data[at(k)] = line[k] as number
    }
  }
  return y
}

const firstBest =
  (better: (a: number, b: number) => boolean): Kernel<'ArgMax'> & Kernel<'ArgMin'> =>
  (inputs: readonly NumberArray[], { attributes: { axis, keepDims } }: { attributes: { axis: number; keepDims: boolean } }) => {
    const found = reduceWith((elements) => elements.reduce((best, value, i) => (better(value, elements[best] as number) ? i : best), 0))(
      inputs,
      {
        attributes: { axes: [axis], keepDims },
      },
    )
    return { ...found, dtype: 'int64' }
  }

const cumSum: Kernel<'CumSum'> = ([x], { attributes: { axis, exclusive, reverse } }) =>
  alongAxis(x as NumberArray, axis, (line) => {
    let total = 0
    const forward = (reverse ? line.slice().reverse() : line).map((value) => {
      const before = total
      total += value
      return exclusive ? before : total
    })
    return reverse ? forward.reverse() : forward
  })

const topK: Kernel<'TopK'> = ([x], { attributes: { k, axis, largest: descending }, binding }) => {
  const { dtype, shape, data } = x as NumberArray
  const count = dimensionValue(k, binding)
  const { outer, size, inner } = around(shape, axis)
  const kept = shape.map((d, i) => (i === axis ? count : d))
  const [values, indices] = [newArray(dtype, kept), newArray('int64', kept)]
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const value = (at: number): number => data[(o * size + at) * inner + i] as number
      const order = Array.from({ length: size }, (_, at) => at).sort(
        (a, b) => (descending ? value(b) - value(a) : value(a) - value(b)) || a - b,
      )
      for (let r = 0; r < count; r++) {
        values.data[(o * count + r) * inner + i] = value(order[r] as number)
        indices.data[(o * count + r) * inner + i] = order[r] as number
      }
    }
  }
  return [values, indices]
}

/** Kernels of reduce.ts. */
export const reduce: Kernels<
  | 'ReduceSum'
  | 'ReduceMean'
  | 'ReduceMax'
  | 'ReduceMin'
  | 'ReduceProd'
  | 'ReduceLogSumExp'
  | 'ArgMax'
  | 'ArgMin'
  | 'CumSum'
  | 'Softmax'
  | 'LogSoftmax'
  | 'TopK'
> = {
  ReduceSum: reduceWith(sum),
  ReduceMean: reduceWith((elements) => sum(elements) / elements.length),
  ReduceMax: reduceWith(largest),
  ReduceMin: reduceWith(smallest),
  ReduceProd: reduceWith((elements) => elements.reduce((a, b) => a * b, 1)),
  ReduceLogSumExp: reduceWith(logSumExp),
  ArgMax: firstBest((a, b) => a > b),
  ArgMin: firstBest((a, b) => a < b),
  CumSum: cumSum,
  Softmax: ([x], { attributes: { axis } }) =>
    alongAxis(x as NumberArray, axis, (line) => {
      const total = logSumExp(line)
      return line.map((value) => Math.exp(value - total))
    }),
  LogSoftmax: ([x], { attributes: { axis } }) =>
    alongAxis(x as NumberArray, axis, (line) => {
      const total = logSumExp(line)
      return line.map((value) => value - total)
    }),
  TopK: topK,
}
