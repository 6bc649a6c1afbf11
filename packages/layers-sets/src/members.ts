import {
  cast,
  countAlong,
  cumSum,
  type Dimension,
  type DimensionLike,
  dimension,
  expand,
  full,
  gather,
  gatherND,
  greater,
  less,
  printShape,
  range,
  reduceMax,
  reduceSum,
  reshape,
  ShapeError,
  scatterElements,
  scatterND,
  segmentMax,
  segmentSum,
  stack,
  sub,
  Tensor,
  topK,
  unsqueeze,
  where,
  zeros,
} from '@equivar/tensor'

/** What every layer of sets takes beside the elements: bool [..., n], true where an element exists, or `segments`. All of [..., n] exist if left out. */
export type Members = Tensor | Membership

/**
 * Which elements form which set.
 *
 * A layer that is written in these few words works on padded sets [..., n, channels] and on ragged ones [elements, channels], with the same result.
 */
export interface Membership {
  /** bool over the axes before the channels, where some elements do not exist. */
  readonly mask: Tensor | undefined
  /** x, zero where no element exists. */
  keep(x: Tensor): Tensor
  /** Sum over each set: one row a set. */
  sum(x: Tensor): Tensor
  /** Largest over each set; 0 for a set without elements. */
  max(x: Tensor): Tensor
  /** How many elements each set has, as float32 that broadcasts with the rows of x. */
  count(x: Tensor): Tensor
  /** Each set's row for all of its elements; one that broadcasts where that is enough. */
  spread(rows: Tensor): Tensor
  /** Each set's row for every element of x. */
  spreadLike(rows: Tensor, x: Tensor): Tensor
  /** The rows without an axis of elements. */
  rows(pooled: Tensor): Tensor
  /** How many sets there are. */
  howMany(x: Tensor): Dimension
  /** The sets side by side, [..., n, channels], and who exists there. */
  padded(x: Tensor): Tensor
  readonly paddedMask: Tensor | undefined
  /** Back from side by side. */
  unpadded(y: Tensor): Tensor
}

/** Sets side by side in a tensor; the mask says who exists, and the elements of a set are along `axes`. */
export class PaddedSets implements Membership {
  readonly mask: Tensor | undefined
  readonly #axes: readonly number[]

  constructor(mask?: Tensor, axes: readonly number[] = [-2]) {
    if (mask !== undefined && mask.dtype !== 'bool') {
      throw new ShapeError('mask', 'bool, true where an element exists', `${mask}`, "Use cast(mask, 'bool').")
    }
    this.mask = mask
    this.#axes = axes
  }

  get paddedMask(): Tensor | undefined {
    return this.mask
  }

  keep(x: Tensor): Tensor {
    return this.mask === undefined ? x : where(unsqueeze(this.mask, -1), x, 0)
  }

  sum(x: Tensor): Tensor {
    return reduceSum(this.keep(x), { axis: this.#axes, keepDims: true })
  }

  max(x: Tensor): Tensor {
    const candidates = this.mask === undefined ? x : where(unsqueeze(this.mask, -1), x, -3e38)
    return where(greater(this.count(x), 0), reduceMax(candidates, { axis: this.#axes, keepDims: true }), 0)
  }

  count(x: Tensor): Tensor {
    if (this.mask !== undefined) return reduceSum(unsqueeze(cast(this.mask, x.dtype), -1), { axis: this.#axes, keepDims: true })
    return countAlong(
      x,
      this.#axes.map((axis) => (axis < 0 ? axis + x.rank : axis)),
      x.dtype,
    )
  }

  spread(rows: Tensor): Tensor {
    return rows
  }

  spreadLike(rows: Tensor, x: Tensor): Tensor {
    return expand(rows, [...x.shape.slice(0, -1), rows.shape.at(-1) as Dimension])
  }

  rows(pooled: Tensor): Tensor {
    return reshape(pooled, [...pooled.shape.slice(0, -2), pooled.shape.at(-1) as Dimension])
  }

  howMany(x: Tensor): Dimension {
    return x.shape[0] as Dimension
  }

  padded(x: Tensor): Tensor {
    return x
  }

  unpadded(y: Tensor): Tensor {
    return y
  }
}

/** Elements of all sets in one axis, in any order, each with the number of its set. Made by `segments`. */
export class Segments implements Membership {
  readonly mask = undefined
  readonly batch: Tensor
  readonly sets: Dimension
  readonly #largest: Dimension | undefined

  constructor(batch: Tensor, sets: DimensionLike, largest?: DimensionLike) {
    if (batch.rank !== 1 || !batch.dtype.startsWith('int')) {
      throw new ShapeError('segments', 'int64 [elements], the set of each element', `${batch.dtype} ${printShape(batch.shape)}`)
    }
    this.batch = batch
    this.sets = dimension(sets)
    this.#largest = largest === undefined ? undefined : dimension(largest)
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

  /** Set and position of each element, [elements, 2]: elements of a set keep their order, which a stable sort by set finds. */
  #places(): Tensor {
    const elements = this.batch.shape[0] as Dimension
    const { values, indices } = topK(this.batch, elements, 0, { largest: false })
    const starts = cumSum(this.#sizes(), 0, { exclusive: true })
    const sorted = sub(range(elements), gather(starts, values))
    const positions = scatterElements(zeros([elements], 'int64'), indices, sorted)
    return stack([cast(this.batch, 'int64'), positions], 1)
  }

  #demandLargest(): Dimension {
    if (this.#largest !== undefined) return this.#largest
    throw new ShapeError(
      'segments',
      'the size of the largest set, because this layer compares elements with one another and puts the sets side by side for it',
      'none',
      'Give segments(batch, sets, { largest }).',
    )
  }
}

/**
 * Ragged sets: the elements of all sets are the rows of x [elements, channels], in any order, without padding.
 *
 * Every layer takes this in the place of its mask, gives what it gives for the padded sets, and returns rows of elements [elements, channels] or of
 * sets [sets, ...].
 *
 * @param batch - int64 [elements]: the number of the set of each element.
 * @param sets - how many sets there are; one that no element names is empty.
 * @param options - `largest`: a size that no set exceeds. Layers that compare elements with one another (SetAttentionBlock, JanossyPooling) or
 * give each set its own matrix (PointNet) put the sets side by side for that step, [sets, largest, ...]; the others do not need it.
 * @throws ShapeError if batch is not a list of integers; later, if a layer needs `largest` and it was left out.
 * @example layer.forward(x, segments(input('batch', 'int64', ['elements']), 'sets', { largest: 'n' }))
 */
export function segments(batch: Tensor, sets: DimensionLike, { largest }: { readonly largest?: DimensionLike } = {}): Segments {
  return new Segments(batch, sets, largest)
}

/** What the members of a layer mean. */
export function membership(members: Members | undefined): Membership {
  return members === undefined || members instanceof Tensor ? new PaddedSets(members) : members
}
