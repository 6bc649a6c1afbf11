import { Module } from '@equivar/nn'
import {
  add,
  cast,
  type Dimension,
  div,
  max,
  printShape,
  product,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  ShapeError,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'

/** A layer of single elements: equivariant to the symmetry that elements have. */
export interface ElementLayer {
  /** @param x - [batch, ...element]. @returns [batch, ...]. */
  forward(x: Tensor): Tensor
}

/**
 * How the elements of a set meet: before the shared layer (`sum`, `mean`, `max`), or behind it, layer by layer (`sumAfter`, `meanAfter`, `maxAfter`).
 * For linear layers sum and sumAfter are the same map, and sum costs one call a set, sumAfter one an element.
 */
export type Aggregate = 'sum' | 'mean' | 'max' | 'sumAfter' | 'meanAfter' | 'maxAfter'

/** The mask with axes of size 1 behind, for elements of that rank. */
function aligned(mask: Tensor, rank: number): Tensor {
  return unsqueeze(
    mask,
    Array.from({ length: rank - 2 }, (_, i) => 2 + i),
  )
}

/** Zeros where no element exists. @param x - [batch, set, ...element]. @param mask - bool [batch, set]. */
export function keepElements(mask: Tensor | undefined, x: Tensor): Tensor {
  return mask === undefined ? x : where(aligned(mask, x.rank), x, 0)
}

/**
 * Pools over the set.
 *
 * @param x - float32 [batch, set, ...element].
 * @param mask - bool [batch, set]; all exist if left out.
 * @returns float32 [batch, ...element]; 0 for a set without elements.
 */
export function poolSet(x: Tensor, how: 'sum' | 'mean' | 'max', mask?: Tensor): Tensor {
  if (mask === undefined)
    return how === 'sum' ? reduceSum(x, { axis: 1 }) : how === 'mean' ? reduceMean(x, { axis: 1 }) : reduceMax(x, { axis: 1 })
  const exists = aligned(mask, x.rank)
  const count = reduceSum(cast(exists, x.dtype), { axis: 1 })
  if (how === 'sum') return reduceSum(keepElements(mask, x), { axis: 1 })
  if (how === 'mean') return div(reduceSum(keepElements(mask, x), { axis: 1 }), max(count, 1))
  return where(cast(count, 'bool'), reduceMax(where(exists, x, -3e38), { axis: 1 }), 0)
}

/** Applies a layer to every element of every set. @param x - [batch, set, ...element]. @returns [batch, set, ...]. */
export function eachElement(layer: ElementLayer, x: Tensor): Tensor {
  if (x.rank < 3) throw new ShapeError('eachElement', 'x [batch, set, ...element]', printShape(x.shape))
  const [batch, set, ...element] = x.shape as [Dimension, Dimension, ...Dimension[]]
  const y = layer.forward(reshape(x, [product([batch, set]), ...element]))
  return reshape(y, [batch, set, ...y.shape.slice(1)])
}

/** Settings of a Dss. */
export interface DssOptions {
  /** Applied to every element. */
  readonly own: ElementLayer & Module
  /** Applied to what the set has in common. Leave its bias out: `own` has one. */
  readonly shared: ElementLayer & Module
  /** sum if left out. */
  readonly aggregate?: Aggregate
}

/**
 * The linear layer of sets whose elements have a symmetry G of their own, all moved together by it.
 *
 * Law: L(P g x) = P g L(x) for every permutation P of the elements and every g in G that `own` and `shared` commute with.
 * L(x)_i = own(x_i) + shared(sum_j x_j). With linear G-equivariant layers these are all the maps that commute with S_n x G.
 *
 * @see Maron, Litany, Chechik, Fetaya 2020, On learning sets of symmetric elements, theorem 1.
 */
export class Dss extends Module {
  readonly own: ElementLayer & Module
  readonly shared: ElementLayer & Module
  readonly #aggregate: Aggregate

  constructor({ own, shared, aggregate = 'sum' }: DssOptions) {
    super()
    this.own = own
    this.shared = shared
    this.#aggregate = aggregate
  }

  /**
   * @param x - float32 [batch, set, ...element].
   * @param mask - bool [batch, set], true where an element exists; all exist if left out.
   * @returns float32 [batch, set, ...], zero where no element exists.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const each = eachElement(this.own, x)
    return keepElements(mask, add(each, unsqueeze(this.#common(x, mask), 1)))
  }

  #common(x: Tensor, mask: Tensor | undefined): Tensor {
    const how = this.#aggregate
    if (how === 'sum' || how === 'mean' || how === 'max') return this.shared.forward(poolSet(x, how, mask))
    const after = { sumAfter: 'sum', meanAfter: 'mean', maxAfter: 'max' } as const
    return poolSet(eachElement(this.shared, x), after[how], mask)
  }
}

/** The same layer for every element, without any exchange between them: the baseline that DSS is compared with. */
export class Siamese extends Module {
  readonly own: ElementLayer & Module

  constructor({ own }: { own: ElementLayer & Module }) {
    super()
    this.own = own
  }

  /** As Dss.forward. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return keepElements(mask, eachElement(this.own, x))
  }
}
