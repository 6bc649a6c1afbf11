import {
  cast,
  cumSum,
  type Dimension,
  div,
  equal,
  expand,
  gatherElements,
  isFloat,
  matMul,
  minus,
  moveAxis,
  mul,
  pad,
  product,
  reduceMin,
  reduceSum,
  reshape,
  slice,
  sub,
  type Tensor,
  topK,
  unsqueeze,
} from '@equivar/tensor'
import type { Place } from '../actions.ts'
import type { Copies, Moving } from '../copies/copies.ts'

/** More numbers in a row than this would be as many sorts. */
const MOST_KEYS = 1024

/** The axis of a place of permutations. @throws RangeError if it is not one. */
function axisOf(text: string, { axes, onEntries }: Place): number {
  const [axis, ...others] = axes
  if (axis === undefined || onEntries || others.length > 0)
    throw new RangeError(
      `symmetrize: expected ${text} to act on one axis of each tensor for frames by sorting, received ${onEntries ? 'entries' : `axes ${axes.join(', ')}`}: rows and columns at once have no cheap order. Use average or sample.`,
    )
  return axis
}

/** A tensor as rows along an axis: [batch, n, numbers]. @throws RangeError if it is not known how many numbers a row has. */
function rowsOf({ name, x }: Pick<Moving, 'name' | 'x'>, axis: number): Tensor {
  const first = moveAxis(x, axis, 1)
  const [batch, n, ...rest] = first.shape as [Dimension, Dimension, ...Dimension[]]
  const width = product(rest)
  if (typeof width !== 'number' || width > MOST_KEYS)
    throw new RangeError(
      `symmetrize: expected at most ${MOST_KEYS} numbers, a known count, in each row of "${name}" along axis ${axis}, received ${width}: rows are sorted by all of them.`,
    )
  return reshape(x.dtype === 'bool' ? cast(first, 'int32') : x.dtype === 'float16' ? cast(first, 'float32') : first, [batch, n, width])
}

/** One number of each row, [batch, n]. */
const column = (rows: Tensor, c: number): Tensor => {
  const [batch, n] = rows.shape as [Dimension, Dimension]
  return reshape(slice(rows, { axis: 2, start: c, end: c + 1 }), [batch, n])
}

/** The order that sorts numbers, of equal ones the first first. [batch, n] to int64 [batch, n]. */
const sortingOrder = (values: Tensor): Tensor => topK(values, values.size(1), 1, { largest: false }).indices

/** The order of the rows by their first numbers, of equal ones by the next: sorts by the last first, each of which keeps the order of equal ones. */
function lexicographicOrder(keys: readonly Tensor[]): Tensor {
  const columns = keys.flatMap((rows) => Array.from({ length: rows.size(2) as number }, (_, c) => column(rows, c)))
  const [last, ...before] = columns.reverse() as [Tensor, ...Tensor[]]
  return before.reduce((order, values) => gatherElements(order, sortingOrder(gatherElements(values, order, 1)), 1), sortingOrder(last))
}

/** The rows of x, along an axis, in another order for each example. @param order - int64 [batch, n]. */
function reordered(x: Tensor, axis: number, order: Tensor): Tensor {
  const [batch, n] = order.shape as [Dimension, Dimension]
  const shape = x.shape.map((_, k) => (k === 0 ? batch : k === axis ? n : 1))
  return gatherElements(x, expand(reshape(order, shape), x.shape), axis)
}

/** 1 where a row of a sorted list is the one before it, in all numbers. [batch, n - 1]. */
function sameAsBefore(keys: readonly Tensor[], order: Tensor): Tensor {
  const each = keys.map((rows) => {
    const sorted = reordered(rows, 1, order)
    const n = sorted.size(1)
    const [before, after] = [slice(sorted, { axis: 1, end: minus(n, 1) }), slice(sorted, { axis: 1, start: 1 })]
    return reduceMin(cast(equal(before, after), 'float32'), { axis: 2 })
  })
  return each.reduce(mul)
}

/** Matrices that take the mean over equal rows of a sorted list. [batch, n, n]. */
function meanOverTies(keys: readonly Tensor[], order: Tensor): Tensor {
  const starts = pad(sub(1, sameAsBefore(keys, order)), [0, 1, 0, 0])
  const group = cumSum(starts, 1)
  const together = cast(equal(unsqueeze(group, 2), unsqueeze(group, 1)), 'float32')
  return div(together, reduceSum(together, { axis: 2, keepDims: true }))
}

/** The mean over equal rows of y, along an axis. */
function meanRows(y: Tensor, axis: number, means: Tensor): Tensor {
  const first = moveAxis(y, axis, 1)
  const [batch, n, ...rest] = first.shape as [Dimension, Dimension, ...Dimension[]]
  const rows = cast(reshape(first, [batch, n, product(rest)]), 'float32')
  return moveAxis(cast(reshape(matMul(means, rows), first.shape), y.dtype), 1, axis)
}

/**
 * The frame of S_n: the permutation that sorts the rows of the inputs, by their first numbers, of equal ones by the next. One copy.
 *
 * Law: the model of the sorted rows is invariant under every permutation, exactly. What it gives for rows goes back to where they were; equal rows get the mean
 * of what it gives for them, which is the mean over the permutations that change nothing. It jumps where rows change their order.
 */
export function sortedFrame(text: string, moving: readonly Moving[]): Copies {
  const keys = moving.map(({ name, x, places }) => {
    const [place, ...others] = places as [Place, ...Place[]]
    const axis = axisOf(text, place)
    for (const other of others) axisOf(text, { ...other, axes: [axis, ...other.axes] })
    return rowsOf({ name, x }, axis)
  })
  const order = lexicographicOrder(keys)
  let [back, means]: (Tensor | undefined)[] = []
  return {
    count: 1,
    input: (_, x, place) => reordered(x, axisOf(text, place), order),
    output: (_, y, place) => {
      const axis = axisOf(text, place)
      back ??= sortingOrder(order)
      if (!isFloat(y.dtype)) return reordered(y, axis, back)
      means ??= meanOverTies(keys, order)
      return reordered(meanRows(y, axis, means), axis, back)
    },
  }
}
