import { Module } from '@equivar/nn'
import { constant, gather, printShape, reduceMax, reduceMean, ShapeError, type Tensor } from '@equivar/tensor'
import { type PointGroup, type PointGroupName, pointGroup, spatialAxes } from './point-group.ts'

/** How to pool values: by their maximum or their mean. */
export type GroupPool = 'max' | 'mean'

const reduced = (x: Tensor, pool: GroupPool, axis: number): Tensor => (pool === 'max' ? reduceMax : reduceMean)(x, { axis })

/** @param group - the group, if it is known. */
function requireOrientations(where: string, x: Tensor, group?: PointGroup): void {
  if (group === undefined ? x.rank === 5 || x.rank === 6 : x.rank === 3 + group.dimensions && x.shape[2] === group.order) return
  const axes = group === undefined ? ['[depth]', ...spatialAxes(2)] : spatialAxes(group.dimensions)
  throw new ShapeError(
    `${where}.forward`,
    `x of shape [batch, channels, ${[group?.order ?? '|G|', ...axes].join(', ')}]`,
    printShape(x.shape),
  )
}

/**
 * The maximum or mean over the group at every position.
 *
 * Law: f(g x) = g f(x), where g acts on the result as on an image or volume: it moves the points.
 */
export class GroupPooling extends Module {
  readonly #pool: GroupPool

  constructor({ pool = 'max' }: { readonly pool?: GroupPool } = {}) {
    super()
    this.#pool = pool
  }

  /**
   * @param x - float32 [batch, channels, |G|, ...spatial].
   * @returns float32 [batch, channels, ...spatial].
   */
  forward(x: Tensor): Tensor {
    requireOrientations('GroupPooling', x)
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
  readonly #group: PointGroup
  readonly #cosets: readonly number[][]
  readonly #pool: GroupPool

  constructor({ group, subgroup, pool = 'max' }: CosetPoolingOptions) {
    super()
    this.#group = pointGroup(group)
    this.#cosets = this.#group.cosets(subgroup)
    this.#pool = pool
  }

  /**
   * @param x - float32 [batch, channels, |G|, ...spatial].
   * @returns float32 [batch, channels, |G / H|, ...spatial], with cosets in the order of `PointGroup.cosets`.
   */
  forward(x: Tensor): Tensor {
    requireOrientations('CosetPooling', x, this.#group)
    return reduced(gather(x, constant(this.#cosets, undefined, 'int64'), 2), this.#pool, 3)
  }
}
