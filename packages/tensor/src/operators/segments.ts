import { type DimensionLike, printShape, sameDimension } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import type { DataType } from '../expression/value.ts'
import { div, equal, sub, where } from './binary.ts'
import { full, zeros } from './generators.ts'
import { demandIndices, gather, scatterND } from './indexing.ts'
import { reshape, unsqueeze } from './shape.ts'
import { exp, stopGradient } from './unary.ts'

function demandSegments(where: string, x: Tensor, segments: Tensor): Tensor {
  demandIndices(where, segments)
  if (segments.rank !== 1 || x.rank < 1 || !sameDimension(segments.size(0), x.size(0))) {
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
  return scatterND(zeros([count, ...x.shape.slice(1)], x.dtype), indices, x, { reduction: 'add' })
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
  const extreme = scatterND(full(bound, [count, ...x.shape.slice(1)], x.dtype), indices, x, { reduction })
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
