import { Module } from '@equivar/nn'
import { add, constant, type Dimension, matMul, mul, reshape, type Tensor } from '@equivar/tensor'
import { edgesOf } from '../edges.ts'
import { scalars } from '../features.ts'
import { RadialNetwork } from '../field/radial-network.ts'
import { harmonicIrreps, Irreps } from '../irreps/irreps.ts'
import { lengths, sphericalHarmonics } from '../irreps/spherical-harmonics.ts'
import { IrrepsLinear } from '../irreps-linear.ts'
import { cutBessel } from '../radial/cut-bessel.ts'
import type { AtomInputs } from '../schnet/schnet.ts'
import { ProductBlock, type ProductBlockOptions } from './product-block.ts'

/** Options of Mace. */
export interface MaceOptions extends Pick<ProductBlockOptions, 'radialHidden' | 'neighbours' | 'correlation'> {
  /** The number of kinds of nodes. */
  readonly inChannels: number
  /** Energies of each node, or other numbers; default 1. */
  readonly outChannels?: number
  /** Copies of each irreducible representation. */
  readonly channels: number
  /** Default 2. */
  readonly layers?: number
  /** The largest degree of the harmonics and of the messages whose products are taken; default 3. */
  readonly degree?: number
  /** The largest degree of the features between layers; default 1. */
  readonly hidden?: number
  readonly radius: number
  /** The number of radial functions; default 8. */
  readonly radial?: number
  /** Hidden channels of the last readout; default 16. */
  readonly readoutHidden?: number
  /** Energies are multiplied by `scale`, then `shift` is added: the spread of the energies of nodes, and their mean. Default 1 and 0. */
  readonly scale?: number
  readonly shift?: number
  /** The energy of a free node of each kind, which is added to every output; 0 by default. */
  readonly energies?: readonly number[]
}

/** Copies of the kinds of harmonics up to a degree. */
const copiesOf = (channels: number, degree: number): Irreps =>
  new Irreps(harmonicIrreps(degree).summands.map(({ irrep }) => ({ multiplicity: channels, irrep })))

/**
 * A network of MACE's kind: few layers, each with products of up to `correlation` messages, and an energy of each node as the sum of a readout after every layer:
 * linear ones, and a network after the last.
 *
 * Law: energies are invariant to rotations, reflections and translations of the positions; permutations of the nodes permute them. Smooth in the positions:
 * messages vanish with two derivatives at the radius.
 *
 * @see Batatia et al. 2022, "MACE: higher order equivariant message passing neural networks for fast and accurate force fields".
 * @example new Mace({ inChannels: 3, channels: 32, radius: 5, neighbours: 12 })
 */
export class Mace extends Module {
  readonly embedding: IrrepsLinear
  readonly blocks: ProductBlock[]
  readonly readouts: (IrrepsLinear | RadialNetwork)[]
  readonly #options: Required<Pick<MaceOptions, 'degree' | 'radius' | 'radial' | 'scale' | 'shift' | 'outChannels'>> &
    Pick<MaceOptions, 'energies'>

  /** @throws RangeError if there is no layer, or not one energy for each kind. */
  constructor(options: MaceOptions) {
    super()
    const {
      inChannels: kinds,
      outChannels = 1,
      channels,
      layers = 2,
      degree = 3,
      hidden = 1,
      radius,
      radial = 8,
      readoutHidden = 16,
    } = options
    const { neighbours, correlation = 3, radialHidden, scale = 1, shift = 0, energies } = options
    if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`Mace: expected at least 1 layer, received ${layers}.`)
    if (energies !== undefined && energies.length !== kinds)
      throw new RangeError(`Mace: expected the energies of ${kinds} kinds, received ${energies.length}.`)
    this.embedding = new IrrepsLinear({ input: `${kinds}x0e`, output: `${channels}x0e` })
    const outputs = Array.from({ length: layers }, (_, i) => copiesOf(channels, i === layers - 1 ? 0 : hidden))
    this.blocks = outputs.map(
      (output, i) =>
        new ProductBlock({
          input: outputs[i - 1] ?? copiesOf(channels, 0),
          output,
          harmonics: harmonicIrreps(degree),
          kinds,
          radial,
          neighbours,
          correlation,
          ...(radialHidden === undefined ? {} : { radialHidden }),
        }),
    )
    this.readouts = outputs.map((output, i) =>
      i === layers - 1
        ? new RadialNetwork({ channels: [channels, readoutHidden, outChannels] })
        : new IrrepsLinear({ input: output, output: `${outChannels}x0e` }),
    )
    this.#options = { degree, radius, radial, scale, shift, outChannels, ...(energies === undefined ? {} : { energies }) }
  }

  /** @returns float32 [nodes, outChannels]: the energy of each node. */
  forward({ x, positions, edgeIndex, shifts }: AtomInputs): Tensor {
    const { degree, radius, radial, scale, shift, outChannels, energies } = this.#options
    const edges = edgesOf('Mace.forward', positions, edgeIndex, shifts)
    const edgeFeatures = {
      harmonics: sphericalHarmonics(edges.vectors, { degree }),
      radial: cutBessel(lengths(edges.vectors), { radius, count: radial }),
    }
    const kinds = scalars(x)
    let state = this.embedding.forward(kinds)
    const shares = this.blocks.map((block, i) => {
      state = block.forward(state, kinds, edges, edgeFeatures)
      const readout = this.readouts[i] as IrrepsLinear | RadialNetwork
      return readout instanceof IrrepsLinear ? readout.forward(state).flat() : readout.forward(state.flat())
    })
    const own = add(mul(sumOf(shares, [edges.nodes, outChannels]), scale), shift)
    return energies === undefined ? own : add(own, matMul(x, constant(energies, [energies.length, 1], 'float32')))
  }
}

const sumOf = (shares: readonly Tensor[], shape: readonly Dimension[]): Tensor =>
  reshape(
    shares.reduce((sum, each) => add(sum, each)),
    shape,
  )
