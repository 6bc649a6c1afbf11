import { BatchNorm, buffer, constantOf, isTraining, Module, type Parameter, parameter, updateBuffer } from '@equivar/nn'
import { add, div, mul, reduceMean, reshape, sqrt, type Tensor } from '@equivar/tensor'
import { type FieldSummand, type FieldType, mapFields } from './field-type.ts'

/** Options of FieldBatchNorm. */
export interface FieldBatchNormOptions {
  readonly type: FieldType
  /** The weight of the new statistics in the update of the running statistics; 0.1 by default. */
  readonly momentum?: number
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number
}

/** Divides each field by the root of the mean square of its components: x / sqrt(mean of x^2 + epsilon) scale. */
class RootMeanSquareNorm extends Module {
  readonly scale: Parameter
  readonly runningSquare: Parameter
  readonly #momentum: number
  readonly #epsilon: number

  constructor(fields: number, momentum: number, epsilon: number) {
    super()
    this.scale = parameter([fields], { initializer: constantOf(1) })
    this.runningSquare = buffer([fields], 1)
    this.#momentum = momentum
    this.#epsilon = epsilon
  }

  /** @param x - float32 [batch, fields, components, height, width]. */
  forward(x: Tensor): Tensor {
    const aligned = (t: Tensor): Tensor => reshape(t, [1, -1, 1, 1, 1])
    const square = isTraining() ? reduceMean(mul(x, x), { axis: [0, 2, 3, 4] }) : this.runningSquare
    if (isTraining()) {
      const old = mul(this.runningSquare, 1 - this.#momentum)
      updateBuffer(this.runningSquare, add(old, mul(square, this.#momentum)))
    }
    return mul(x, aligned(div(this.scale, sqrt(add(square, this.#epsilon)))))
  }
}

/** Whether every component may have a mean: then the group permutes the components, and all have the same. */
const hasMean = ({ representation }: FieldSummand): boolean => representation.permutes

/**
 * Batch normalization of fields, with one set of statistics per field, over all its components and positions.
 *
 * Fields whose components the group permutes (scalars and regular fields): (x - mean) / sqrt(variance + epsilon) scale + offset. All others, whose mean over the
 * group is 0: x / sqrt(mean of x^2 + epsilon) scale.
 *
 * Law: f(g x) = g f(x), in training for a batch of which all is moved by g.
 *
 * @see Weiler, Cesa 2019, "General E(2)-equivariant steerable CNNs", appendix I.
 */
export class FieldBatchNorm extends Module {
  /** One per summand of the type. */
  readonly norms: (BatchNorm | RootMeanSquareNorm)[]
  readonly #type: FieldType

  constructor({ type, momentum = 0.1, epsilon = 1e-5 }: FieldBatchNormOptions) {
    super()
    this.#type = type
    this.norms = type.summands.map((summand) =>
      hasMean(summand)
        ? new BatchNorm({ channels: summand.multiplicity, axis: 1, momentum, epsilon })
        : new RootMeanSquareNorm(summand.multiplicity, momentum, epsilon),
    )
  }

  /** @param x - float32 [batch, type.channels, height, width]. @returns the same. */
  forward(x: Tensor): Tensor {
    this.#type.demand('FieldBatchNorm.forward', x)
    return mapFields(this.#type, x, (fields, i) => this.norms[i]!.forward(fields))
  }
}
