import {
  concat,
  type Dimension,
  isFloat,
  mul,
  reduceMean,
  reshape,
  sameDimension,
  slice,
  sqrt,
  squeeze,
  stack,
  sub,
  type Tensor,
  TypeMismatchError,
  times,
  unsqueeze,
} from '@equivar/tensor'
import type { GroupAction, Place, Places } from '../actions.ts'
import { type Batch, isBatched } from '../batch.ts'
import type { Call, Tensors } from '../call.ts'
import type { Copies, Moving } from './copies.ts'

/** What becomes of the copies' outputs: their mean, or the standard error of that mean as an estimate. */
export type Statistic = 'mean' | 'standard error'

/** What is averaged, and how. */
export interface Averaging {
  readonly action: GroupAction
  readonly copies: Copies
  readonly batch: Batch
  readonly statistic: Statistic
}

const map = (tensors: Tensors, f: (x: Tensor, name: string) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, f(x, name)]))

/** Places with axes from 0 where axis 0 counts examples, in a tensor that has the axes of the caller. */
function placesIn(places: Places, name: string, x: Tensor, isOne: boolean): Place[] {
  return (places.get(name) ?? []).map((place) => ({
    ...place,
    axes: place.axes.map((axis) => {
      const counted = axis < 0 ? x.rank + axis : axis
      if (counted < 0 || counted >= x.rank)
        throw new RangeError(`symmetrize: expected axes of "${name}", which has ${x.rank}, received axis ${axis}.`)
      return isOne ? counted + 1 : counted
    }),
  }))
}

/** The inputs that a group moves, as [batch, ...]. */
export function movingInputs({ inputs: places }: GroupAction, inputs: Tensors, { size }: Batch): Moving[] {
  const isOne = size === undefined
  return Object.entries(inputs).flatMap(([name, x]) => {
    const found = placesIn(places, name, x, isOne)
    return found.length === 0 ? [] : [{ name, x: isOne ? unsqueeze(x, 0) : x, places: found }]
  })
}

/** Moves what a group moves, as [batch, ...]; other tensors stay. */
function move(tensors: Tensors, places: Places, isOne: boolean, by: (x: Tensor, place: Place) => Tensor): Tensors {
  return map(tensors, (x, name) => {
    const found = placesIn(places, name, x, isOne)
    if (found.length === 0) return x
    const result = found.reduce((moving, place) => by(moving, place), isOne ? unsqueeze(x, 0) : x)
    return isOne ? squeeze(result, 0) : result
  })
}

/** The rows of copy k, of copies one after the other along axis 0. */
const rowsOf = (y: Tensor, k: number, size: Dimension): Tensor => slice(y, { axis: 0, start: times(k, size), end: times(k + 1, size) })

/** The outputs of copies: of all in one run, one after the other along axis 0, or of each in a run of its own. */
type Results = { readonly rows: Tensors; readonly size: Dimension } | { readonly each: readonly Tensors[] }

/** The outputs of all copies in one run; undefined if they do not count the examples. */
function stacked(call: Call, copies: readonly Tensors[], inputs: Tensors, { size, told }: Batch): Results | undefined {
  if (size === undefined) return undefined
  const all = times(copies.length, size)
  const joined = (name: string): Tensor =>
    concat(
      copies.map((each) => each[name] as Tensor),
      0,
    )
  const rows = call(map(inputs, (x, name) => (isBatched(x, size) ? joined(name) : x)))
  const counts = Object.values(rows).every(({ shape: [first] }) => first !== undefined && (told || sameDimension(first, all)))
  return counts ? { rows, size } : undefined
}

/** One output of all copies, stacked along a new axis 0, each moved back. */
function outputsOf(results: Results, name: string, { count }: Copies, back: (k: number, y: Tensor) => Tensor, moves: boolean): Tensor {
  const each = Array.from({ length: count }, (_, k) => k)
  if ('each' in results) return stack(each.map((k) => back(k, results.each[k]?.[name] as Tensor)))
  const { rows, size } = results
  const y = rows[name] as Tensor
  if (!moves && sameDimension(y.size(0), times(count, size))) return reshape(y, [count, size, ...y.shape.slice(1)])
  return stack(each.map((k) => back(k, rowsOf(y, k, size))))
}

function demandMean(name: string, { dtype }: Tensor, count: number): void {
  if (isFloat(dtype) || count === 1) return
  throw new TypeMismatchError(
    `symmetrize: output "${name}"`,
    'float numbers, which have a mean',
    dtype,
    'Symmetrize the numbers before it (logits), or use a method with one copy: canonical.',
  )
}

/** Mean of copies along axis 0, or its standard error: the root of their variance over one less than their count. */
function summary(all: Tensor, count: number, statistic: Statistic): Tensor {
  const mean = reduceMean(all, { axis: 0 })
  if (statistic === 'mean') return mean
  const apart = sub(all, mean)
  return mul(sqrt(reduceMean(mul(apart, apart), { axis: 0 })), 1 / Math.sqrt(Math.max(1, count - 1)))
}

/** The model averaged over copies. */
export function averaged(call: Call, inputs: Tensors, { action, copies, batch, statistic }: Averaging): Tensors {
  const isOne = batch.size === undefined
  const { count } = copies
  const given = Array.from({ length: count }, (_, k) => move(inputs, action.inputs, isOne, (x, place) => copies.input(k, x, place)))
  const results = (batch.mode === 'stack' && count > 1 ? stacked(call, given, inputs, batch) : undefined) ?? { each: given.map(call) }
  const some = 'each' in results ? (results.each[0] as Tensors) : results.rows
  return map(some, (first, name) => {
    demandMean(name, first, count)
    const places = action.outputs.has(name)
    const back = (k: number, y: Tensor): Tensor =>
      move({ [name]: y }, action.outputs, isOne, (each, place) => copies.output(k, each, place))[name] as Tensor
    if (count === 1 && statistic === 'mean') return back(0, first)
    return summary(outputsOf(results, name, copies, back, places), count, statistic)
  })
}
