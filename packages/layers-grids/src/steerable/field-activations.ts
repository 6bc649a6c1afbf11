import { type ActivationName, activation, constantOf, Module, type Parameter, parameter } from '@equivar/nn'
import { add, div, greater, mul, reduceSum, relu, reshape, rootOrZero, sigmoid, slice, type Tensor, where } from '@equivar/tensor'
import { type FieldType, joinFields, mapFields, scalarFields } from './field-type.ts'

/** Options of FieldActivation. */
export interface FieldActivationOptions {
  readonly type: FieldType
  /** `relu` by default. */
  readonly activation?: ActivationName
}

/**
 * A pointwise activation of scalars and regular fields.
 *
 * Law: f(g x) = g f(x), because g permutes the components.
 *
 * @throws RangeError if a field has components that the group does not permute. Use FieldNormActivation or FieldGate.
 */
export class FieldActivation extends Module {
  readonly #type: FieldType
  readonly #activation: ActivationName

  constructor({ type, activation: name = 'relu' }: FieldActivationOptions) {
    super()
    activation(name)
    if (!type.summands.every(({ representation }) => representation.permutes))
      throw new RangeError(
        `FieldActivation: expected fields whose components the group permutes, received ${type.describe()}. Use FieldNormActivation or FieldGate.`,
      )
    this.#type = type
    this.#activation = name
  }

  /** @param x - float32 [batch, type.channels, height, width]. @returns the same. */
  forward(x: Tensor): Tensor {
    this.#type.demand('FieldActivation.forward', x)
    return activation(this.#activation)(x)
  }
}

/** The norm of every field, [batch, fields, 1, height, width]; 0 where the field is 0, with derivative 0 there. */
export function fieldNorms(x: Tensor): Tensor {
  return rootOrZero(reduceSum(mul(x, x), { axis: 2, keepDims: true }))
}

/**
 * An activation of the norm of each field: x becomes f(|x| + b) x / |x|, with one bias per field.
 *
 * Law: f(g x) = g f(x), because the representations are orthogonal. A field that is 0 stays 0, with derivative 0.
 *
 * @see Worrall et al. 2017, "Harmonic networks".
 */
export class FieldNormActivation extends Module {
  /** For each summand, [fields]. */
  readonly biases: Parameter[]
  readonly #type: FieldType
  readonly #activation: ActivationName

  constructor({ type, activation: name = 'relu' }: FieldActivationOptions) {
    super()
    activation(name)
    this.#type = type
    this.#activation = name
    this.biases = type.summands.map(({ multiplicity }) => parameter([multiplicity], { initializer: constantOf(0) }))
  }

  /** @param x - float32 [batch, type.channels, height, width]. @returns the same. */
  forward(x: Tensor): Tensor {
    this.#type.demand('FieldNormActivation.forward', x)
    return mapFields(this.#type, x, (fields, i) => {
      const norms = fieldNorms(fields)
      const positive = greater(norms, 0)
      const activated = activation(this.#activation)(add(norms, reshape(this.biases[i]!, [1, -1, 1, 1, 1])))
      return mul(fields, where(positive, div(activated, where(positive, norms, 1)), 0))
    })
  }
}

/**
 * Multiplies each field by the sigmoid of a scalar of its own; scalars get a relu instead.
 *
 * Law: f(g x) = g f(x). The input has, after the fields of the type, one scalar per field that is not a scalar: `input` is its type.
 *
 * @see Weiler et al. 2018, "3D steerable CNNs", section 4.4.
 */
export class FieldGate extends Module {
  /** The type of the input: the fields, then their gates. */
  readonly input: FieldType
  /** The type of the output. */
  readonly output: FieldType

  constructor({ type }: { readonly type: FieldType }) {
    super()
    const gates = type.summands.reduce((sum, { representation, multiplicity }) => sum + (representation.isTrivial ? 0 : multiplicity), 0)
    this.output = type
    this.input = gates === 0 ? type : joinFields(type, scalarFields(type.group.name, gates))
  }

  /** @param x - float32 [batch, input.channels, height, width]. @returns float32 [batch, output.channels, height, width]. */
  forward(x: Tensor): Tensor {
    this.input.demand('FieldGate.forward', x)
    const { channels } = this.output
    const [batch, , height, width] = x.shape
    let next = channels
    return mapFields(this.output, slice(x, { axis: 1, start: 0, end: channels }), (fields, i) => {
      const { representation, multiplicity } = this.output.summands[i]!
      if (representation.isTrivial) return relu(fields)
      const gates = slice(x, { axis: 1, start: next, end: next + multiplicity })
      next += multiplicity
      return mul(fields, sigmoid(reshape(gates, [batch!, multiplicity, 1, height!, width!])))
    })
  }
}
