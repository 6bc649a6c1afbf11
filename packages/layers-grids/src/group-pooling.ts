import { Module } from '@equivar/nn'
import { constant, type Dimension, gather, printShape, reduceMax, reduceMean, ShapeError, type Tensor } from '@equivar/tensor'
import { type PointGroupName, pointGroup } from './point-group.ts'

/** How to pool values: by their maximum or their mean. */
export type GroupPool = 'max' | 'mean'

const reduced = (x: Tensor, pool: GroupPool, axis: number): Tensor => (pool === 'max' ? reduceMax : reduceMean)(x, { axis })

function requireOrientations(where: string, x: Tensor, orientations: Dimension | undefined): void {
  if (x.rank === 5 && (orientations === undefined || x.shape[2] === orientations)) return
  throw new ShapeError(`${where}.forward`, `x of shape [batch, channels, ${orientations ?? '|G|'}, height, width]`, printShape(x.shape))
}

/**
 * The maximum or mean over the group at every position.
 *
 * Law: f(g x) = g f(x), where g acts on the result as on an image: it moves the pixels.
 */
export class GroupPooling extends Module {
  readonly #pool: GroupPool

  constructor({ pool = 'max' }: { readonly pool?: GroupPool } = {}) {
    super()
    this.#pool = pool
  }

  /**
   * @param x - float32 [batch, channels, |G|, height, width].
   * @returns float32 [batch, channels, height, width].
   */
  forward(x: Tensor): Tensor {
    requireOrientations('GroupPooling', x, undefined)
    return reduced(x, this.#pool, 2)
  }
}

/** Options of CosetPooling. */
export interface CosetPoolingOptions {
  readonly group: PointGroupName
  /** A subgroup of `group`. */
  readonly subgroup: PointGroupName
  readonly pool?: GroupPool
}

/**
 * The maximum or mean over each coset k H of a subgroup: y(t, k H) = pool over h in H of x(t, k h).
 *
 * Law: f(g x) = g f(x), where g takes coset k H to g k H and moves the positions.
 *
 * @throws RangeError if `subgroup` is not a subgroup of `group`.
 * @example new CosetPooling({ group: 'p4m', subgroup: 'p4' })   // two cosets: rotations, and rotations with a reflection
 */
export class CosetPooling extends Module {
  readonly #cosets: readonly number[][]
  readonly #pool: GroupPool

  constructor({ group, subgroup, pool = 'max' }: CosetPoolingOptions) {
    super()
    this.#cosets = pointGroup(group).cosets(subgroup)
    this.#pool = pool
  }

  /**
   * @param x - float32 [batch, channels, |G|, height, width].
   * @returns float32 [batch, channels, |G / H|, height, width], with cosets in the order of `PointGroup.cosets`.
   */
  forward(x: Tensor): Tensor {
    requireOrientations('CosetPooling', x, this.#cosets.flat().length)
    return reduced(gather(x, constant(this.#cosets, undefined, 'int64'), 2), this.#pool, 3)
  }
}
