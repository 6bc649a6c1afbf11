import { fillMissing, Module } from '@equivar/nn'
import { add, printShape, ShapeError, sameShape, type Tensor, unsqueeze } from '@equivar/tensor'
import {
  callLayer,
  type ElementInput,
  type ElementModule,
  type ElementNorm,
  existing,
  normedElements,
  ofSets,
  remaining,
} from './elements.ts'
import { type Aggregation, poolSet } from './pooling.ts'

/**
 * How the elements of a set meet: before the shared layer (`sum`, `mean`, `max`), or behind it, layer by layer (`sumAfter`, `meanAfter`, `maxAfter`).
 *
 * For linear layers sum and sumAfter are the same map, and sum costs one call a set, sumAfter one an element. Sets of very different sizes
 * want the mean. The paper's code calls `max` Max2 and `maxAfter` Max, and has a norm in each branch.
 */
export type DssAggregation = Aggregation | `${Aggregation}After`

interface Meeting {
  readonly pool: Aggregation
  /** Whether the shared layer comes first. */
  readonly after: boolean
}

const meetings: Readonly<Record<DssAggregation, Meeting>> = {
  sum: { pool: 'sum', after: false },
  mean: { pool: 'mean', after: false },
  max: { pool: 'max', after: false },
  sumAfter: { pool: 'sum', after: true },
  meanAfter: { pool: 'mean', after: true },
  maxAfter: { pool: 'max', after: true },
}

function meetingOf(name: DssAggregation): Meeting {
  if (Object.hasOwn(meetings, name)) return meetings[name]
  throw new RangeError(`Dss: expected aggregate one of ${Object.keys(meetings).join(', ')}, received "${name}".`)
}

/** Settings of a Dss. */
export interface DssOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Applied to what the set has in common. Leave its bias out: `own` has one. */
  readonly shared: ElementModule
  /** sum if left out. */
  readonly aggregate?: DssAggregation
  /** Normalizes own(x_i), over all elements that exist. */
  readonly ownNorm?: ElementNorm
  /** Normalizes what `shared` gives: over sets, or, where they meet behind it, over elements, before they meet. */
  readonly sharedNorm?: ElementNorm
}

/**
 * The linear layer of sets whose elements have a symmetry G of their own, all moved together by it.
 *
 * Law: L(P g x) = P g L(x) for every permutation P of the elements and every g in G that `own` and `shared` commute with.
 * L(x)_i = own(x_i) + shared(sum_j x_j). With linear G-equivariant layers these are all the maps that commute with S_n x G, 2 dim Hom_G of
 * them for n >= 2: own = L1 - L2 and shared = L2 in the paper's L(x)_i = L1(x_i) + sum_{j != i} L2(x_j), which would cost n calls of L2.
 *
 * A Dss is a layer of elements in turn, so sets of sets are a Dss of Dss layers.
 *
 * @throws RangeError if there is no such aggregation.
 * @see Maron, Litany, Chechik, Fetaya 2020, On learning sets of symmetric elements, theorem 1.
 */
export class Dss extends Module {
  readonly own: ElementModule
  readonly shared: ElementModule
  readonly ownNorm: ElementNorm | undefined
  readonly sharedNorm: ElementNorm | undefined
  readonly #meeting: Meeting

  constructor({ own, shared, aggregate = 'sum', ownNorm, sharedNorm }: DssOptions) {
    super()
    this.own = own
    this.shared = shared
    this.ownNorm = ownNorm
    this.sharedNorm = sharedNorm
    this.#meeting = meetingOf(aggregate)
  }

  /**
   * @param x - float32 [batch, set, ...element].
   * @param mask - bool [batch, set], true where an element exists; all exist if left out.
   * @param further - what the element layers need beside the element: edges, masks of nodes.
   * @returns float32 [batch, set, ...], zero where no element exists.
   * @throws ShapeError if x has no element axes, or the two layers give different shapes.
   * @remarks Cost: n calls of `own` and one of `shared` a set (n where the elements meet behind it).
   */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const exists = existing(x, mask, further)
    const each = normedElements(this.own, this.ownNorm, fillMissing(x, exists), mask, further)
    const together = unsqueeze(this.#common(x, mask, exists, further), 1)
    if (!sameShape(together.shape.slice(2), each.shape.slice(2))) {
      const [a, b] = [each, together].map((y) => printShape(y.shape.slice(2)))
      throw new ShapeError('Dss.forward', 'own and shared to give the same shape', `${a} and ${b}`, 'Give both the same settings.')
    }
    const y = add(each, together)
    return fillMissing(y, remaining(y, exists, mask))
  }

  /** What the set has in common: [batch, ...]. */
  #common(x: Tensor, mask: Tensor | undefined, exists: Tensor | undefined, further: readonly ElementInput[]): Tensor {
    const { pool, after } = this.#meeting
    if (after) {
      const each = normedElements(this.shared, this.sharedNorm, fillMissing(x, exists), mask, further)
      return poolSet(each, pool, remaining(each, exists, mask))
    }
    const inputs = further.map((given) => ofSets(given, pool, mask))
    const y = callLayer(this.shared, poolSet(x, pool, exists), inputs)
    return this.sharedNorm === undefined ? y : this.sharedNorm.forward(y, mask && poolSet(mask, 'any'))
  }
}
