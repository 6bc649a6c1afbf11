import { fillMissing, Module } from '@equivar/nn'
import { add, type Tensor, unsqueeze } from '@equivar/tensor'
import { type ElementInput, type ElementModule, type ElementNorm, existing, normedElements, remaining } from './elements.ts'
import { type Aggregation, demandFromLast, poolElements, poolSet } from './pooling.ts'

/** How elements are reduced to what no motion of them changes, and how what comes of it is put back. */
export interface Invariants {
  /** @param x - [batch, set, ...element]. @param mask - bool over the first axes of x. @returns [batch, set, ...]. */
  readonly of: (x: Tensor, mask?: Tensor) => Tensor
  /** @param common - [batch, 1, ...]: what `shared` made of the invariants. @param like - [batch, set, ...]: own(x). @returns what broadcasts against `like`. */
  readonly spread: (common: Tensor, like: Tensor) => Tensor
}

/** The mean over positions, for elements that any position can be moved to any other of. @param axes - of the positions, counted from the last. */
export function meanOverPositions(axes: readonly number[]): Invariants {
  demandFromLast('meanOverPositions', axes)
  return {
    of: (x, mask) => poolElements(x, 'mean', axes, mask),
    spread: (common) => unsqueeze(common, axes),
  }
}

/** Settings of an IndependentDss. */
export interface IndependentDssOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Applied to the invariants of the set: [batch, ...]. Leave its bias out: `own` has one. */
  readonly shared: ElementModule
  /** Axes of the positions that G permutes transitively, counted from the last ([-2, -1] for images, [-2] for points), or the invariants themselves. */
  readonly invariants: readonly number[] | Invariants
  /** sum if left out. */
  readonly aggregate?: Aggregation
  readonly ownNorm?: ElementNorm
  /** Normalizes what `shared` gives, over sets. */
  readonly sharedNorm?: ElementNorm
}

/**
 * The layer of sets whose elements move independently: each by a g_i of its own, which is the wreath product G wr S_n.
 *
 * Law: L(P (g_1 x_1, ..., g_n x_n)) = P (g_1 L(x)_1, ..., g_n L(x)_n).
 * L(x)_i = own(x_i) + spread(shared(sum_j invariants(x_j))): elements that turn apart can only tell each other what turning does not change.
 * With linear layers these are all the maps there are: orbits of G on pairs of positions, and (orbits of G on positions)^2 more: m + 1 for
 * C_m wr S_n, 3 for S_m wr S_n, against 2 m and 4 for elements that move together.
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

  /** As Dss.forward; `shared` gets no further inputs. @throws ShapeError if what is spread does not broadcast against own(x). */
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
