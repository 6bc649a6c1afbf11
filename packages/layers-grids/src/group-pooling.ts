import { Module } from '@equivar/nn'
import { constant, type Dimension, gather, printShape, reduceMax, reduceMean, ShapeError, type Tensor } from '@equivar/tensor'
import { type PointGroupName, pointGroup } from './point-group.ts'

/** How values are pooled: the largest, or their mean. */
export type GroupPool = 'max' | 'mean'

const reduced = (x: Tensor, pool: GroupPool, axis: number): Tensor => (pool === 'max' ? reduceMax : reduceMean)(x, { axis })

function demandSheets(where: string, x: Tensor, sheets: Dimension | undefined): void {
  if (x.rank === 5 && (sheets === undefined || x.shape[2] === sheets)) return
  throw new ShapeError(`${where}.forward`, `x of shape [batch, channels, ${sheets ?? '|G|'}, height, width]`, printShape(x.shape))
}

/**
 * Largest value, or mean, over the group at every position.
 *
 * Law: f(g x) = g f(x), where g moves the pixels of the result and nothing else: what was a function on the plane group becomes an image.
 */
export class GroupPooling extends Module {
  readonly #pool: GroupPool

  constructor({ pool = 'max' }: { readonly pool?: GroupPool } = {}) {
    super()
    this.#pool = pool
  }

  /** @param x - float32 [batch, channels, |G|, height, width]. @returns float32 [batch, channels, height, width]. */
  forward(x: Tensor): Tensor {
    demandSheets('GroupPooling', x, undefined)
    return reduced(x, this.#pool, 2)
  }
}

/** Settings of a CosetPooling. */
export interface CosetPoolingOptions {
  readonly group: PointGroupName
  /** Point group within `group`. */
  readonly subgroup: PointGroupName
  readonly pool?: GroupPool
}

/**
 * Largest value, or mean, over each coset g H of a subgroup.
 *
 * Law: f(g x) = g f(x), where g takes coset k H to g k H: the result is a function on the shifts and G / H. y(t, k H) = pool over h in H of x(t, k h).
 *
 * @throws RangeError if the second group does not lie in the first.
 * @example new CosetPooling({ group: 'p4m', subgroup: 'p4' })   // two sheets: as it is, and mirrored
 */
export class CosetPooling extends Module {
  readonly #cosets: readonly number[][]
  readonly #pool: GroupPool

  constructor({ group, subgroup, pool = 'max' }: CosetPoolingOptions) {
    super()
    this.#cosets = pointGroup(group).cosets(subgroup)
    this.#pool = pool
  }

  /** @param x - float32 [batch, channels, |G|, height, width]. @returns float32 [batch, channels, |G / H|, height, width], cosets in the order of `PointGroup.cosets`. */
  forward(x: Tensor): Tensor {
    demandSheets('CosetPooling', x, this.#cosets.flat().length)
    return reduced(gather(x, constant(this.#cosets, undefined, 'int64'), 2), this.#pool, 3)
  }
}
