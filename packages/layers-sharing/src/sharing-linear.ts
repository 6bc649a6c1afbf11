import { type Action, orbitLabels } from '@equivar/groups'
import { constantOf, type Initializer, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type Dimension, gather, printShape, product, reshape, ShapeError, type Tensor, zeros } from '@equivar/tensor'
import { type EvaluationReport, NO_PAIRS, TYPICAL_BATCH } from './choose-evaluation.ts'
import { type Compiled, compileSharing, type EvaluationChoice } from './compile.ts'
import { indices } from './evaluation.ts'

/** Settings of a SharingLinear. */
export interface SharingLinearOptions {
  /** How the group moves the output points; trivialAction for invariant outputs. */
  readonly output: Action
  /** How the same group moves the input points. */
  readonly input: Action
  readonly inChannels: number
  readonly outChannels: number
  /** One number an orbit of output points; true if left out. */
  readonly bias?: boolean
  /** Of the weight [orbits, in, out]; by default normal, so that unit variance in gives unit variance out. */
  readonly initializer?: Initializer
  /** `automatic` (if left out) takes the cheapest; `structured` what is cheapest for many channels; `dense` and `orbitSums` are the extremes; or a name that chooseEvaluation lists. */
  readonly evaluation?: EvaluationChoice
}

/** Every label of a row contributes as much to its variance. */
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
 * All affine maps between two permutation representations that commute with the group.
 *
 * Law: f(g x) = g f(x) for every g. y_o = sum over i of x_i W_label(o, i) + b_orbit(o): one weight an orbit of the group on output x input pairs, one
 * bias an orbit on output points. It is never computed dense where a cheaper exact form exists; `evaluation` says what was chosen.
 *
 * @throws DomainError if the actions are of different groups, or the table of labels would be too large; before memory is spent.
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
      if (!Number.isInteger(value) || value < 0) throw new RangeError(`SharingLinear: expected ${name} of 0 or more, received ${value}.`)
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

  /** How it is computed, and why so. */
  get evaluation(): EvaluationReport {
    if (this.#compiled === undefined) return NO_PAIRS
    const { name, why, cost } = this.#compiled.evaluation
    return { name, why, cost: cost({ ...this.#options, examples: TYPICAL_BATCH }) }
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
    return reshape(this.#biased(y), [...outer, output.degree, outChannels])
  }

  #biased(y: Tensor): Tensor {
    const { count, labels } = this.#rowOrbits
    if (this.bias === undefined || count === 0) return y
    return add(y, count === 1 ? this.bias : gather(this.bias, indices(labels)))
  }
}
