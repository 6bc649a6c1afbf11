import { fillMissing, maskedCount, maskedLogSumExp, maskedMax, maskedMean, maskedSum } from '@equivar/nn'
import { type Dimension, expand, type ReduceOptions, reshape, ShapeError, Tensor } from '@equivar/tensor'

/** The second argument of every layer: a mask, bool [..., n], true where an element exists, or `segments`. Default: all elements exist. */
export type Members = Tensor | Membership

/**
 * Which elements belong to which set, and the operations on these sets.
 *
 * A layer that uses only these operations works on padded sets [..., n, channels] and on ragged ones [elements, channels], with the same result.
 */
export interface Membership {
  /** bool over the axes before the channels, true where an element exists; undefined if all exist. */
  readonly mask: Tensor | undefined
  /** x, zero where no element exists. */
  keep(x: Tensor): Tensor
  /** Sum over each set: one row per set. */
  sum(x: Tensor): Tensor
  /** Mean over each set; 0 for an empty set. */
  mean(x: Tensor): Tensor
  /** Maximum over each set; 0 for an empty set. */
  max(x: Tensor): Tensor
  /** log of the sum of e^x over each set; 0 for an empty set. */
  logSumExp(x: Tensor): Tensor
  /** Number of elements of each set, as float32 that broadcasts with the rows of x. */
  count(x: Tensor): Tensor
  /** Copies the row of each set to its elements. The result may have an axis of size 1 that broadcasts. */
  spread(rows: Tensor): Tensor
  /** Copies the row of each set to its elements, in the full shape of x. */
  spreadLike(rows: Tensor, x: Tensor): Tensor
  /** Pooled rows without their axis of elements. */
  rows(pooled: Tensor): Tensor
  /** Number of sets. */
  howMany(x: Tensor): Dimension
  /** The elements as padded sets [..., n, channels]. */
  padded(x: Tensor): Tensor
  /** The mask of the padded sets. */
  readonly paddedMask: Tensor | undefined
  /** Inverse of `padded`. */
  unpadded(y: Tensor): Tensor
}

/** Padded sets: the elements of a set are along `axes`, and the mask says which exist. */
export class PaddedSets implements Membership {
  readonly mask: Tensor | undefined
  readonly #over: ReduceOptions

  constructor(mask?: Tensor, axes: readonly number[] = [-2]) {
    if (mask !== undefined && mask.dtype !== 'bool') {
      throw new ShapeError('mask', 'bool, true where an element exists', `${mask}`, "Use cast(mask, 'bool').")
    }
    this.mask = mask
    this.#over = { axis: axes, keepDims: true }
  }

  get paddedMask(): Tensor | undefined {
    return this.mask
  }

  keep(x: Tensor): Tensor {
    return fillMissing(x, this.mask)
  }

  sum(x: Tensor): Tensor {
    return maskedSum(x, this.mask, this.#over)
  }

  mean(x: Tensor): Tensor {
    return maskedMean(x, this.mask, this.#over)
  }

  max(x: Tensor): Tensor {
    return maskedMax(x, this.mask, this.#over)
  }

  logSumExp(x: Tensor): Tensor {
    return maskedLogSumExp(x, this.mask, this.#over)
  }

  count(x: Tensor): Tensor {
    return maskedCount(x, this.mask, this.#over)
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

/** The members argument of a layer as a Membership. */
export function membership(members: Members | undefined): Membership {
  return members === undefined || members instanceof Tensor ? new PaddedSets(members) : members
}
