import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { add, matMul, Tensor } from '@equivar/tensor'
import { type Membership, PaddedSets } from './members.ts'
import { pool } from './pooling.ts'
import type { Segments } from './segments.ts'

/** Options of the layers on arrays with several set axes. */
export interface AxisPoolingOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** Number of set axes; default 2. */
  readonly axes?: number
  readonly bias?: boolean
}

/** y = x weights_0 + sum over families S of pooled axes of mean_S(x) weights_S + bias. */
class AxisPoolingLayer extends Module {
  /** [in, out] each: the first for the entry itself, then one for each family of pooled axes. */
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
   * @param x - float32 [batch, ...sets, in], or [entries, in] if members are segments.
   * @param members - bool [batch, ...sets], true where an entry exists; or, for each family of pooled axes in the order of `weights` from the second
   * on, the segments of entries that are pooled together.
   * @returns float32 as x, with out channels, zero where no entry exists.
   * @throws RangeError if the number of segments is not that of the families, or x does not have the axes of the layer.
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
 * The affine maps of arrays that commute with S_n1 x S_n2 x ...: every axis (rows, columns, ...) is permuted independently.
 *
 * Law: f(P x Q) = P f(x) Q. y = x W_0 + sum over nonempty sets of axes S of mean_S(x) W_S + bias, with one weight for each of the 2^axes sets of axes. With
 * a mask, the means are over the observed entries. The k-th weight averages the axes 1 + i for which bit i of k is set.
 *
 * Ragged: a list of observed entries [entries, in] with the segments [columns, rows, tables] for two axes. The mean over axis 1 is over the entries of a
 * column, that over axis 2 over the entries of a row, that over both over the entries of a table. The indices of rows and of columns are unique in the batch.
 *
 * @remarks Cost O(entries in out) per weight.
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
 * Law: f commutes with permutations of the outer set and with a separate permutation of each inner set. There are axes + 1 weights: one for the element
 * itself, one for the mean of its inner set, ..., one for the mean of everything.
 *
 * Ragged: a list of elements [elements, in] with the segments [inner sets, outer sets], from the innermost level outwards. All sets may differ in size.
 */
export class NestedSetLayer extends AxisPoolingLayer {
  constructor(options: AxisPoolingOptions) {
    super('NestedSetLayer', options, (axes) =>
      Array.from({ length: axes }, (_, depth) => Array.from({ length: depth + 1 }, (_, i) => axes - i)),
    )
  }
}
