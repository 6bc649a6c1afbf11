import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { add, cast, div, matMul, max, reduceMean, reduceSum, type Tensor, unsqueeze } from '@equivar/tensor'
import { keep } from './pooling.ts'

/** Settings of the layers on arrays of set axes. */
export interface AxisPoolingOptions {
  readonly inChannels: number
  readonly outChannels: number
  /** How many set axes there are; 2 if left out. */
  readonly axes?: number
  readonly bias?: boolean
}

/** Mean over axes of the entries that exist; 0 where none does. */
function average(x: Tensor, axis: readonly number[], mask: Tensor | undefined): Tensor {
  if (axis.length === 0) return x
  const options = { axis, keepDims: true }
  if (mask === undefined) return reduceMean(x, options)
  return div(reduceSum(x, options), max(reduceSum(unsqueeze(cast(mask, x.dtype), -1), options), 1))
}

/** y = sum over families of pooled axes of mean_S(x) weights_S, + bias. */
class AxisPoolingLayer extends Module {
  /** [in, out] for each set of pooled axes. */
  readonly weights: Parameter[]
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #pooled: readonly (readonly number[])[]

  constructor({ inChannels, outChannels, bias = true }: AxisPoolingOptions, pooled: readonly (readonly number[])[]) {
    super()
    const initializer = fanInUniform({ fanIn: inChannels })
    this.weights = pooled.map(() => parameter([inChannels, outChannels], { initializer }))
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
    this.#pooled = pooled
  }

  /** @param x - float32 [batch, ...sets, in]. @param mask - bool [batch, ...sets], true where an entry exists. @returns float32 [batch, ...sets, out], zero where none exists. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const clean = keep(mask, x)
    const terms = this.#pooled.map((axes, k) => matMul(average(clean, axes, mask), this.weights[k] as Parameter))
    const y = terms.reduce((a, b) => add(a, b))
    return keep(mask, this.bias === undefined ? y : add(y, this.bias))
  }
}

/**
 * The affine maps of arrays that commute with S_n1 x S_n2 x ...: rows and columns in any order, each independently.
 *
 * Law: f(P x Q) = P f(x) Q. One weight for each of the 2^axes sets of axes that are averaged, over observed entries where there is a mask.
 * @see Hartford et al. 2018, Deep Models of Interactions Across Sets.
 */
export class ExchangeableMatrixLayer extends AxisPoolingLayer {
  constructor(options: AxisPoolingOptions) {
    const { axes = 2 } = options
    const subset = (bits: number): number[] => Array.from({ length: axes }, (_, i) => i + 1).filter((axis) => (bits >> (axis - 1)) & 1)
    super(
      options,
      Array.from({ length: 2 ** axes }, (_, bits) => subset(bits)),
    )
  }
}

/**
 * The affine maps of sets of sets that commute with the wreath product S_m wr S_n (and deeper nestings).
 *
 * Law: inner sets may be reordered each in its own way, and the outer set too. One weight a level: own, inner set, ..., everything; axes + 1 in all.
 */
export class NestedSetLayer extends AxisPoolingLayer {
  constructor(options: AxisPoolingOptions) {
    const { axes = 2 } = options
    super(
      options,
      Array.from({ length: axes + 1 }, (_, depth) => Array.from({ length: depth }, (_, i) => axes - i)),
    )
  }
}
