import { type Action, orbitLabels } from '@equivar/groups'
import { constantOf, type Initializer, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type Dimension, gather, printShape, product, reshape, ShapeError, type Tensor, zeros } from '@equivar/tensor'
import { type EvaluationReport, NO_PAIRS, TYPICAL_BATCH } from './choose-evaluation.ts'
import { type Compiled, compileSharing, type EvaluationChoice } from './compile.ts'
import { indices } from './evaluation.ts'

/** Options of SharingLinear. */
export interface SharingLinearOptions {
  /** The action of the group on the output points; trivialAction for invariant outputs. */
  readonly output: Action
  /** The action of the same group on the input points. */
  readonly input: Action
  readonly inChannels: number
  readonly outChannels: number
  /** True (the default) for a bias with one value per orbit of output points and channel. */
  readonly bias?: boolean
  /** Initializes the weight [orbits, in, out]. The default is normal and preserves unit variance. */
  readonly initializer?: Initializer
  /** How to compute the layer; `automatic` by default. All choices give the same result. */
  readonly evaluation?: EvaluationChoice
}

/** A normal initializer for which every label of a row contributes equally to the variance of the output, which is 1 for input of variance 1. */
function sharedVariance(
  { count, sizes, firstRow }: Compiled,
  rowOrbits: { labels: Int32Array; sizes: Int32Array },
  inChannels: number,
): Initializer {
  return (shape, random) => {
    const orbits = Array.from({ length: count }, (_, label) => rowOrbits.labels[firstRow(label)] as number)
    const labelsOf = new Map<number, number>()
    for (const orbit of orbits) labelsOf.set(orbit, (labelsOf.get(orbit) ?? 0) + 1)
    const each = (shape[1] ?? 0) * (shape[2] ?? 0)
    const values = new Float64Array(count * each)
    orbits.forEach((orbit, label) => {
      const columns = (sizes[label] as number) / (rowOrbits.sizes[orbit] as number)
      const deviation = 1 / Math.sqrt(columns * Math.max(1, inChannels) * (labelsOf.get(orbit) as number))
      for (let i = 0; i < each; i++) values[label * each + i] = deviation * random.normal()
    })
    return values
  }
}

/**
 * All affine maps between two permutation representations of a group that commute with the group.
 *
 * Law: f(g x) = g f(x) for every g in the group.
 * y_o = sum over i of x_i W_label(o, i) + b_orbit(o): one weight per orbit of the group on output x input pairs, and one bias per orbit on output points. The
 * layer uses the cheapest exact evaluation; the property `evaluation` describes it.
 *
 * @throws DomainError if the actions belong to different groups, or the table of labels would be too large. This is checked before memory is allocated.
 * @throws RangeError if a number of channels is not a non-negative integer, or the chosen evaluation does not fit.
 * @see Ravanbakhsh, Schneider, Poczos 2017, "Equivariance through parameter-sharing"; Maron et al. 2019 for tuples.
 * @example
 * const points = naturalAction(symmetric(10))
 * new SharingLinear({ output: points, input: points, inChannels: 3, outChannels: 8 }).evaluation.name   // own and total
 */
export class SharingLinear extends Module {
  /** [orbits on pairs, in, out]. */
  readonly weight: Parameter
  /** [orbits on output points, out]. */
  readonly bias: Parameter | undefined
  readonly #options: SharingLinearOptions
  readonly #compiled: Compiled | undefined
  readonly #rowOrbits: { readonly count: number; readonly labels: Int32Array }

  constructor(options: SharingLinearOptions) {
    super()
    const { output, input, inChannels, outChannels, bias = true, evaluation = 'automatic' } = options
    for (const [name, value] of Object.entries({ inChannels, outChannels })) {
      if (!Number.isInteger(value) || value < 0)
        throw new RangeError(`SharingLinear: expected ${name} to be an integer of at least 0, received ${value}.`)
    }
    const rowOrbits = orbitLabels(output)
    this.#options = options
    this.#rowOrbits = rowOrbits
    this.#compiled =
      output.degree * input.degree === 0
        ? undefined
        : compileSharing(output, input, { inChannels, outChannels, examples: TYPICAL_BATCH }, evaluation)
    const initializer =
      options.initializer ?? (this.#compiled === undefined ? constantOf(0) : sharedVariance(this.#compiled, rowOrbits, inChannels))
    this.weight = parameter([this.#compiled?.count ?? 0, inChannels, outChannels], { initializer })
    this.bias = bias ? parameter([rowOrbits.count, outChannels], { initializer: constantOf(0) }) : undefined
  }

  /** How the layer is computed, and why. */
  get evaluation(): EvaluationReport {
    if (this.#compiled === undefined) return NO_PAIRS
    const { name, reason, cost } = this.#compiled.evaluation
    return { name, reason, cost: cost({ ...this.#options, examples: TYPICAL_BATCH }) }
  }

  /**
   * @param x - float32 [..., input.degree, in].
   * @returns float32 [..., output.degree, out].
   * @throws ShapeError if the last axes of x are not input.degree and in.
   */
  forward(x: Tensor): Tensor {
    const { output, input, inChannels, outChannels } = this.#options
    if (x.rank < 2 || x.shape.at(-2) !== input.degree || x.shape.at(-1) !== inChannels) {
      throw new ShapeError(
        'SharingLinear.forward',
        `x of shape [..., ${input.degree}, ${inChannels}] (points of the input action, inChannels)`,
        printShape(x.shape),
      )
    }
    const outer = x.shape.slice(0, -2)
    const batch: Dimension = product(outer)
    const flat = reshape(x, [batch, input.degree, inChannels])
    const y = this.#compiled === undefined ? zeros([batch, output.degree, outChannels]) : this.#compiled.evaluation.apply(flat, this.weight)
    return reshape(this.#addBias(y), [...outer, output.degree, outChannels])
  }

  #addBias(y: Tensor): Tensor {
    const { count, labels } = this.#rowOrbits
    if (this.bias === undefined || count === 0) return y
    return add(y, count === 1 ? this.bias : gather(this.bias, indices(labels)))
  }
}
