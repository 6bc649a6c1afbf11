import { constant, constantData } from './constant.ts'
import { type Dimension, type DimensionLike, dimension, printShape, sameDimension, sameShape } from './dimension.ts'
import { cast, div, equal, exp, mul, stopGradient, sub, where } from './elementwise.ts'
import { DerivativeError, ShapeError, TypeMismatchError } from './errors.ts'
import type { ScatterReduction } from './operators.ts'
import { normalizeAxis, reduceSum } from './reduce.ts'
import { full, moveAxis, reshape, transpose, unsqueeze, zeros } from './shape.ts'
import { apply, type Operator, type Tensor } from './tensor.ts'
import { type DataType, elementCount } from './value.ts'

function demandIndices(where: string, indices: Tensor): void {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32') {
    throw new TypeMismatchError(where, 'int64 or int32 indices', indices.dtype, "Use cast(x, 'int64').")
  }
}

const gatherOperator: Operator<'Gather'> = {
  name: 'Gather',
  infer: (inputs, { axis }) => {
    const [x, indices] = inputs as [Tensor, Tensor]
    demandIndices('Gather', indices)
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }]
  },
  derivative: ({ inputs, attributes: { axis }, gradients: [g] }) => {
    const [x, indices] = inputs as [Tensor, Tensor]
    return [() => scatterRows(x, indices, g as Tensor, axis)]
  },
}

/** What constant indices name, one after the other, as text; undefined if they are fed in, or counted from the end. */
function constantPlaces(indices: Tensor, depth: number): string[] | undefined {
  const data = constantData(indices)
  if (data === undefined || data.some((i: number | bigint) => i < 0)) return undefined
  return Array.from({ length: data.length / depth }, (_, at) => data.slice(at * depth, (at + 1) * depth).join())
}

/** How rows come to their places in zeros: places that are known and never meet need no sum, which ONNX Runtime does in one thread only. */
function reductionOf(indices: Tensor, depth: number): ScatterReduction {
  const places = constantPlaces(indices, depth)
  return places !== undefined && new Set(places).size === places.length ? 'none' : 'add'
}

/** Where each of `count` rows was read, if it is known and all were equally often: [count, times]. */
function readersOf(indices: Tensor, count: DimensionLike | undefined): bigint[][] | undefined {
  const places = typeof count === 'number' ? constantPlaces(indices, 1) : undefined
  if (places === undefined || places.length === 0) return undefined
  const readers = Array.from({ length: count as number }, (): bigint[] => [])
  for (const [at, place] of places.entries()) readers[Number(place)]?.push(BigInt(at))
  return readers.every(({ length }) => length > 0 && length === readers[0]?.length) ? readers : undefined
}

/**
 * Adds rows of g into zeros shaped as x. What reads every row equally often, as permutations do, is undone by reading; the rest scatters whole rows,
 * because element-wise scatters cost forty times as much on ONNX Runtime.
 */
function scatterRows(x: Tensor, indices: Tensor, g: Tensor, axis: number): Tensor {
  const length = indices.rank
  const [before, after] = [g.shape.slice(0, axis), g.shape.slice(axis + length)]
  const readers = readersOf(indices, x.shape[axis])
  if (readers !== undefined) {
    const rows = reshape(g, [...before, elementCount(indices.shape as readonly number[]), ...after])
    const read = constant(BigInt64Array.from(readers.flat()), [readers.length, readers[0]?.length as number])
    return reduceSum(gather(rows, read, axis), { axis: axis + 1 })
  }
  const order = g.shape.map((_, i) => i)
  const front = [...order.slice(axis, axis + length), ...order.slice(0, axis), ...order.slice(axis + length)]
  const target = moveAxis(zeros(x.shape, g.dtype), axis, 0)
  return moveAxis(scatterND(target, unsqueeze(indices, length), transpose(g, front), reductionOf(indices, 1)), 0, axis)
}

/**
 * Picks slices along an axis.
 *
 * @param indices - integers of any shape, which replaces the axis; -1 is the last.
 * @see ONNX Gather. Indices out of bounds are an error of the backend.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(gatherOperator, [x, indices], { axis: normalizeAxis('Gather', axis, x.rank) })
}

const gatherElementsOperator: Operator<'GatherElements'> = {
  name: 'GatherElements',
  infer: (inputs) => {
    const [x, indices] = inputs as [Tensor, Tensor]
    demandIndices('GatherElements', indices)
    if (x.rank !== indices.rank)
      throw new ShapeError('GatherElements', 'indices of the rank of x', `${printShape(indices.shape)} for ${printShape(x.shape)}`)
    return [{ dtype: x.dtype, shape: indices.shape }]
  },
  derivative: ({ inputs: [x, indices], attributes: { axis }, gradients: [g] }) => [
    () => scatterElements(zeros((x as Tensor).shape, (g as Tensor).dtype), indices as Tensor, g as Tensor, { axis, reduction: 'add' }),
  ],
}

/** y[i][j] = x[indices[i][j]][j] for axis 0, and so on. @see ONNX GatherElements. */
export function gatherElements(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(gatherElementsOperator, [x, indices], { axis: normalizeAxis('GatherElements', axis, x.rank) })
}

/** The shape that gatherND reads and scatterND writes. */
function rowsShape(where: string, x: Tensor, indices: Tensor): Dimension[] {
  demandIndices(where, indices)
  const depth = indices.shape[indices.rank - 1]
  if (typeof depth !== 'number' || depth < 1 || depth > x.rank) {
    throw new ShapeError(where, `indices of shape [..., 1 to ${x.rank}]`, printShape(indices.shape))
  }
  return [...indices.shape.slice(0, -1), ...x.shape.slice(depth)]
}

const gatherNDOperator: Operator<'GatherND'> = {
  name: 'GatherND',
  infer: (inputs) => {
    const [x, indices] = inputs as [Tensor, Tensor]
    return [{ dtype: x.dtype, shape: rowsShape('GatherND', x, indices) }]
  },
  derivative: ({ inputs: [x, indices], gradients: [g] }) => [
    () => {
      const [at, rows] = [indices as Tensor, g as Tensor]
      return scatterND(zeros((x as Tensor).shape, rows.dtype), at, rows, reductionOf(at, at.shape[at.rank - 1] as number))
    },
  ],
}

/** y[i] = x[indices[i]], the last axis of indices being a position in the first axes of x. @see ONNX GatherND. */
export function gatherND(x: Tensor, indices: Tensor): Tensor {
  return apply(gatherNDOperator, [x, indices], {})
}

interface ScatterRule {
  readonly data: Tensor
  readonly updates: Tensor
  readonly result: Tensor
  readonly gradient: Tensor
  readonly reduction: ScatterReduction
  read(x: Tensor): Tensor
  write(data: Tensor, updates: Tensor, reduction: ScatterReduction): Tensor
}

/** Gradients of data and updates; elements that tie in max or min, the data included, share equally. */
function scatterGradients(name: string, { data, updates, result, gradient: g, reduction, read, write }: ScatterRule): (() => Tensor)[] {
  if (reduction === 'add') return [() => g, () => read(g)]
  if (reduction === 'none') return [() => write(g, zeros(updates.shape, g.dtype), 'none'), () => read(g)]
  if (reduction === 'mul') {
    const refuse = (): Tensor => {
      throw new DerivativeError(`${name}: the derivative with reduction mul is not provided; write the product as exp of a sum of logs.`)
    }
    return [refuse, refuse]
  }
  const kept = cast(equal(data, result), g.dtype)
  const hits = cast(equal(updates, read(result)), g.dtype)
  const share = div(g, write(kept, hits, 'add'))
  return [() => mul(kept, share), () => mul(hits, read(share))]
}

const scatterElementsOperator: Operator<'ScatterElements'> = {
  name: 'ScatterElements',
  infer: (inputs) => {
    const [data, indices, updates] = inputs as [Tensor, Tensor, Tensor]
    demandIndices('ScatterElements', indices)
    if (data.rank !== indices.rank || !sameShape(indices.shape, updates.shape)) {
      throw new ShapeError(
        'ScatterElements',
        'indices and updates of one shape and the rank of data',
        `${printShape(indices.shape)} and ${printShape(updates.shape)} for ${printShape(data.shape)}`,
      )
    }
    return [data]
  },
  derivative: ({ inputs, outputs: [result], attributes: { axis, reduction }, gradients: [g] }) => {
    const [data, indices, updates] = inputs as [Tensor, Tensor, Tensor]
    const [fromData, fromUpdates] = scatterGradients('scatterElements', {
      data,
      updates,
      result: result as Tensor,
      gradient: g as Tensor,
      reduction,
      read: (x) => gatherElements(x, indices, axis),
      write: (d, u, r) => scatterElements(d, indices, u, { axis, reduction: r }),
    })
    return [fromData, undefined, fromUpdates]
  },
}

/**
 * data with y[indices[i][j]][j] (axis 0) combined with updates[i][j].
 *
 * @param options - reduction none (indices must differ), add, mul, max, min.
 * @see ONNX ScatterElements.
 */
export function scatterElements(
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  { axis = 0, reduction = 'none' }: { axis?: number; reduction?: ScatterReduction } = {},
): Tensor {
  return apply(scatterElementsOperator, [data, indices, updates], { axis: normalizeAxis('ScatterElements', axis, data.rank), reduction })
}

const scatterNDOperator: Operator<'ScatterND'> = {
  name: 'ScatterND',
  infer: (inputs) => {
    const [data, indices, updates] = inputs as [Tensor, Tensor, Tensor]
    const expected = rowsShape('ScatterND', data, indices)
    if (!sameShape(expected, updates.shape))
      throw new ShapeError('ScatterND', `updates of shape ${printShape(expected)}`, printShape(updates.shape))
    return [data]
  },
  derivative: ({ inputs, outputs: [result], attributes: { reduction }, gradients: [g] }) => {
    const [data, indices, updates] = inputs as [Tensor, Tensor, Tensor]
    const [fromData, fromUpdates] = scatterGradients('scatterND', {
      data,
      updates,
      result: result as Tensor,
      gradient: g as Tensor,
      reduction,
      read: (x) => gatherND(x, indices),
      write: (d, u, r) => scatterND(d, indices, u, r),
    })
    return [fromData, undefined, fromUpdates]
  },
}

/** data with the rows at `indices` combined with updates. @see ONNX ScatterND. */
export function scatterND(data: Tensor, indices: Tensor, updates: Tensor, reduction: ScatterReduction = 'none'): Tensor {
  return apply(scatterNDOperator, [data, indices, updates], { reduction })
}

const oneHotOperator: Operator<'OneHot'> = {
  name: 'OneHot',
  infer: (inputs, { depth, axis, dtype }) => {
    const indices = inputs[0] as Tensor
    demandIndices('OneHot', indices)
    const shape = [...indices.shape]
    shape.splice(axis, 0, depth)
    return [{ dtype, shape }]
  },
}

/** 1 at the index, 0 elsewhere, along a new axis; zeros for an index outside [-depth, depth). @see ONNX OneHot. */
export function oneHot(
  indices: Tensor,
  depth: DimensionLike,
  { axis = -1, dtype = 'float32' }: { axis?: number; dtype?: DataType } = {},
): Tensor {
  return apply(oneHotOperator, [indices], { depth: dimension(depth), axis: normalizeAxis('OneHot', axis, indices.rank + 1), dtype })
}

function demandSegments(where: string, x: Tensor, segments: Tensor): Tensor {
  demandIndices(where, segments)
  if (segments.rank !== 1 || x.rank < 1 || !sameDimension(segments.shape[0] as Dimension, x.shape[0] as Dimension)) {
    throw new ShapeError(
      where,
      'one segment number for each row of x',
      `segments ${printShape(segments.shape)} for x ${printShape(x.shape)}`,
    )
  }
  return unsqueeze(segments, 1)
}

/**
 * Sum of the rows of each segment.
 *
 * @param x - [rows, ...].
 * @param segments - int64 [rows]: the segment of each row, in any order.
 * @param count - the number of segments; one without rows gets 0.
 * @returns [count, ...].
 */
export function segmentSum(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const indices = demandSegments('segmentSum', x, segments)
  return scatterND(zeros([count, ...x.shape.slice(1)], x.dtype), indices, x, 'add')
}

/** Count of the rows of each segment, as floats [count]. */
export function segmentCount(segments: Tensor, count: DimensionLike, dtype: DataType = 'float32'): Tensor {
  return segmentSum(full(1, segments.shape, dtype), segments, count)
}

/** Mean of the rows of each segment; 0 for one without rows. Arguments as in segmentSum. */
export function segmentMean(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const rows = segmentCount(segments, count, x.dtype)
  const divisor = where(equal(rows, 0), 1, rows)
  return div(segmentSum(x, segments, count), reshape(divisor, [count, ...x.shape.slice(1).map(() => 1)]))
}

function segmentExtreme(x: Tensor, segments: Tensor, count: DimensionLike, reduction: 'max' | 'min', empty: number): Tensor {
  const indices = demandSegments(`segment${reduction === 'max' ? 'Max' : 'Min'}`, x, segments)
  const bound = reduction === 'max' ? -Infinity : Infinity
  const extreme = scatterND(full(bound, [count, ...x.shape.slice(1)], x.dtype), indices, x, reduction)
  const rows = reshape(segmentCount(segments, count), [count, ...x.shape.slice(1).map(() => 1)])
  return where(equal(rows, 0), empty, extreme)
}

/** Largest of the rows of each segment, elementwise; `empty` (0) for one without rows. Ties share the gradient equally. */
export function segmentMax(x: Tensor, segments: Tensor, count: DimensionLike, { empty = 0 }: { empty?: number } = {}): Tensor {
  return segmentExtreme(x, segments, count, 'max', empty)
}

/** Smallest of the rows of each segment, elementwise; `empty` (0) for one without rows. Ties share the gradient equally. */
export function segmentMin(x: Tensor, segments: Tensor, count: DimensionLike, { empty = 0 }: { empty?: number } = {}): Tensor {
  return segmentExtreme(x, segments, count, 'min', empty)
}

/**
 * Weights that are positive and add up to 1 in each segment, in proportion to e^score. No score overflows: the largest of its segment is taken off.
 *
 * @param scores - [rows, ...]. @returns [rows, ...]. Arguments as in segmentSum.
 */
export function segmentSoftmax(scores: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const raised = exp(sub(scores, gather(stopGradient(segmentMax(scores, segments, count)), segments)))
  return div(raised, gather(segmentSum(raised, segments, count), segments))
}
