import { Module } from '@equivar/nn'
import { edgesOf } from '../edges.ts'
import { type Features, scalars } from '../features.ts'
import { harmonicIrreps, Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { lengths, sphericalHarmonics } from '../irreps/spherical-harmonics.ts'
import { IrrepsLinear } from '../irreps-linear.ts'
import { cutBessel } from '../radial/cut-bessel.ts'
import type { AtomInputs } from '../schnet/schnet.ts'
import { InteractionBlock, type InteractionOptions } from './interaction.ts'

/** Options of TensorFieldNetwork. */
export interface TensorFieldNetworkOptions
  extends Partial<Pick<InteractionOptions, 'radial' | 'radialHidden' | 'radialActivation' | 'activations'>> {
  /** Channels of the input, the kinds of nodes: invariant numbers, such as one of each row 1. */
  readonly inChannels: number
  /** Irreps of the features between layers, such as `32x0e + 16x1o + 8x2e`. */
  readonly hidden: IrrepsLike
  /** Irreps of the outputs of each node, such as `1x0e` for an energy or `1x1o` for a vector. */
  readonly output: IrrepsLike
  /** Scalars at the start; default: as many as `hidden` has. */
  readonly embedded?: number
  readonly layers: number
  /** The largest degree of the harmonics; default that of `hidden`. */
  readonly degree?: number
  readonly radius: number
  /** About how many neighbours a node has. */
  readonly neighbours: number
  /** Channels of the layer before the output; default half of the scalars of `hidden`, at least 1, of each kind of the output. */
  readonly readout?: IrrepsLike
}

/**
 * A tensor field network of NequIP's kind: kinds of nodes are embedded as scalars, interactions exchange features with neighbours through harmonics of the edges,
 * and linear maps give the outputs of each node.
 *
 * Law: outputs turn with the positions under rotations and reflections, and do not change under translations; permutations of the nodes permute them. Smooth in
 * the positions: messages vanish with two derivatives at the radius.
 *
 * @see Thomas et al. 2018, "Tensor field networks"; Batzner et al. 2022 (NequIP).
 * @example new TensorFieldNetwork({ inChannels: 4, hidden: '32x0e + 16x1o + 8x2e', output: '1x0e', layers: 3, radius: 5, neighbours: 12 })
 */
export class TensorFieldNetwork extends Module {
  readonly embedding: IrrepsLinear
  readonly interactions: InteractionBlock[]
  readonly readoutHidden: IrrepsLinear
  readonly readout: IrrepsLinear
  readonly #degree: number
  readonly #radius: number
  readonly #radial: number

  /** @throws RangeError if there is no layer, or an output cannot be reached. */
  constructor(options: TensorFieldNetworkOptions) {
    super()
    const { inChannels, layers, radius, radial = 8, radialHidden, radialActivation, activations, neighbours } = options
    const [hidden, output] = [irreps(options.hidden), irreps(options.output)]
    if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`TensorFieldNetwork: expected at least 1 layer, received ${layers}.`)
    this.#degree = options.degree ?? hidden.largestDegree
    this.#radius = radius
    this.#radial = radial
    const kinds = irreps(`${inChannels}x0e`)
    const embedded = options.embedded ?? hidden.filter(({ irrep }) => irrep.isScalar).count
    this.embedding = new IrrepsLinear({ input: kinds, output: `${embedded}x0e` })
    this.interactions = []
    let state: Irreps = irreps(`${embedded}x0e`)
    for (let i = 0; i < layers; i++) {
      const block = new InteractionBlock({
        input: state,
        output: hidden,
        harmonics: harmonicIrreps(this.#degree),
        kinds,
        radial,
        neighbours,
        ...(radialHidden === undefined ? {} : { radialHidden }),
        ...(radialActivation === undefined ? {} : { radialActivation }),
        ...(activations === undefined ? {} : { activations }),
      })
      this.interactions.push(block)
      state = block.output
    }
    const missing = output.summands.find(({ irrep }) => state.countOf(irrep) === 0)
    if (missing !== undefined)
      throw new RangeError(
        `TensorFieldNetwork: expected outputs among the kinds of ${state}, which ${layers} layers reach, received ${missing.irrep}.`,
      )
    const between = irreps(
      options.readout ??
        new Irreps(output.summands.map(({ irrep }) => ({ multiplicity: Math.max(1, Math.floor(state.countOf(irrep) / 2)), irrep }))),
    )
    this.readoutHidden = new IrrepsLinear({ input: state, output: between })
    this.readout = new IrrepsLinear({ input: between, output })
  }

  /** @returns features of `output` of each node. */
  forward({ x, positions, edgeIndex, shifts }: AtomInputs): Features {
    const edges = edgesOf('TensorFieldNetwork.forward', positions, edgeIndex, shifts)
    const d = lengths(edges.vectors)
    const harmonics = sphericalHarmonics(edges.vectors, { degree: this.#degree })
    const kinds = scalars(x)
    const edgeFeatures = { harmonics, radial: cutBessel(d, { radius: this.#radius, count: this.#radial }) }
    const state = this.interactions.reduce(
      (before, interaction) => interaction.forward(before, kinds, edges, edgeFeatures),
      this.embedding.forward(kinds),
    )
    return this.readout.forward(this.readoutHidden.forward(state))
  }
}
