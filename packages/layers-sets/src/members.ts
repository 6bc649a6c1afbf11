import { fillMissing, maskedCount, maskedLogSumExp, maskedMax, maskedMean, maskedSum } from '@equivar/nn'
import { type Dimension, expand, type ReduceOptions, reshape, ShapeError, Tensor } from '@equivar/tensor'

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
  /** Mean over each set; 0 for a set without elements, as for the two that follow. */
  mean(x: Tensor): Tensor
  /** Largest over each set. */
  max(x: Tensor): Tensor
  /** log of the sum of e^x over each set. */
  logSumExp(x: Tensor): Tensor
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

/** What the members of a layer mean. */
export function membership(members: Members | undefined): Membership {
  return members === undefined || members instanceof Tensor ? new PaddedSets(members) : members
}
