import { constantOf, Module } from '@equivar/nn'
import { add, mul, type Tensor } from '@equivar/tensor'
import type { Edges } from '../edges.ts'
import { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { type Gate, reachableGate } from '../nonlinear/gate.ts'
import { DepthwiseTensorProduct, FullyConnectedTensorProduct } from '../product/products.ts'
import type { EdgeFeatures, InteractionOptions } from './interaction.ts'
import { neighbourSums } from './neighbour-sums.ts'
import { RadialNetwork } from './radial-network.ts'

/** Options of PointConvolution. */
export interface PointConvolutionOptions extends Omit<InteractionOptions, 'activations'> {
  /**
   * How a node's own features s and those of its neighbours x are added: `fixed`, sin(pi/8) s + cos(pi/8) x, or `learned` (default), s + a x with a scalar a of
   * each node that is 0 at first. Outputs that s does not reach are x in both.
   */
  readonly mixing?: 'fixed' | 'learned'
}

/**
 * The convolution on points of e3nn: the sum over neighbours j of (L1 x_j) x Y(r_ij), weighted by a radial network, with linear maps that depend on the kinds of
 * nodes, and the node's own features.
 *
 * Law: features turn with the positions under rotations and reflections.
 *
 * @see Geiger, Smidt 2022, "e3nn: Euclidean neural networks" (`gate_points_2101` with `fixed`, `v2106` with `learned` mixing).
 */
export class PointConvolution extends Module {
  readonly self: FullyConnectedTensorProduct
  readonly enter: FullyConnectedTensorProduct
  readonly radial: RadialNetwork
  readonly product: DepthwiseTensorProduct
  readonly leave: FullyConnectedTensorProduct
  readonly strength: FullyConnectedTensorProduct | undefined
  readonly output: Irreps
  readonly #input: Irreps
  readonly #scale: number

  constructor(options: PointConvolutionOptions) {
    super()
    const { radial, radialHidden = [8, 8], neighbours, radialActivation = 'silu', kinds, mixing = 'learned' } = options
    const [input, harmonics] = [irreps(options.input), irreps(options.harmonics)]
    this.output = irreps(options.output)
    this.#input = input
    this.self = new FullyConnectedTensorProduct({ first: input, second: kinds, output: this.output })
    this.enter = new FullyConnectedTensorProduct({ first: input, second: kinds, output: input })
    this.product = new DepthwiseTensorProduct({ first: input, second: harmonics, keep: this.output, weights: 'given' })
    this.radial = new RadialNetwork({ channels: [radial, ...radialHidden, this.product.weightCount], activation: radialActivation })
    this.leave = new FullyConnectedTensorProduct({ first: this.product.output, second: kinds, output: this.output })
    this.strength =
      mixing === 'learned'
        ? new FullyConnectedTensorProduct({ first: this.product.output, second: kinds, output: '1x0e', initializer: constantOf(0) })
        : undefined
    this.#scale = 1 / Math.sqrt(neighbours)
  }

  /** @param x - features of nodes. @param kinds - features `kinds` of nodes. @returns features of `output`. */
  forward(x: Features, kinds: Features, edges: Edges, { harmonics, radial }: EdgeFeatures): Features {
    const own = this.self.forward(x, kinds)
    const weights = this.radial.forward(radial)
    const sums = neighbourSums(this.product, this.enter.forward(x, kinds), edges, { harmonics, weights, scale: this.#scale })
    const given = this.leave.forward(sums, kinds)
    const strength = this.strength?.forward(sums, kinds).blocks[0]
    return new Features(
      this.output,
      this.output.summands.map(({ irrep }, k) => {
        const [s, y] = [own.blocks[k] as Tensor, given.blocks[k] as Tensor]
        if (this.#input.countOf(irrep) === 0) return y
        return strength === undefined ? add(mul(s, Math.sin(Math.PI / 8)), mul(y, Math.cos(Math.PI / 8))) : add(s, mul(y, strength))
      }),
    )
  }
}

/** Options of GatedPointNetwork. */
export interface GatedPointNetworkOptions extends Omit<PointConvolutionOptions, 'input'>, Pick<InteractionOptions, 'activations'> {
  readonly input: IrrepsLike
  /** Irreps of the features between layers. */
  readonly hidden: IrrepsLike
  /** The number of gated layers before the last convolution. */
  readonly layers: number
}

/**
 * e3nn's network on points: gated convolutions, and a last convolution to the outputs of each node.
 *
 * Law: outputs turn with the positions under rotations and reflections.
 */
export class GatedPointNetwork extends Module {
  readonly convolutions: PointConvolution[]
  readonly gates: Gate[]
  readonly last: PointConvolution

  constructor({ input, hidden, layers, output, activations, ...options }: GatedPointNetworkOptions) {
    super()
    const [harmonics, between] = [irreps(options.harmonics), irreps(hidden)]
    let state = irreps(input)
    this.convolutions = []
    this.gates = []
    for (let i = 0; i < layers; i++) {
      const gate = reachableGate(state.times(harmonics), between, activations)
      this.convolutions.push(new PointConvolution({ ...options, input: state, output: gate.input }))
      this.gates.push(gate)
      state = gate.output
    }
    this.last = new PointConvolution({ ...options, input: state, output })
  }

  /** @param x - features `input` of nodes. @param kinds - features `kinds` of nodes. @returns features of `output` of nodes. */
  forward(x: Features, kinds: Features, edges: Edges, edgeFeatures: EdgeFeatures): Features {
    const state = this.convolutions.reduce(
      (before, convolution, i) => (this.gates[i] as Gate).forward(convolution.forward(before, kinds, edges, edgeFeatures)),
      x,
    )
    return this.last.forward(state, kinds, edges, edgeFeatures)
  }
}
