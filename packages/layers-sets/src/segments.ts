import {
  add,
  cast,
  cumSum,
  type Dimension,
  type DimensionLike,
  dimension,
  div,
  exp,
  full,
  gather,
  gatherND,
  greater,
  less,
  log,
  max,
  printShape,
  range,
  reshape,
  ShapeError,
  scatterElements,
  scatterND,
  segmentMax,
  segmentSum,
  stack,
  stopGradient,
  sub,
  type Tensor,
  topK,
  unsqueeze,
  where,
  zeros,
} from '@equivar/tensor'
import type { Membership } from './members.ts'

/** Ragged sets: the elements of all sets along one axis, in any order, with the index of each element's set. Created by `segments`. */
export class Segments implements Membership {
  readonly mask = undefined
  readonly batch: Tensor
  readonly sets: Dimension
  /** An upper bound of the set sizes. */
  readonly largest: Dimension | undefined

  constructor(batch: Tensor, sets: DimensionLike, largest?: DimensionLike) {
    if (batch.rank !== 1 || !batch.dtype.startsWith('int')) {
      throw new ShapeError('segments', 'int64 [elements], the set of each element', `${batch.dtype} ${printShape(batch.shape)}`)
    }
    this.batch = batch
    this.sets = dimension(sets)
    this.largest = largest === undefined ? undefined : dimension(largest)
  }

  keep(x: Tensor): Tensor {
    return x
  }

  sum(x: Tensor): Tensor {
    return segmentSum(x, this.batch, this.sets)
  }

  max(x: Tensor): Tensor {
    return segmentMax(x, this.batch, this.sets)
  }

  mean(x: Tensor): Tensor {
    return div(this.sum(x), max(this.count(x), 1))
  }

  logSumExp(x: Tensor): Tensor {
    const top = stopGradient(this.max(x))
    const total = this.sum(exp(sub(x, this.spread(top))))
    return add(top, log(where(greater(total, 0), total, 1)))
  }

  count(x: Tensor): Tensor {
    return reshape(this.sum(full(1, this.batch.shape, x.dtype)), [this.sets, ...x.shape.slice(1).map(() => 1)])
  }

  spread(rows: Tensor): Tensor {
    return gather(rows, this.batch)
  }

  spreadLike(rows: Tensor): Tensor {
    return this.spread(rows)
  }

  rows(pooled: Tensor): Tensor {
    return pooled
  }

  howMany(): Dimension {
    return this.sets
  }

  padded(x: Tensor): Tensor {
    return scatterND(zeros([this.sets, this.#demandLargest(), ...x.shape.slice(1)], x.dtype), this.#places(), x)
  }

  get paddedMask(): Tensor {
    return less(unsqueeze(range(this.#demandLargest()), 0), unsqueeze(this.#sizes(), 1))
  }

  unpadded(y: Tensor): Tensor {
    return gatherND(y, this.#places())
  }

  /** int64 [sets]. */
  #sizes(): Tensor {
    return segmentSum(full(1, this.batch.shape, 'int64'), this.batch, this.sets)
  }

  /** Set and position of each element, [elements, 2]. A stable sort by set keeps the order of the elements of a set. */
  #places(): Tensor {
    const elements = this.batch.shape[0] as Dimension
    const { values, indices } = topK(this.batch, elements, 0, { largest: false })
    const starts = cumSum(this.#sizes(), 0, { exclusive: true })
    const sorted = sub(range(elements), gather(starts, values))
    const positions = scatterElements(zeros([elements], 'int64'), indices, sorted)
    return stack([cast(this.batch, 'int64'), positions], 1)
  }

  #demandLargest(): Dimension {
    if (this.largest !== undefined) return this.largest
    throw new ShapeError(
      'segments',
      'the size of the largest set, because this layer pads the sets internally',
      'none',
      'Use segments(batch, sets, { largest }).',
    )
  }
}

/**
 * Describes ragged sets: the elements of all sets are the rows of x [elements, channels], in any order, without padding.
 *
 * Every layer accepts segments instead of a mask and gives the same result as for padded sets, as rows of elements [elements, channels] or of sets
 * [sets, ...].
 *
 * @param batch - int64 [elements]: the index of each element's set.
 * @param sets - the number of sets; a set without elements is empty.
 * @param options - `largest`: an upper bound of the set sizes. SetAttentionBlock, JanossyPooling of order 2 or more, and PointNet with transforms
 * require it, because they pad the sets internally, [sets, largest, ...]. Attention between elements and learned points is several times faster with it.
 * The other layers ignore it.
 * @throws ShapeError if batch is not a list of integers. A layer that requires `largest` throws ShapeError without it.
 * @example layer.forward(x, segments(input('batch', 'int64', ['elements']), 'sets', { largest: 'n' }))
 */
export function segments(batch: Tensor, sets: DimensionLike, { largest }: { readonly largest?: DimensionLike } = {}): Segments {
  return new Segments(batch, sets, largest)
}
