import { buffer, constantOf, isTraining, Module, type Parameter, parameter, updateBuffer } from '@equivar/nn'
import { add, concat, div, mul, reduceMean, reduceSum, reshape, slice, sqrt, sub, type Tensor } from '@equivar/tensor'
import type { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'

/** Options of IrrepsBatchNorm and IrrepsLayerNorm. */
export interface IrrepsNormOptions {
  readonly irreps: IrrepsLike
  /** Added to the mean square; 1e-5 by default. */
  readonly epsilon?: number
  /** Whether copies have a learned factor, and scalars `0e` a learned offset; default true. */
  readonly affine?: boolean
  /** `component` (default) divides by the root of the mean square of a component, `norm` by that of the norm. */
  readonly normalization?: 'component' | 'norm'
}

/** Options of IrrepsBatchNorm. */
export interface IrrepsBatchNormOptions extends IrrepsNormOptions {
  /** The weight of the new statistics in the running ones; 0.1 by default. */
  readonly momentum?: number
  /** Whether each example, the first axis, has statistics of its own; default false. */
  readonly instance?: boolean
}

const part = (all: Parameter | Tensor, start: number, count: number): Tensor => slice(all, { axis: 0, start, end: start + count })

/** The number of copies before each summand, and of scalars `0e` before it. */
function places({ summands }: Irreps): { copy: number; scalar: number }[] {
  let [copy, scalar] = [0, 0]
  return summands.map(({ multiplicity, irrep }) => {
    const place = { copy, scalar }
    copy += multiplicity
    if (irrep.isScalar) scalar += multiplicity
    return place
  })
}

/**
 * Batch normalization of irreducible representations: each copy is divided by the root of its mean square, over points and components. Scalars `0e` are centred
 * before; nothing else has a mean that could be taken away.
 *
 * Law: f(D(Q) x) = D(Q) f(x) for rotations and reflections. Training uses the statistics of the batch, inference the running ones, as in e3nn.
 */
export class IrrepsBatchNorm extends Module {
  readonly irreps: Irreps
  /** [copies]. */
  readonly scale: Parameter | undefined
  /** [copies of 0e]. */
  readonly offset: Parameter | undefined
  readonly runningMean: Parameter | undefined
  readonly runningSquare: Parameter | undefined
  readonly #epsilon: number
  readonly #momentum: number
  readonly #instance: boolean
  readonly #byNorm: boolean

  constructor(options: IrrepsBatchNormOptions) {
    super()
    const { epsilon = 1e-5, affine = true, normalization = 'component', momentum = 0.1, instance = false } = options
    this.irreps = irreps(options.irreps)
    const [copies, scalars] = [this.irreps.count, this.irreps.filter(({ irrep }) => irrep.isScalar).count]
    this.scale = affine && copies > 0 ? parameter([copies], { initializer: constantOf(1) }) : undefined
    this.offset = affine && scalars > 0 ? parameter([scalars], { initializer: constantOf(0) }) : undefined
    this.runningMean = instance || scalars === 0 ? undefined : buffer([scalars], 0)
    this.runningSquare = instance || copies === 0 ? undefined : buffer([copies], 1)
    this.#epsilon = epsilon
    this.#momentum = momentum
    this.#instance = instance
    this.#byNorm = normalization === 'norm'
  }

  /** @param x - features of `irreps`. @returns features of the same. @throws ShapeError if x has others. */
  forward(x: Features): Features {
    x.demand('IrrepsBatchNorm.forward', this.irreps)
    const at = places(this.irreps)
    const [means, squares]: [Tensor[], Tensor[]] = [[], []]
    const result = x.map((block, i) => {
      const { multiplicity, irrep } = this.irreps.summands[i] as Irreps['summands'][number]
      const { copy, scalar } = at[i] as { copy: number; scalar: number }
      if (multiplicity === 0) return block
      const own = isTraining() || this.#instance
      const centred = irrep.isScalar ? this.#centred(block, scalar, means) : block
      const square = own ? this.#meanSquare(centred) : part(this.runningSquare as Parameter, copy, multiplicity)
      if (own && !this.#instance) squares.push(reshape(square, [multiplicity]))
      const root = sqrt(add(square, this.#epsilon))
      const factor = this.scale === undefined ? div(1, root) : div(part(this.scale, copy, multiplicity), root)
      const y = mul(centred, factor)
      return irrep.isScalar && this.offset !== undefined ? add(y, part(this.offset, scalar, multiplicity)) : y
    })
    this.#update(means, squares)
    return result
  }

  #averagedAxes(block: Tensor): number[] {
    return block.shape.slice(0, -1).flatMap((_, axis) => (this.#instance && axis === 0 ? [] : [axis]))
  }

  #centred(block: Tensor, scalar: number, means: Tensor[]): Tensor {
    const multiplicity = block.shape.at(-1) as number
    if (!isTraining() && !this.#instance) return sub(block, part(this.runningMean as Parameter, scalar, multiplicity))
    const mean = reduceMean(block, { axis: this.#averagedAxes(block), keepDims: true })
    if (!this.#instance) means.push(reshape(mean, [multiplicity]))
    return sub(block, mean)
  }

  /** The mean over points of the mean (or sum) of squares over components, for each copy. */
  #meanSquare(centred: Tensor): Tensor {
    const mean = reduceMean(mul(centred, centred), { axis: this.#averagedAxes(centred), keepDims: true })
    return this.#byNorm ? mul(mean, centred.shape.at(-2) as number) : mean
  }

  #update(means: readonly Tensor[], squares: readonly Tensor[]): void {
    const blend = (running: Parameter | undefined, parts: readonly Tensor[]): void => {
      if (running === undefined || parts.length === 0) return
      const now = parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 0)
      updateBuffer(running, add(running, mul(sub(now, running), this.#momentum)))
    }
    blend(this.runningMean, means)
    blend(this.runningSquare, squares)
  }
}

/**
 * Layer normalization of irreducible representations: in each point, the copies of a summand are divided by the root of the mean of their squared norms (`norm`)
 * or of their mean square component (`component`). Scalars `0e` are centred over the copies before.
 *
 * Law: f(D(Q) x) = D(Q) f(x) for rotations and reflections, in each point alone.
 *
 * @see Liao, Smidt 2022, "Equiformer".
 */
export class IrrepsLayerNorm extends Module {
  readonly irreps: Irreps
  /** [copies]. */
  readonly scale: Parameter | undefined
  /** [copies of 0e]. */
  readonly offset: Parameter | undefined
  readonly #epsilon: number
  readonly #byNorm: boolean

  constructor({ irreps: given, epsilon = 1e-5, affine = true, normalization = 'component' }: IrrepsNormOptions) {
    super()
    this.irreps = irreps(given)
    const [copies, scalars] = [this.irreps.count, this.irreps.filter(({ irrep }) => irrep.isScalar).count]
    this.scale = affine && copies > 0 ? parameter([copies], { initializer: constantOf(1) }) : undefined
    this.offset = affine && scalars > 0 ? parameter([scalars], { initializer: constantOf(0) }) : undefined
    this.#epsilon = epsilon
    this.#byNorm = normalization === 'norm'
  }

  /** @param x - features of `irreps`. @returns features of the same. @throws ShapeError if x has others. */
  forward(x: Features): Features {
    x.demand('IrrepsLayerNorm.forward', this.irreps)
    const at = places(this.irreps)
    return x.map((block, i) => {
      const { multiplicity, irrep } = this.irreps.summands[i] as Irreps['summands'][number]
      if (multiplicity === 0) return block
      const { copy, scalar } = at[i] as { copy: number; scalar: number }
      const centred = irrep.isScalar ? sub(block, reduceMean(block, { axis: -1, keepDims: true })) : block
      const sums = reduceSum(mul(centred, centred), { axis: [-2, -1], keepDims: true })
      const square = div(sums, multiplicity * (this.#byNorm ? 1 : irrep.dimension))
      const y = div(centred, sqrt(add(square, this.#epsilon)))
      const scaled = this.scale === undefined ? y : mul(y, part(this.scale, copy, multiplicity))
      return irrep.isScalar && this.offset !== undefined ? add(scaled, part(this.offset, scalar, multiplicity)) : scaled
    })
  }
}
