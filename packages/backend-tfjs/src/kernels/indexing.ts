import { dimensionValue, elementCount, type ScatterReduction } from '@equivar/tensor'
import { broadcast, integer, isEmpty, type Kernel, type Kernels, outputShape, withoutBool } from '../kernel.ts'
import { cast, gatherRows, scatterRowsAdding, slice } from '../quirks.ts'
import { type TensorFlow, type TfTensor, tfType } from '../values.ts'
import { fromZero } from './elementwise.ts'

/** Elements that one step along an axis passes over. */
const strideOf = (shape: readonly number[], axis: number): number => elementCount(shape.slice(axis + 1))

const gather: Kernel<'Gather'> = ([x, indices], { tf, attributes: { axis } }) => {
  const [given, at] = [x as TfTensor, indices as TfTensor]
  return withoutBool(tf, given, (y) => gatherRows(tf, y, fromZero(tf, at, given.shape[axis] as number), axis))
}

/** Flat positions in an array of `shape` of the elements whose coordinate along the axis `indices` gives. */
function elementPositions(tf: TensorFlow, indices: TfTensor, shape: readonly number[], axis: number): TfTensor {
  const steps = indices.shape.map((size, i) => {
    if (i === axis) return tf.mul(fromZero(tf, indices, shape[axis] as number), integer(tf, strideOf(shape, axis)))
    const line = tf.mul(tf.range(0, size, 1, 'int32'), integer(tf, strideOf(shape, i)))
    return tf.reshape(
      line,
      indices.shape.map((_, k) => (k === i ? size : 1)),
    )
  })
  return tf.reshape(
    steps.reduce((a, b) => tf.add(a, b)),
    [elementCount(indices.shape)],
  )
}

/** For each row of `indices` the number of the block that it names, of blocks of `length` elements. */
function blocks(tf: TensorFlow, indices: TfTensor, shape: readonly number[]): { at: TfTensor; length: number; count: number } {
  const depth = indices.shape.at(-1) as number
  const rows = elementCount(indices.shape.slice(0, -1))
  const flat = tf.reshape(indices, [rows, depth])
  const named = shape.slice(0, depth)
  const at = named.map((size, axis) => {
    const column = tf.reshape(slice(tf, flat, [0, axis], [rows, 1]), [rows])
    return tf.mul(fromZero(tf, column, size), integer(tf, strideOf(named, axis)))
  })
  const total = at.length === 0 ? tf.zeros([rows], 'int32') : at.reduce((a, b) => tf.add(a, b))
  return { at: total, length: elementCount(shape.slice(depth)), count: elementCount(named) }
}

const operations: Readonly<Record<'mul' | 'max' | 'min', (tf: TensorFlow, a: TfTensor, b: TfTensor) => TfTensor>> = {
  mul: (tf, a, b) => tf.mul(a, b),
  max: (tf, a, b) => tf.maximum(a, b),
  min: (tf, a, b) => tf.minimum(a, b),
}

/**
 * Combines the rows that go to one place: rows are sorted by place, then each takes in the one 1, 2, 4, ... before it while that goes to the
 * same place. The last row of a place then has them all. TensorFlow.js has no such kernel that every backend shares.
 *
 * @returns the places, sorted, the combined rows, and which rows are last.
 */
function combined(
  tf: TensorFlow,
  at: TfTensor,
  rows: TfTensor,
  how: 'mul' | 'max' | 'min',
): { readonly at: TfTensor; readonly rows: TfTensor; readonly last: TfTensor } {
  const [count, length] = rows.shape as [number, number]
  const { indices } = tf.topk(tf.neg(at), count, true)
  const sorted = tf.gather(at, indices)
  let values = gatherRows(tf, rows, indices, 0)
  const part = (x: TfTensor, start: number, size: number): TfTensor =>
    x.shape.length === 1 ? slice(tf, x, [start], [size]) : slice(tf, x, [start, 0], [size, length])
  for (let distance = 1; distance < count; distance *= 2) {
    const rest = count - distance
    const same = tf.reshape(tf.equal(part(sorted, distance, rest), part(sorted, 0, rest)), [rest, 1])
    const own = part(values, distance, rest)
    const joined = tf.where(same, operations[how](tf, own, part(values, 0, rest)), own)
    values = tf.concat([part(values, 0, distance), joined])
  }
  const isLast = tf.concat([tf.notEqual(part(sorted, 0, count - 1), part(sorted, 1, count - 1)), tf.ones([1], 'bool')])
  return { at: sorted, rows: values, last: tf.reshape(isLast, [count, 1]) }
}

/** Scatters rows [count, length] to the blocks of x [places, length]. */
function scatterRows(tf: TensorFlow, x: TfTensor, at: TfTensor, rows: TfTensor, how: ScatterReduction): TfTensor {
  const [places, length] = x.shape as [number, number]
  const scatter = (to: TfTensor, values: TfTensor): TfTensor => scatterRowsAdding(tf, to, values, places)
  if (how === 'add') return tf.add(x, scatter(at, rows))
  const metBy = (to: TfTensor, ones: TfTensor): TfTensor => broadcast(tf, tf.greater(scatter(to, ones), 0), x.shape)
  if (how === 'none') return tf.where(metBy(at, tf.ones([rows.shape[0] as number, 1])), scatter(at, rows), x)
  const whole = combined(tf, at, rows, how)
  const met = metBy(whole.at, cast(tf, whole.last, 'float32'))
  const values = scatter(whole.at, tf.where(whole.last, whole.rows, tf.zeros([1, length], rows.dtype as 'float32')))
  return tf.where(met, operations[how](tf, x, values), x)
}

const scatterElements: Kernel<'ScatterElements'> = ([x, indices, updates], { tf, attributes: { axis, reduction } }) => {
  const [given, to] = [x as TfTensor, indices as TfTensor]
  if (isEmpty(to)) return tf.clone(given)
  const at = elementPositions(tf, to, given.shape, axis)
  const flat = (y: TfTensor): TfTensor => tf.reshape(y, [elementCount(y.shape), 1])
  return tf.reshape(scatterRows(tf, flat(given), at, flat(updates as TfTensor), reduction), given.shape)
}

const scatterNd: Kernel<'ScatterND'> = ([x, indices, updates], { tf, attributes: { reduction } }) => {
  const [given, to] = [x as TfTensor, indices as TfTensor]
  if (isEmpty(updates as TfTensor)) return tf.clone(given)
  const { at, length, count } = blocks(tf, to, given.shape)
  const rows = tf.reshape(updates as TfTensor, [at.shape[0] as number, length])
  return tf.reshape(scatterRows(tf, tf.reshape(given, [count, length]), at, rows, reduction), given.shape)
}

/** Kernels of what reads and writes by index. Indices out of range are the caller's fault; TensorFlow.js does not tell. */
export const indexing: Kernels<'Gather' | 'GatherElements' | 'GatherND' | 'ScatterElements' | 'ScatterND' | 'OneHot'> = {
  Gather: gather,
  GatherElements: ([x, indices], { tf, attributes: { axis } }) => {
    const [given, at] = [x as TfTensor, indices as TfTensor]
    const positions = elementPositions(tf, at, given.shape, axis)
    return withoutBool(tf, given, (y) => tf.reshape(tf.gather(tf.reshape(y, [elementCount(y.shape)]), positions), at.shape))
  },
  GatherND: ([x, indices], { tf, ...context }) => {
    const given = x as TfTensor
    const { at, length, count } = blocks(tf, indices as TfTensor, given.shape)
    return withoutBool(tf, given, (y) => tf.reshape(gatherRows(tf, tf.reshape(y, [count, length]), at, 0), outputShape(context)))
  },
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  OneHot: ([indices], { tf, attributes: { depth, axis, dtype }, binding }) => {
    const picked = indices as TfTensor
    const size = dimensionValue(depth, binding)
    const line = picked.shape.map(() => 1)
    line.splice(axis, 0, size)
    const spread = [...picked.shape]
    spread.splice(axis, 0, 1)
    const at = tf.reshape(fromZero(tf, picked, size), spread)
    return cast(tf, tf.equal(at, tf.reshape(tf.range(0, size, 1, 'int32'), line)), tfType(dtype))
  },
}
