import { constantOf, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, concat, type Dimension, matMul, mul, type Tensor, zeros } from '@equivar/tensor'
import { Features } from './features.ts'
import { type Irreps, type IrrepsLike, irreps } from './irreps/irreps.ts'

/** Options of IrrepsLinear. */
export interface IrrepsLinearOptions {
  readonly input: IrrepsLike
  readonly output: IrrepsLike
  /** Whether scalars `0e` get a bias; default false. */
  readonly bias?: boolean
}

/** The inputs of one output summand: those of its kind. */
const sourcesOf = (input: Irreps, output: Irreps, at: number): number[] =>
  input.summands.flatMap(({ irrep }, i) => (irrep.equals((output.summands[at] as Irreps['summands'][number]).irrep) ? [i] : []))

/**
 * All linear maps that commute with rotations and reflections: y_k = sum over the inputs of the kind of output k of x_i W_ik / sqrt(number of copies), by Schur's
 * lemma. Copies are mixed, components are not.
 *
 * Law: f(D(Q) x) = D(Q) f(x). An output of a kind that no input has is 0.
 *
 * Weights are standard normal and divided by the root of the number of input copies when they are used, as in e3nn, so that outputs keep unit variance.
 *
 * @remarks Cost: one matrix product for each output summand.
 */
export class IrrepsLinear extends Module {
  /** For each output summand, [copies of its kind in the input, multiplicity], in the order of the input; undefined where there is none. */
  readonly weights: (Parameter | undefined)[]
  /** For each output summand that is `0e`, [multiplicity]. */
  readonly biases: (Parameter | undefined)[]
  readonly #input: Irreps
  readonly #output: Irreps

  constructor({ input, output, bias = false }: IrrepsLinearOptions) {
    super()
    this.#input = irreps(input)
    this.#output = irreps(output)
    this.weights = this.#output.summands.map(({ multiplicity, irrep }) => {
      const copies = this.#input.countOf(irrep)
      return copies === 0 || multiplicity === 0 ? undefined : parameter([copies, multiplicity], { initializer: normal() })
    })
    this.biases = this.#output.summands.map(({ multiplicity, irrep }) =>
      bias && irrep.isScalar ? parameter([multiplicity], { initializer: constantOf(0) }) : undefined,
    )
  }

  /** What it takes. */
  get input(): Irreps {
    return this.#input
  }

  /** What it gives. */
  get output(): Irreps {
    return this.#output
  }

  /**
   * @param x - features of `input`.
   * @returns features of `output`.
   * @throws ShapeError if x has other irreps.
   */
  forward(x: Features): Features {
    x.demand('IrrepsLinear.forward', this.#input)
    return new Features(
      this.#output,
      this.#output.summands.map((_, k) => this.#block(x, k)),
    )
  }

  #block(x: Features, k: number): Tensor {
    const { multiplicity, irrep } = this.#output.summands[k] as Irreps['summands'][number]
    const weight = this.weights[k]
    const bias = this.biases[k]
    const leading: readonly Dimension[] = x.leading
    if (weight === undefined) {
      const nothing = zeros([...leading, irrep.dimension, multiplicity])
      return bias === undefined ? nothing : add(nothing, bias)
    }
    const sources = sourcesOf(this.#input, this.#output, k).map((i) => x.blocks[i] as Tensor)
    const joined = sources.length === 1 ? (sources[0] as Tensor) : concat(sources, -1)
    const y = matMul(joined, mul(weight, 1 / Math.sqrt(weight.sizes[0] as number)))
    return bias === undefined ? y : add(y, bias)
  }
}
