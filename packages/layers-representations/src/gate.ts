import type { Representation, RepresentationSummand } from '@equivar/groups'
import { Module } from '@equivar/nn'
import { mul, reshape, sigmoid, slice, type Tensor, unsqueeze } from '@equivar/tensor'
import { copiesOf, joined, requireVectors } from './copies.ts'

/** Whether the group permutes the components of a summand, so that a function of each component commutes with it. Scalars are such a summand. */
const isPointwise = ({ factors }: RepresentationSummand): boolean => factors.every(({ permutations }) => permutations !== undefined)

/** The copies that need a scalar as their gate. */
const gatedCopies = ({ summands }: Representation): number =>
  summands.reduce((count, summand) => count + (isPointwise(summand) ? 0 : summand.multiplicity), 0)

/**
 * The gated nonlinearity: components that the group only permutes, scalars among them, become x sigmoid(x); every other copy is multiplied by the sigmoid of a
 * scalar of its own. Those scalars are the last components of the input.
 *
 * Law: f(rho_in(g) x) = rho_out(g) f(x) for every g of the group.
 *
 * @see Finzi, Welling, Wilson 2021, section 6; Weiler et al. 2018 for gates.
 */
export class RepresentationGate extends Module {
  /** The output, and a scalar for each copy that is gated. */
  readonly input: Representation
  readonly output: Representation

  /** @param output - what comes out. */
  constructor(output: Representation) {
    super()
    this.output = output
    const gates = gatedCopies(output)
    this.input = gates === 0 ? output : output.plus(output.power(0).copies(gates))
  }

  /**
   * @param x - float32 [..., input.dimension].
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    requireVectors('RepresentationGate.forward', x, this.input)
    const { dimension } = this.output
    const values = slice(x, { axis: -1, end: dimension })
    const { blocks, rows, leading } = copiesOf(values, this.output)
    let start = dimension
    const parts = blocks.map((block, k) => {
      const summand = this.output.summands[k] as RepresentationSummand
      const size = summand.multiplicity * (this.output.dimensions[k] as number)
      if (isPointwise(summand)) return reshape(mul(block, sigmoid(block)), [rows, size])
      const gates = reshape(slice(x, { axis: -1, start, end: start + summand.multiplicity }), [rows, summand.multiplicity])
      start += summand.multiplicity
      return reshape(mul(block, unsqueeze(sigmoid(gates), 2)), [rows, size])
    })
    return reshape(joined(parts, 1), [...leading, dimension])
  }
}
