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
 * How the elements of a set are aggregated: before the shared layer (`sum`, `mean`, `max`) or after it (`sumAfter`, `meanAfter`, `maxAfter`).
 *
 * For linear layers, sum and sumAfter are the same map, but sum calls the shared layer once per set and sumAfter once per element. Use a mean if set
 * sizes differ much. The paper's code calls `max` Max2 and `maxAfter` Max, and has a norm in each branch.
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

/** Options of a Dss. */
export interface DssOptions {
  /** Applied to every element. */
  readonly own: ElementModule
  /** Applied to the aggregate of the set. It needs no bias, as `own` has one. */
  readonly shared: ElementModule
  /** Default sum. */
  readonly aggregate?: DssAggregation
  /** Normalizes own(x_i) over all existing elements. */
  readonly ownNorm?: ElementNorm
  /** Normalizes the output of `shared`: over sets, or, if it is aggregated after `shared`, over elements before the aggregation. */
  readonly sharedNorm?: ElementNorm
}

/**
 * The linear layer for sets whose elements have a symmetry group G, where the same g acts on all elements.
 *
 * Law: L(P g x) = P g L(x) for every permutation P of the elements and every g in G with which `own` and `shared` commute.
 * L(x)_i = own(x_i) + shared(sum_j x_j). With linear G-equivariant layers, these are all the linear maps that commute with S_n x G: 2 dim Hom_G of them
 * for n >= 2. In the paper's L(x)_i = L1(x_i) + sum_{j != i} L2(x_j), which would call L2 n times, own = L1 - L2 and shared = L2.
 *
 * A Dss can itself be an element layer: for sets of sets, use a Dss of Dss layers.
 *
 * @throws RangeError if the aggregation does not exist.
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
   * @param mask - bool [batch, set], true where an element exists; default: all exist.
   * @param further - further inputs of the element layers, such as edges or masks of nodes.
   * @returns float32 [batch, set, ...], zero where no element exists.
   * @throws ShapeError if x has no element axes, or the two layers give different shapes.
   * @remarks Cost per set: n calls of `own`, and one call of `shared` (n if the aggregation comes after it).
   */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const exists = existing(x, mask, further)
    const each = normedElements(this.own, this.ownNorm, fillMissing(x, exists), mask, further)
    const together = unsqueeze(this.#common(x, mask, exists, further), 1)
    if (!sameShape(together.shape.slice(2), each.shape.slice(2))) {
      const [a, b] = [each, together].map((y) => printShape(y.shape.slice(2)))
      throw new ShapeError(
        'Dss.forward',
        'own and shared to give the same shape',
        `${a} and ${b}`,
        'Use the same channels and sizes for both.',
      )
    }
    const y = add(each, together)
    return fillMissing(y, remaining(y, exists, mask))
  }

  /** The shared branch: [batch, ...]. */
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
