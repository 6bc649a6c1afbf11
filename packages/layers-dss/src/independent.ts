import { fillMissing, Module } from '@equivar/nn'
import { add, type Tensor, unsqueeze } from '@equivar/tensor'
import { type ElementInput, type ElementModule, type ElementNorm, existing, normedElements, remaining } from './elements.ts'
import { type Aggregation, demandFromLast, poolElements, poolSet } from './pooling.ts'

/** How G-invariants are computed from elements, and how the shared layer's output for them is broadcast to the elements. */
export interface Invariants {
  /** @param x - [batch, set, ...element]. @param mask - bool over the first axes of x. @returns [batch, set, ...]. */
  readonly of: (x: Tensor, mask?: Tensor) => Tensor
  /** @param common - [batch, 1, ...]: the output of `shared`. @param like - [batch, set, ...]: own(x). @returns a tensor that broadcasts to `like`. */
  readonly spread: (common: Tensor, like: Tensor) => Tensor
}

/** The mean over positions, for a group that acts transitively on them. @param axes - the axes of the positions, counted from the last. */
export function meanOverPositions(axes: readonly number[]): Invariants {
  demandFromLast('meanOverPositions', axes)
  return {
    of: (x, mask) => poolElements(x, 'mean', axes, mask),
    spread: (common) => unsqueeze(common, axes),
  }
}

/** Options of an IndependentDss. */
export interface IndependentDssOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Applied to the aggregated invariants of the set: [batch, ...]. It needs no bias, as `own` has one. */
  readonly shared: ElementModule
  /** Axes of the positions that G permutes transitively, counted from the last ([-2, -1] for images, [-2] for points), or other invariants. */
  readonly invariants: readonly number[] | Invariants
  /** Default sum. */
  readonly aggregate?: Aggregation
  readonly ownNorm?: ElementNorm
  /** Normalizes the output of `shared` over sets. */
  readonly sharedNorm?: ElementNorm
}

/**
 * The layer for sets where a separate g_i acts on each element: its group is the wreath product G wr S_n.
 *
 * Law: L(P (g_1 x_1, ..., g_n x_n)) = P (g_1 L(x)_1, ..., g_n L(x)_n).
 * L(x)_i = own(x_i) + spread(shared(sum_j invariants(x_j))): elements can only exchange G-invariants.
 * With linear layers, these are all the linear maps with this law. Their number is that of the orbits of G on pairs of positions, plus the square of that
 * of its orbits on positions: m + 1 for C_m wr S_n and 3 for S_m wr S_n, instead of 2 m and 4 if the same g acts on all elements.
 *
 * @throws RangeError if axes are not counted from the last.
 * @see Maron et al. 2020, section 3; Wang, Albooyeh, Ravanbakhsh 2020, Equivariant networks for hierarchical structures.
 */
export class IndependentDss extends Module {
  readonly own: ElementModule
  readonly shared: ElementModule
  readonly ownNorm: ElementNorm | undefined
  readonly sharedNorm: ElementNorm | undefined
  readonly #invariants: Invariants
  readonly #aggregate: Aggregation

  constructor({ own, shared, invariants, aggregate = 'sum', ownNorm, sharedNorm }: IndependentDssOptions) {
    super()
    this.own = own
    this.shared = shared
    this.ownNorm = ownNorm
    this.sharedNorm = sharedNorm
    this.#invariants = 'of' in invariants ? invariants : meanOverPositions(invariants)
    this.#aggregate = aggregate
  }

  /** As Dss.forward; `shared` gets no further inputs. @throws ShapeError if the result of `spread` does not broadcast to own(x). */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const exists = existing(x, mask, further)
    const clean = fillMissing(x, exists)
    const each = normedElements(this.own, this.ownNorm, clean, mask, further)
    const met = this.shared.forward(poolSet(this.#invariants.of(clean, exists), this.#aggregate, mask))
    const normed = this.sharedNorm === undefined ? met : this.sharedNorm.forward(met, mask && poolSet(mask, 'any'))
    const y = add(each, this.#invariants.spread(unsqueeze(normed, 1), each))
    return fillMissing(y, remaining(y, exists, mask))
  }
}
