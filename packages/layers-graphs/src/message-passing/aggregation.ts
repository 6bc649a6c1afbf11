import {
  add,
  cast,
  concat,
  cumSum,
  type DimensionLike,
  div,
  equal,
  exp,
  expand,
  gather,
  gatherElements,
  greater,
  mul,
  reshape,
  segmentCount,
  segmentMax,
  segmentMean,
  segmentMin,
  segmentSum,
  sizeOf,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  topK,
  unsqueeze,
  where,
  zeros,
} from '@equivar/tensor'

/**
 * How the rows of a segment (the messages to a node, the nodes of a graph) become one, channel by channel.
 *
 * `var` is the biased variance, `std` its root, `median` the lower of the two middle values, `softmax` the mean weighted with e^x.
 */
export type Aggregation = 'sum' | 'mean' | 'max' | 'min' | 'std' | 'var' | 'median' | 'softmax'

/** Axes of size 1 behind, until it has the rank of x. */
const aligned = (t: Tensor, x: Tensor): Tensor =>
  unsqueeze(
    t,
    Array.from({ length: x.rank - t.rank }, (_, i) => t.rank + i),
  )

/** x, with 1 where it is 0. */
const orOne = (x: Tensor): Tensor => where(equal(x, 0), 1, x)

/** Mean of the squared distances to the mean of each segment; 0 for one without rows. Arguments as in segmentSum. */
export function segmentVariance(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const centred = sub(x, gather(segmentMean(x, segments, count), segments))
  return segmentMean(mul(centred, centred), segments, count)
}

/** Below this variance the standard deviation is taken as 0, with a derivative of 0. */
const SMALLEST_VARIANCE = 1e-5

/** Root of the variance of each segment; 0, with a derivative of 0, where the variance is 1e-5 or less, as in PyTorch Geometric. */
export function segmentDeviation(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const variance = segmentVariance(x, segments, count)
  const spread = greater(variance, SMALLEST_VARIANCE)
  return where(spread, sqrt(where(spread, variance, 1)), 0)
}

/** e^(score - the largest of its segment). The shift cancels in a quotient, so it has no derivative. */
function unnormalized(scores: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  return exp(sub(scores, gather(stopGradient(segmentMax(scores, segments, count)), segments)))
}

/** The mean of x weighted with e^score in each segment, divided once for a segment and not for a row; 0 for one without rows. */
export function segmentAttention(x: Tensor, scores: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const weights = unnormalized(scores, segments, count)
  return div(segmentSum(mul(x, weights), segments, count), orOne(segmentSum(weights, segments, count)))
}

/**
 * The lower median of the rows of each segment, channel by channel; 0 for one without rows. The gradient goes to the row it was taken from.
 *
 * Rows are sorted by value and then, stably, by segment; the median of a segment stands in the middle of its stretch.
 *
 * @remarks Cost: two sorts of all rows a channel, O(rows log rows). Memory as x. Not for large graphs in an inner loop.
 */
export function segmentMedian(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const [rows = 0, ...tail] = x.shape
  const byValue = topK(stopGradient(x), rows, 0, { largest: false }).indices
  const bySegment = topK(gather(segments, byValue), rows, 0, { largest: false }).indices
  const order = gatherElements(byValue, bySegment)
  const counts = cast(segmentCount(segments, count), 'int64')
  const middle = add(cumSum(counts, 0, { exclusive: true }), div(sub(counts, 1), 2))
  // One row of zeros behind all others stands in for a segment without rows.
  const last = expand(
    reshape(
      sizeOf(rows),
      x.shape.map(() => 1),
    ),
    [1, ...tail],
  )
  const position = where(greater(counts, 0), middle, sizeOf(rows))
  const chosen = gather(concat([order, last], 0), position)
  return gatherElements(concat([x, zeros([1, ...tail], x.dtype)], 0), chosen)
}

const segmentwise: Readonly<Record<Aggregation, (x: Tensor, segments: Tensor, count: DimensionLike) => Tensor>> = {
  sum: segmentSum,
  mean: segmentMean,
  max: (x, segments, count) => segmentMax(x, segments, count),
  min: (x, segments, count) => segmentMin(x, segments, count),
  std: segmentDeviation,
  var: segmentVariance,
  median: segmentMedian,
  softmax: (x, segments, count) => segmentAttention(x, x, segments, count),
}

/** The names as a list. @throws RangeError if there is none, or one that is unknown. */
export function aggregationsOf(where: string, how: Aggregation | readonly Aggregation[]): readonly Aggregation[] {
  const names = typeof how === 'string' ? [how] : how
  const unknown = names.find((name) => !Object.hasOwn(segmentwise, name))
  if (names.length === 0 || unknown !== undefined) {
    const received = unknown === undefined ? 'none' : `"${unknown}"`
    throw new RangeError(`${where}: expected one or more of ${Object.keys(segmentwise).join(', ')}, received ${received}.`)
  }
  return names
}

/**
 * The rows of each segment as one; several aggregations stand beside each other on the last axis.
 *
 * Law: the order of the rows does not matter. A segment without rows gets 0.
 *
 * @param x - float32 [rows, ..., channels].
 * @param segments - int64 [rows]: the segment of each row, in any order.
 * @param count - the number of segments.
 * @returns float32 [count, ..., channels x aggregations].
 * @throws RangeError if an aggregation is unknown, or there is none.
 * @see Corso et al. 2020, Principal neighbourhood aggregation, for several at once.
 */
export function aggregate(x: Tensor, segments: Tensor, count: DimensionLike, how: Aggregation | readonly Aggregation[]): Tensor {
  const parts = aggregationsOf('aggregate', how).map((name) => segmentwise[name](x, segments, count))
  return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, -1)
}

/** Multiplies whole rows. @param factors - [rows]. */
export function scaleRows(x: Tensor, factors: Tensor): Tensor {
  return mul(x, aligned(factors, x))
}
