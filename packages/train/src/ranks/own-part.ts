import { type Program, symbolsOf, type TensorValue, type TypedArray } from '@equivar/tensor'
import type { Examples } from '../epochs.ts'
import { partStart, type Ranks } from './ranks.ts'

type Batch = Record<string, TensorValue>

/** Rows from `start` to before `end` of the axis. */
function rowsOf({ dtype, shape, data }: TensorValue, axis: number, [start, end]: readonly [number, number]): TensorValue {
  const outer = shape.slice(0, axis).reduce((n, d) => n * d, 1)
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const [length, rows] = [shape[axis] as number, end - start]
  const taken = data.subarray(0, 0).constructor as new (length: number) => TypedArray
  const cut = outer === 1 ? data.subarray(start * inner, end * inner) : new taken(outer * rows * inner)
  for (let i = 0; outer > 1 && i < outer; i++) {
    const from = (i * length + start) * inner
    ;(cut as Float64Array).set(data.subarray(from, from + rows * inner) as Float64Array, i * rows * inner)
  }
  return { dtype, shape: shape.map((size, i) => (i === axis ? rows : size)), data: cut }
}

/** The first axis of unknown size: that of the examples. */
function exampleAxes({ inputs }: Program, data: ReadonlySet<string>): Map<string, number> {
  const axes = inputs.flatMap(({ name, tensor }): [string, number][] => {
    const axis = tensor.shape.findIndex((d) => typeof d !== 'number')
    return data.has(name) && axis >= 0 ? [[name, axis]] : []
  })
  return new Map(axes)
}

/** Whether batches are padded to the largest example: then a size beside that of the examples is unknown too. */
const isPadded = ({ inputs }: Program, axes: ReadonlyMap<string, number>): boolean =>
  inputs.some(({ name, tensor }) => {
    const axis = axes.get(name)
    return axis !== undefined && tensor.shape.some((d, i) => i > axis && symbolsOf(d).size > 0)
  })

/**
 * Examples whose batches are this rank's part of those asked for: the examples from `partStart` on.
 *
 * Where examples are padded to the largest, the whole batch is made and cut, so that all ranks pad alike; else only the rank's own examples are asked for.
 */
export function ownExamples(program: Program, data: readonly string[], ranks: Ranks, train: Examples): Examples {
  const axes = exampleAxes(program, new Set(data))
  const padded = isPadded(program, axes)
  const part = (count: number): readonly [number, number] => [
    partStart(count, ranks),
    partStart(count, { rank: ranks.rank + 1, size: ranks.size }),
  ]
  const own = (indices: ArrayLike<number>): Uint32Array => Uint32Array.from(indices).subarray(...part(indices.length))
  /** The part of a whole batch; undefined if its rows are no examples, as those of graphs joined into one. */
  const cut = (whole: Batch, count: number): Batch | undefined => {
    const isOfExamples = [...axes].every(([name, axis]) => whole[name] === undefined || whole[name].shape[axis] === count)
    if (!isOfExamples) return undefined
    return Object.fromEntries(
      Object.entries(whole).map(([name, value]) => [name, axes.has(name) ? rowsOf(value, axes.get(name) as number, part(count)) : value]),
    )
  }
  const batch = (indices: ArrayLike<number>): Batch =>
    (padded ? cut(train.batch(indices), indices.length) : undefined) ?? train.batch(own(indices))
  if (train.prefetch === undefined) return { length: train.length, batch }
  const prefetch = train.prefetch.bind(train)
  return {
    length: train.length,
    batch,
    prefetch: async (indices) => (padded ? cut(await prefetch(indices), indices.length) : undefined) ?? prefetch(own(indices)),
  }
}
