import { type ActivationName, activation, constantOf, Module, type Parameter, parameter } from '@equivar/nn'
import { abs, add, div, greater, mul, reduceSum, rootOrZero, type Tensor, where } from '@equivar/tensor'
import type { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'

/** The norm of each copy, 0 where it is 0, with derivative 0 there. @param x - float32 [..., 2l + 1, copies]. @returns float32 [..., 1, copies]. */
export function copyNorms(x: Tensor): Tensor {
  if (x.shape.at(-2) === 1) return abs(x)
  return rootOrZero(reduceSum(mul(x, x), { axis: -2, keepDims: true }))
}

/** Options of NormActivation. */
export interface NormActivationOptions {
  readonly irreps: IrrepsLike
  /** The activation of the norms. Default sigmoid. */
  readonly activation?: ActivationName
  /** Whether each copy is divided by its norm; default true. Otherwise it is multiplied by the activated norm. */
  readonly normalize?: boolean
  /** Whether each copy has a bias that is added to its norm; default false. */
  readonly bias?: boolean
}

/**
 * The norm nonlinearity: each copy x of an irreducible representation becomes f(|x| + b) x / |x|, or f(|x| + b) x.
 *
 * Law: g(D(Q) x) = D(Q) g(x) for rotations and reflections. A copy that is 0 stays 0, with derivative 0. The activation is used as it is, as in e3nn.
 *
 * @see Worrall et al. 2017, "Harmonic networks".
 */
export class NormActivation extends Module {
  readonly irreps: Irreps
  /** For each summand, [multiplicity]; undefined without bias. */
  readonly biases: (Parameter | undefined)[]
  readonly #activation: ActivationName
  readonly #normalize: boolean

  constructor({ irreps: given, activation: name = 'sigmoid', normalize = true, bias = false }: NormActivationOptions) {
    super()
    this.irreps = irreps(given)
    activation(name)
    this.#activation = name
    this.#normalize = normalize
    this.biases = this.irreps.summands.map(({ multiplicity }) =>
      bias ? parameter([multiplicity], { initializer: constantOf(0) }) : undefined,
    )
  }

  /** @param x - features of `irreps`. @returns features of the same. @throws ShapeError if x has others. */
  forward(x: Features): Features {
    x.demand('NormActivation.forward', this.irreps)
    return x.map((block, i) => {
      const norms = copyNorms(block)
      const bias = this.biases[i]
      const activated = activation(this.#activation)(bias === undefined ? norms : add(norms, bias))
      if (!this.#normalize) return mul(block, activated)
      const positive = greater(norms, 0)
      return mul(block, where(positive, div(activated, where(positive, norms, 1)), 0))
    })
  }
}
