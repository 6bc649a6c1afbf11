import { DomainError, type Representation } from '@equivar/groups'
import { constantOf, Module, type Parameter, parameter } from '@equivar/nn'
import { add, mul, reduceSum, reshape, rootOrZero, sigmoid, type Tensor, unsqueeze } from '@equivar/tensor'
import { copiesOf, joined, requireVectors } from './copies.ts'

/**
 * The norm nonlinearity: each copy x is multiplied by sigmoid(a |x| / sqrt(components) + b), with weights a and b of its own.
 *
 * Law: f(rho(g) x) = rho(g) f(x) for every g of the group. A copy that is 0 stays 0.
 *
 * @throws DomainError if the group does not act by orthogonal matrices: then it keeps no norm. Use RepresentationGate.
 * @see Worrall et al. 2017, "Harmonic networks".
 */
export class NormGate extends Module {
  readonly representation: Representation
  /** For each summand, [copies]. */
  readonly slopes: Parameter[]
  /** For each summand, [copies]. */
  readonly biases: Parameter[]

  /** @param representation - what goes in and comes out. */
  constructor(representation: Representation) {
    super()
    if (!representation.isOrthogonal)
      throw new DomainError(
        'NormGate',
        'a representation by orthogonal matrices, which keep norms',
        `${representation} of ${representation.group}`,
        'Use RepresentationGate.',
      )
    this.representation = representation
    this.slopes = representation.summands.map(({ multiplicity }) => parameter([multiplicity], { initializer: constantOf(1) }))
    this.biases = representation.summands.map(({ multiplicity }) => parameter([multiplicity], { initializer: constantOf(0) }))
  }

  /**
   * @param x - float32 [..., dimension].
   * @returns float32 of the same shape.
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    requireVectors('NormGate.forward', x, this.representation)
    const { blocks, rows, leading } = copiesOf(x, this.representation)
    const parts = blocks.map((block, k) => {
      const size = this.representation.dimensions[k] as number
      const norms = mul(rootOrZero(reduceSum(mul(block, block), { axis: 2 })), 1 / Math.sqrt(size))
      const gates = sigmoid(add(mul(norms, this.slopes[k] as Parameter), this.biases[k] as Parameter))
      return reshape(mul(block, unsqueeze(gates, 2)), [rows, (block.shape[1] as number) * size])
    })
    return reshape(joined(parts, 1), [...leading, this.representation.dimension])
  }
}
