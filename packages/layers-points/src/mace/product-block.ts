import { Module } from '@equivar/nn'
import type { Edges } from '../edges.ts'
import type { Features } from '../features.ts'
import type { EdgeFeatures } from '../field/interaction.ts'
import { neighbourSums } from '../field/neighbour-sums.ts'
import { RadialNetwork } from '../field/radial-network.ts'
import { Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { IrrepsLinear } from '../irreps-linear.ts'
import { DepthwiseTensorProduct, FullyConnectedTensorProduct } from '../product/products.ts'
import { SymmetricContraction } from '../product/symmetric-contraction.ts'

/** Options of ProductBlock. */
export interface ProductBlockOptions {
  readonly input: IrrepsLike
  /** Summands of one number of copies, the channels, each kind once. */
  readonly output: IrrepsLike
  /** The irreps of the harmonics of edges: each kind of the messages whose products are taken. */
  readonly harmonics: IrrepsLike
  /** The number of kinds of nodes. */
  readonly kinds: number
  /** The number of radial functions. */
  readonly radial: number
  /** Hidden channels of the radial network; default 64, 64, 64. */
  readonly radialHidden?: readonly number[]
  /** About how many neighbours a node has: sums are divided by it, as products of large sums are larger still. */
  readonly neighbours: number
  /** The largest degree of the products; default 3. */
  readonly correlation?: number
}

/**
 * A layer of MACE: A_i = L2 sum over neighbours j of (L1 x_j) x Y(r_ij) weighted by R(|r_ij|) / neighbours; x_i' = L3 B_z(A_i) + S(x_i, z_i), with linear
 * maps L, harmonics Y, a radial network R, the symmetric products B of each channel with weights of the node's kind z, and a tensor product S of features and kinds.
 *
 * Law: features turn with the positions under rotations and reflections. With products of degree v, a node's output depends on v neighbours at once.
 *
 * @see Batatia et al. 2022, "MACE: higher order equivariant message passing neural networks for fast and accurate force fields", section 4.
 */
export class ProductBlock extends Module {
  readonly enter: IrrepsLinear
  readonly radial: RadialNetwork
  readonly product: DepthwiseTensorProduct
  readonly leave: IrrepsLinear
  readonly contraction: SymmetricContraction
  readonly mix: IrrepsLinear
  readonly self: FullyConnectedTensorProduct
  readonly output: Irreps
  readonly #scale: number

  /** @throws RangeError if the output has summands of different numbers of copies. */
  constructor(options: ProductBlockOptions) {
    super()
    const { radial, radialHidden = [64, 64, 64], neighbours, kinds, correlation = 3 } = options
    const [input, harmonics] = [irreps(options.input), irreps(options.harmonics)]
    this.output = irreps(options.output)
    const channels = this.output.summands[0]?.multiplicity ?? 0
    this.enter = new IrrepsLinear({ input, output: input })
    this.product = new DepthwiseTensorProduct({ first: input, second: harmonics, keep: harmonics, weights: 'given' })
    this.radial = new RadialNetwork({ channels: [radial, ...radialHidden, this.product.weightCount] })
    const messages = new Irreps(harmonics.summands.map(({ irrep }) => ({ multiplicity: channels, irrep })))
    this.leave = new IrrepsLinear({ input: this.product.output, output: messages })
    this.contraction = new SymmetricContraction({ input: messages, output: this.output, correlation, kinds })
    this.mix = new IrrepsLinear({ input: this.output, output: this.output })
    this.self = new FullyConnectedTensorProduct({ first: input, second: `${kinds}x0e`, output: this.output })
    this.#scale = 1 / neighbours
  }

  /** @param x - features of nodes. @param kinds - features `kinds x 0e` of nodes. @returns features of `output`. */
  forward(x: Features, kinds: Features, edges: Edges, { harmonics, radial }: EdgeFeatures): Features {
    const weights = this.radial.forward(radial)
    const sums = neighbourSums(this.product, this.enter.forward(x), edges, { harmonics, weights, scale: this.#scale })
    const products = this.contraction.forward(this.leave.forward(sums), kinds.flat())
    return this.mix.forward(products).add(this.self.forward(x, kinds))
  }
}
