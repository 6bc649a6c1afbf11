import type { Representation } from '@equivar/groups'
import { Module } from '@equivar/nn'
import { add, type Tensor } from '@equivar/tensor'
import { RepresentationGate } from './gate.ts'
import { RepresentationLinear } from './representation-linear.ts'
import { RepresentationProduct } from './representation-product.ts'
import { uniformRepresentation } from './uniform-representation.ts'

/** Options of EquivariantMlp. */
export interface EquivariantMlpOptions {
  readonly input: Representation
  /** Of the same group as the input. */
  readonly output: Representation
  /** The features between the layers: a number of channels, which `uniformRepresentation` divides among tensors, or a representation; 384 by default. */
  readonly hidden?: number | Representation
  /** The number of hidden layers; 3 by default. */
  readonly layers?: number
  /** True (the default) for the bilinear part of each layer. Without it, nothing multiplies different vectors. */
  readonly bilinear?: boolean
}

/** One hidden layer of EquivariantMlp: a linear layer, products of its result added, and a gate. */
export class EquivariantMlpLayer extends Module {
  readonly linear: RepresentationLinear
  readonly product: RepresentationProduct | undefined
  readonly gate: RepresentationGate

  constructor({ input, output, bilinear = true }: Pick<EquivariantMlpOptions, 'input' | 'output' | 'bilinear'>) {
    super()
    this.gate = new RepresentationGate(output)
    this.linear = new RepresentationLinear({ input, output: this.gate.input })
    this.product = bilinear ? new RepresentationProduct({ input: this.gate.input }) : undefined
  }

  /** @param x - float32 [..., input.dimension]. @returns float32 [..., output.dimension]. @throws ShapeError if the last axis of x has another size. */
  forward(x: Tensor): Tensor {
    const linear = this.linear.forward(x)
    return this.gate.forward(this.product === undefined ? linear : add(linear, this.product.forward(linear)))
  }
}

/**
 * The equivariant multilayer perceptron of any matrix group: hidden layers of a linear, a bilinear and a gated part, and a linear layer at the end.
 *
 * Law: f(rho_in(g) x) = rho_out(g) f(x) for every g of the group.
 *
 * @throws DomainError if the representations belong to different groups. RangeError if `layers` is not an integer of at least 0, or a basis is too large.
 * @see Finzi, Welling, Wilson 2021, "A practical method for constructing equivariant multilayer perceptrons for arbitrary matrix groups": 3 layers of 384
 * channels, Adam with rate 3e-3, batches of 500.
 * @example
 * const V = representation(orthogonal(3))
 * // The inertia matrix of five masses and their positions.
 * new EquivariantMlp({ input: V.power(0).plus(V).copies(5), output: V.power(2) })
 */
export class EquivariantMlp extends Module {
  readonly layers: EquivariantMlpLayer[]
  readonly last: RepresentationLinear

  constructor({ input, output, hidden = 384, layers = 3, bilinear = true }: EquivariantMlpOptions) {
    super()
    if (!Number.isInteger(layers) || layers < 0)
      throw new RangeError(`EquivariantMlp: expected layers to be an integer of at least 0, received ${layers}.`)
    const between = typeof hidden === 'number' ? uniformRepresentation(input.group, hidden) : hidden
    this.layers = Array.from(
      { length: layers },
      (_, k) => new EquivariantMlpLayer({ input: k === 0 ? input : between, output: between, bilinear }),
    )
    this.last = new RepresentationLinear({ input: layers === 0 ? input : between, output })
  }

  /**
   * @param x - float32 [..., input.dimension].
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    return this.last.forward(this.layers.reduce((h, layer) => layer.forward(h), x))
  }
}
