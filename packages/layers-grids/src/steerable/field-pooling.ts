import { Module } from '@equivar/nn'
import { reduceMax, type Tensor } from '@equivar/tensor'
import { fieldNorms } from './field-activations.ts'
import { FieldType, mapFields } from './field-type.ts'
import { trivialRepresentation } from './plane-representation.ts'

/**
 * One scalar per field that the group leaves as it is: the largest component of scalars and regular fields (group pooling), the norm of all others (norm pooling).
 *
 * Law: f(g x) = g f(x), where g moves the positions of the result.
 */
export class FieldPooling extends Module {
  /** The type of the output: one scalar per field. */
  readonly output: FieldType
  readonly #input: FieldType

  constructor({ type }: { readonly type: FieldType }) {
    super()
    const representation = trivialRepresentation(type.group.name)
    this.#input = type
    this.output = new FieldType(type.summands.map(({ multiplicity }) => ({ representation, multiplicity })))
  }

  /** @param x - float32 [batch, type.channels, height, width]. @returns float32 [batch, type.fields, height, width]. */
  forward(x: Tensor): Tensor {
    this.#input.demand('FieldPooling.forward', x)
    return mapFields(this.#input, x, (fields, i) =>
      this.#input.summands[i]!.representation.permutes ? reduceMax(fields, { axis: 2, keepDims: true }) : fieldNorms(fields),
    )
  }
}
