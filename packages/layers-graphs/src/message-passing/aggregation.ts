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
  rootOrZero,
  segmentCount,
  segmentMax,
  segmentMean,
  segmentMin,
  segmentSum,
  sizeOf,
  stopGradient,
  sub,
  type Tensor,
  topK,
  unsqueeze,
  where,
  zeros,
} from '@equivar/tensor'

/**
 * An aggregation of the rows of a segment (the messages to a node, the nodes of a graph) in each channel.
 *
 * `var` is the biased variance, `std` its square root, `median` the lower of the two middle values, `softmax` the mean weighted with e^x.
 */
export type Aggregation = 'sum' | 'mean' | 'max' | 'min' | 'std' | 'var' | 'median' | 'softmax'

/** Appends axes of size 1 until t has the rank of x. */
const aligned = (t: Tensor, x: Tensor): Tensor =>
  unsqueeze(
    t,
    Array.from({ length: x.rank - t.rank }, (_, i) => t.rank + i),
  )

/** x, with zeros replaced by 1. */
const orOne = (x: Tensor): Tensor => where(equal(x, 0), 1, x)

/** Biased variance of each segment; 0 for an empty segment. Arguments as in segmentSum. */
export function segmentVariance(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const centred = sub(x, gather(segmentMean(x, segments, count), segments))
  return segmentMean(mul(centred, centred), segments, count)
}

/**
 * Standard deviation of each segment; 0 for an empty segment.
 *
 * Law: f(c x) = |c| f(x) at every scale at which squares of x are float32 numbers. Where all rows are equal, it and its derivative are 0.
 */
export function segmentDeviation(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  return rootOrZero(segmentVariance(x, segments, count))
}

/** e^(score - largest score of its segment). The shift cancels in the quotient, so no gradient flows through it. */
function unnormalized(scores: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  return exp(sub(scores, gather(stopGradient(segmentMax(scores, segments, count)), segments)))
}

/** The mean of x in each segment, weighted with e^score; 0 for an empty segment. Divides once per segment instead of once per row. */
export function segmentAttention(x: Tensor, scores: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const weights = unnormalized(scores, segments, count)
  return div(segmentSum(mul(x, weights), segments, count), orOne(segmentSum(weights, segments, count)))
}

/**
 * The lower median of the rows of each segment in each channel; 0 for an empty segment. The gradient goes to the row of the median.
 *
 * Rows are sorted by value, then stably by segment; the median is the middle row of its segment.
 *
 * @remarks Cost: two sorts of all rows per channel, O(rows log rows). Memory as x. Too slow for large graphs in an inner loop.
 */
export function segmentMedian(x: Tensor, segments: Tensor, count: DimensionLike): Tensor {
  const [rows = 0, ...tail] = x.shape
  const byValue = topK(stopGradient(x), rows, 0, { largest: false }).indices
  const bySegment = topK(gather(segments, byValue), rows, 0, { largest: false }).indices
  const order = gatherElements(byValue, bySegment)
  const counts = cast(segmentCount(segments, count), 'int64')
  const middle = add(cumSum(counts, 0, { exclusive: true }), div(sub(counts, 1), 2))
  // Empty segments read a row of zeros after all others.
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

/** The aggregations as a list. @throws RangeError if there is none, or an unknown one. */
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
 * Aggregates the rows of each segment. The results of several aggregations are concatenated along the last axis.
 *
 * Law: the order of the rows does not matter. An empty segment gives 0.
 *
 * @param x - float32 [rows, ..., channels].
 * @param segments - int64 [rows]: the segment of each row, in any order.
 * @param count - the number of segments.
 * @returns float32 [count, ..., channels x aggregations].
 * @throws RangeError if an aggregation is unknown, or there is none.
 * @see Corso et al. 2020, Principal neighbourhood aggregation, for several aggregations.
 */
export function aggregate(x: Tensor, segments: Tensor, count: DimensionLike, how: Aggregation | readonly Aggregation[]): Tensor {
  const parts = aggregationsOf('aggregate', how).map((name) => segmentwise[name](x, segments, count))
  return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, -1)
}

/** Multiplies each row by a factor. @param factors - [rows]. */
export function scaleRows(x: Tensor, factors: Tensor): Tensor {
  return mul(x, aligned(factors, x))
}
