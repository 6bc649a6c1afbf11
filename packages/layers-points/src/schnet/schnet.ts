import { Linear, Module } from '@equivar/nn'
import { add, gather, mul, segmentMean, segmentSum, softplus, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { edgesOf } from '../edges.ts'
import { lengths } from '../irreps/spherical-harmonics.ts'
import { gaussianBasis } from '../radial/bases.ts'
import { cosineCutoff } from '../radial/cutoffs.ts'

/** log(1 + e^x) - log 2. */
export function shiftedSoftplus(x: Tensor): Tensor {
  return sub(softplus(x), Math.LN2)
}

/** A factor of messages by distance: 1 at 0, 0 from the radius on. */
export type CutoffFunction = (d: Tensor, radius: number) => Tensor

/** Options of SchNetInteraction. */
export interface SchNetInteractionOptions {
  readonly channels: number
  /** Channels of the filters; default `channels`. */
  readonly filters?: number
  /** The number of Gaussians; default 50. */
  readonly gaussians?: number
  readonly radius: number
  /** Default `cosineCutoff`. */
  readonly cutoff?: CutoffFunction
}

/**
 * A continuous-filter convolution: y_i = f(sum over neighbours j of (W x_j) g(|r_ij|) c(|r_ij|)), with filters g made by a network from Gaussians of the
 * distance, and a cutoff c.
 *
 * Law: invariant to rotations, reflections and translations of the positions; commutes with permutations of the nodes. A node without neighbours gets f(0).
 *
 * @see Schuett et al. 2017, "SchNet".
 */
export class SchNetInteraction extends Module {
  readonly filterHidden: Linear
  readonly filterOut: Linear
  readonly enter: Linear
  readonly leave: Linear
  readonly mix: Linear
  readonly #gaussians: number
  readonly #radius: number
  readonly #cutoff: CutoffFunction

  constructor({ channels, filters = channels, gaussians = 50, radius, cutoff = cosineCutoff }: SchNetInteractionOptions) {
    super()
    this.filterHidden = new Linear({ inChannels: gaussians, outChannels: filters })
    this.filterOut = new Linear({ inChannels: filters, outChannels: filters })
    this.enter = new Linear({ inChannels: channels, outChannels: filters, bias: false })
    this.leave = new Linear({ inChannels: filters, outChannels: channels })
    this.mix = new Linear({ inChannels: channels, outChannels: channels })
    this.#gaussians = gaussians
    this.#radius = radius
    this.#cutoff = cutoff
  }

  /**
   * @param x - float32 [nodes, channels].
   * @param positions - float32 [nodes, 3].
   * @param edgeIndex - int64 [2, edges]: row 0 the source, row 1 the target.
   * @param shifts - float32 [edges, 3]: lattice vectors of periodic edges.
   * @returns float32 [nodes, channels].
   */
  forward(x: Tensor, positions: Tensor, edgeIndex: Tensor, shifts?: Tensor): Tensor {
    const { sources, targets, vectors, nodes } = edgesOf('SchNetInteraction.forward', positions, edgeIndex, shifts)
    const d = lengths(vectors)
    const basis = gaussianBasis(d, { radius: this.#radius, count: this.#gaussians })
    const filter = this.filterOut.forward(shiftedSoftplus(this.filterHidden.forward(basis)))
    const weights = mul(filter, unsqueeze(this.#cutoff(d, this.#radius), 1))
    const sums = segmentSum(mul(gather(this.enter.forward(x), sources), weights), targets, nodes)
    return this.mix.forward(shiftedSoftplus(this.leave.forward(sums)))
  }
}

/** Inputs of a network of invariant features and positions. */
export interface AtomInputs {
  /** float32 [nodes, inChannels]: invariant features, such as the kinds of atoms, one of each row 1. */
  readonly x: Tensor
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
  /** int64 [2, edges]: row 0 the source, row 1 the target. */
  readonly edgeIndex: Tensor
  /** float32 [edges, 3]: lattice vectors of periodic edges. */
  readonly shifts?: Tensor
}

/** Sums or means of the rows of each structure. @param batch - int64 [nodes]: the structure of each node. @returns float32 [structures, ...]. */
export function structureReadout(
  values: Tensor,
  batch: Tensor,
  { structures, aggregation = 'sum' }: { readonly structures: number | string; readonly aggregation?: 'sum' | 'mean' },
): Tensor {
  return (aggregation === 'sum' ? segmentSum : segmentMean)(values, batch, structures)
}

/** Options of SchNet. */
export interface SchNetOptions extends Omit<SchNetInteractionOptions, 'cutoff'> {
  readonly inChannels: number
  readonly outChannels: number
  readonly layers: number
}

/**
 * SchNet: continuous-filter convolutions with residual connections, and an MLP to an output of each atom. Sum the outputs of a structure for its energy.
 *
 * Law: outputs are invariant to rotations, reflections and translations of the positions.
 *
 * @see Schuett et al. 2017, "SchNet".
 */
export class SchNet extends Module {
  readonly embedding: Linear
  readonly interactions: SchNetInteraction[]
  readonly readoutHidden: Linear
  readonly readout: Linear

  constructor({ inChannels, outChannels, layers, ...options }: SchNetOptions) {
    super()
    const { channels } = options
    const half = Math.max(1, Math.floor(channels / 2))
    this.embedding = new Linear({ inChannels, outChannels: channels, bias: false })
    this.interactions = Array.from({ length: layers }, () => new SchNetInteraction(options))
    this.readoutHidden = new Linear({ inChannels: channels, outChannels: half })
    this.readout = new Linear({ inChannels: half, outChannels })
  }

  /** @returns float32 [nodes, outChannels]. */
  forward({ x, positions, edgeIndex, shifts }: AtomInputs): Tensor {
    const h = this.interactions.reduce(
      (state, interaction) => add(state, interaction.forward(state, positions, edgeIndex, shifts)),
      this.embedding.forward(x),
    )
    return this.readout.forward(shiftedSoftplus(this.readoutHidden.forward(h)))
  }
}
