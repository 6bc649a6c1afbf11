import type { Representation } from '@equivar/groups'
import { type Initializer, Module } from '@equivar/nn'
import { mul, printShape, reshape, ShapeError, sameShape, type Tensor, unsqueeze } from '@equivar/tensor'
import { copiesOf, joined, requireVectors } from './copies.ts'
import { RepresentationLinear } from './representation-linear.ts'

/** Options of RepresentationBilinear. */
export interface RepresentationBilinearOptions {
  readonly first: Representation
  readonly second: Representation
  /** Of the same group as both inputs. */
  readonly output: Representation
  /** Initializes the weights; the default gives outputs of variance 1 in the mean. */
  readonly initializer?: Initializer
}

/**
 * All bilinear maps of two vectors that commute with a matrix group: the equivariant linear maps of their tensor product.
 *
 * Law: f(rho_1(g) x, rho_2(g) z) = rho_out(g) f(x, z) for every g of the group.
 *
 * @remarks Cost: first.dimension x second.dimension x output.dimension for an example. For many channels, take RepresentationProduct.
 */
export class RepresentationBilinear extends Module {
  readonly linear: RepresentationLinear
  readonly #first: Representation
  readonly #second: Representation

  constructor({ first, second, output, initializer }: RepresentationBilinearOptions) {
    super()
    this.#first = first
    this.#second = second
    this.linear = new RepresentationLinear({
      input: first.times(second),
      output,
      bias: false,
      ...(initializer === undefined ? {} : { initializer }),
    })
  }

  /**
   * @param x - float32 [..., first.dimension].
   * @param z - float32 [..., second.dimension], with the same leading axes.
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if a last axis has another size, or the leading axes differ.
   */
  forward(x: Tensor, z: Tensor): Tensor {
    requireVectors('RepresentationBilinear.forward', x, this.#first)
    requireVectors('RepresentationBilinear.forward', z, this.#second)
    if (!sameShape(x.shape.slice(0, -1), z.shape.slice(0, -1)))
      throw new ShapeError(
        'RepresentationBilinear.forward',
        'x and z with equal leading axes',
        `${printShape(x.shape)} and ${printShape(z.shape)}`,
      )
    const [left, right] = [copiesOf(x, this.#first), copiesOf(z, this.#second)]
    // Of each pair of summands: copies of the first, copies of the second, components of the first, components of the second.
    const products = left.blocks.flatMap((a) =>
      right.blocks.map((b) => {
        const outer = mul(unsqueeze(a, [2, 4]), unsqueeze(b, [1, 3]))
        return reshape(outer, [left.rows, outer.shape.slice(1).reduce((size: number, d) => size * (d as number), 1)])
      }),
    )
    return reshape(this.linear.forward(joined(products, 1)), [...left.leading, this.linear.output.dimension])
  }
}
