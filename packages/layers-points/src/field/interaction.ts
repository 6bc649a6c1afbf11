import { Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import type { Edges } from '../edges.ts'
import type { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { IrrepsLinear } from '../irreps-linear.ts'
import { type Gate, type GateOptions, reachableGate } from '../nonlinear/gate.ts'
import type { ScalarActivation } from '../nonlinear/normalized-activation.ts'
import { DepthwiseTensorProduct, FullyConnectedTensorProduct } from '../product/products.ts'
import { neighbourSums } from './neighbour-sums.ts'
import { RadialNetwork } from './radial-network.ts'

/** Options of InteractionBlock. */
export interface InteractionOptions {
  readonly input: IrrepsLike
  /** What comes out: its scalars and pseudoscalars through activations, the rest through gates. */
  readonly output: IrrepsLike
  /** The irreps of the harmonics of edges. */
  readonly harmonics: IrrepsLike
  /** The irreps of the kinds of nodes, scalars. */
  readonly kinds: IrrepsLike
  /** The number of radial functions. */
  readonly radial: number
  /** Hidden channels of the radial network; default 8, 8. */
  readonly radialHidden?: readonly number[]
  /** About how many neighbours a node has: sums are divided by its root. */
  readonly neighbours: number
  /** Default silu. */
  readonly radialActivation?: ScalarActivation
  /** Default: those of Gate. */
  readonly activations?: Pick<GateOptions, 'scalarActivations' | 'gateActivations'>
}

/** Features of edges that an interaction needs. */
export interface EdgeFeatures {
  /** Harmonics of the vectors. */
  readonly harmonics: Features
  /** float32 [edges, radial]: radial functions of the lengths. */
  readonly radial: Tensor
}

/**
 * The interaction of NequIP: x_i' = gate(L2 sum over neighbours j of (L1 x_j) x Y(r_ij) weighted by R(|r_ij|) / sqrt(neighbours) + S(x_i, z_i)), with linear maps
 * L1 and L2, harmonics Y, a radial network R and a tensor product S of features and kinds.
 *
 * Law: features turn with the positions under rotations and reflections.
 *
 * @see Batzner et al. 2022, "E(3)-equivariant graph neural networks for data-efficient and accurate interatomic potentials".
 */
export class InteractionBlock extends Module {
  readonly enter: IrrepsLinear
  readonly radial: RadialNetwork
  readonly product: DepthwiseTensorProduct
  readonly leave: IrrepsLinear
  readonly self: FullyConnectedTensorProduct
  readonly gate: Gate
  readonly #scale: number

  constructor(options: InteractionOptions) {
    super()
    const { radial, radialHidden = [8, 8], neighbours, radialActivation = 'silu', activations } = options
    const [input, output, harmonics] = [irreps(options.input), irreps(options.output), irreps(options.harmonics)]
    this.gate = reachableGate(input.times(harmonics), output, activations)
    this.enter = new IrrepsLinear({ input, output: input })
    this.product = new DepthwiseTensorProduct({ first: input, second: harmonics, keep: output, weights: 'given' })
    this.radial = new RadialNetwork({ channels: [radial, ...radialHidden, this.product.weightCount], activation: radialActivation })
    this.leave = new IrrepsLinear({ input: this.product.output, output: this.gate.input })
    this.self = new FullyConnectedTensorProduct({ first: input, second: options.kinds, output: this.gate.input })
    this.#scale = 1 / Math.sqrt(neighbours)
  }

  /** What it gives: `output` without the kinds that cannot be reached. */
  get output(): Irreps {
    return this.gate.output
  }

  /** @param x - features of nodes. @param kinds - features `kinds` of nodes. */
  forward(x: Features, kinds: Features, edges: Edges, { harmonics, radial }: EdgeFeatures): Features {
    const weights = this.radial.forward(radial)
    const sums = neighbourSums(this.product, this.enter.forward(x), edges, { harmonics, weights, scale: this.#scale })
    const mixed = this.leave.forward(sums)
    const own = this.self.forward(x, kinds)
    return this.gate.forward(mixed.add(own))
  }
}
