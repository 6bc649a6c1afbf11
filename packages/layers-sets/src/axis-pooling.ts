import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { add, matMul, Tensor } from '@equivar/tensor'
import { type Membership, PaddedSets } from './members.ts'
import { pool } from './pooling.ts'
import type { Segments } from './segments.ts'

/** Settings of the layers on arrays of set axes. */
export interface AxisPoolingOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** How many set axes there are; 2 if left out. */
  readonly axes?: number
  readonly bias?: boolean
}

/** y = x own + sum over families of pooled axes of mean_S(x) weights_S, + bias. */
class AxisPoolingLayer extends Module {
  /** [in, out]: first for the entry itself, then for each family of pooled axes. */
  readonly weights: Parameter[]
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #pooled: readonly (readonly number[])[]
  readonly #axes: number
  readonly #name: string

  constructor(
    name: string,
    { inChannels, outChannels, axes = 2, bias = true }: AxisPoolingOptions,
    families: (axes: number) => number[][],
  ) {
    super()
    if (!Number.isInteger(axes) || axes < 1) throw new RangeError(`${name}: expected 1 axis or more, received ${axes}.`)
    const initializer = fanInUniform({ fanIn: inChannels })
    this.#pooled = families(axes)
    this.#axes = axes
    this.#name = name
    this.weights = [[], ...this.#pooled].map(() => parameter([inChannels, outChannels], { initializer }))
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
  }

  /**
   * @param x - float32 [batch, ...sets, in], or [entries, in] where members are segments.
   * @param members - bool [batch, ...sets], true where an entry exists, or for each family of pooled axes, in the order of the weights behind
   * the first, the segments of entries that are pooled together.
   * @returns float32 as x, with out channels, zero where no entry exists.
   * @throws RangeError if there are not as many segments as families, or the axes of x are not those of the layer.
   */
  forward(x: Tensor, members?: Tensor | readonly Segments[]): Tensor {
    const families = this.#families(x, members)
    const clean = (families[0] as Membership).keep(x)
    const contexts = families.map((family, k) => family.spread(matMul(pool(clean, 'mean', family), this.weights[k + 1] as Parameter)))
    const y = contexts.reduce(add, matMul(clean, this.weights[0] as Parameter))
    return (families[0] as Membership).keep(this.bias === undefined ? y : add(y, this.bias))
  }

  #families(x: Tensor, members: Tensor | readonly Segments[] | undefined): readonly Membership[] {
    if (members === undefined || members instanceof Tensor) {
      if (x.rank !== this.#axes + 2) {
        throw new RangeError(`${this.#name}: expected x of shape [batch, ${this.#axes} set axes, channels], received ${x.rank} axes.`)
      }
      return this.#pooled.map((axes) => new PaddedSets(members, axes))
    }
    if (members.length === this.#pooled.length) return members
    const families = this.#pooled.map((axes) => `{${axes.join(', ')}}`).join(', ')
    throw new RangeError(`${this.#name}: expected segments for each family of pooled axes ${families}, received ${members.length}.`)
  }
}

/**
 * The affine maps of arrays that commute with S_n1 x S_n2 x ...: rows and columns in any order, each independently; tensors of any number of axes.
 *
 * Law: f(P x Q) = P f(x) Q. y = x W_0 + sum over nonempty sets of axes S of mean_S(x) W_S + bias: one weight for each of the 2^axes sets of axes that are
 * averaged, over observed entries where there is a mask. The k-th weight averages the axes 1 + i for which bit i of k is set.
 *
 * Ragged: a list of observed entries [entries, in], with [columns, rows, tables] for two axes: entries of one column are averaged over axis 1, of one row over
 * axis 2, of one table over both. Rows and columns are numbered through all tables of the batch.
 *
 * @remarks Cost O(entries in out) a weight.
 * @see Hartford et al. 2018, Deep Models of Interactions Across Sets.
 */
export class ExchangeableMatrixLayer extends AxisPoolingLayer {
  constructor(options: AxisPoolingOptions) {
    super('ExchangeableMatrixLayer', options, (axes) =>
      Array.from({ length: 2 ** axes - 1 }, (_, k) =>
        Array.from({ length: axes }, (_, i) => i + 1).filter((axis) => ((k + 1) >> (axis - 1)) & 1),
      ),
    )
  }
}

/**
 * The affine maps of sets of sets that commute with the wreath product S_m wr S_n (and deeper nestings).
 *
 * Law: inner sets may be reordered each in its own way, and the outer set too. One weight a level: own, inner set, ..., everything; axes + 1 in all.
 *
 * Ragged: a list of elements [elements, in] with [inner sets, outer sets], from the innermost level outwards; the inner sets of an outer one, and outer
 * sets, may all differ in size.
 */
export class NestedSetLayer extends AxisPoolingLayer {
  constructor(options: AxisPoolingOptions) {
    super('NestedSetLayer', options, (axes) =>
      Array.from({ length: axes }, (_, depth) => Array.from({ length: depth + 1 }, (_, i) => axes - i)),
    )
  }
}
