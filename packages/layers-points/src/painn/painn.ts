import { Linear, Mlp, Module } from '@equivar/nn'
import { add, concat, gather, mul, reduceSum, reshape, segmentSum, split, sqrt, type Tensor, unsqueeze, zeros } from '@equivar/tensor'
import { type Edges, edgesOf } from '../edges.ts'
import { Features } from '../features.ts'
import { lengths, unitVectors } from '../irreps/spherical-harmonics.ts'
import { besselBasis } from '../radial/bases.ts'
import { cosineCutoff } from '../radial/cutoffs.ts'
import type { AtomInputs, CutoffFunction } from '../schnet/schnet.ts'

/** Three parts of the last axis, each of so many channels. */
const thirds = (t: Tensor, channels: number): [Tensor, Tensor, Tensor] =>
  split(t, [channels, channels, channels], -1) as unknown as [Tensor, Tensor, Tensor]

/** Options of PaiNnMessage. */
export interface PaiNnMessageOptions {
  readonly channels: number
  /** The number of radial functions; default 20. */
  readonly radial?: number
  readonly radius: number
  /** Default `cosineCutoff`. */
  readonly cutoff?: CutoffFunction
}

/**
 * PaiNN's message: with (a, b, c) = phi(q_j) W(|r_ij|), scalars q_i gain the sum over neighbours j of a, vectors v_i that of b r_ij / |r_ij| + c v_j.
 *
 * Law: for rotations and reflections of the positions, scalars stay and vectors turn. Two points at one place have no direction: their b counts as 0.
 *
 * @see Schuett, Unke, Gastegger 2021, "Equivariant message passing".
 */
export class PaiNnMessage extends Module {
  readonly context: Mlp
  readonly filter: Linear
  readonly #channels: number
  readonly #radial: number
  readonly #radius: number
  readonly #cutoff: CutoffFunction

  constructor({ channels, radial = 20, radius, cutoff = cosineCutoff }: PaiNnMessageOptions) {
    super()
    this.context = new Mlp({ channels: [channels, channels, 3 * channels], activation: 'silu' })
    this.filter = new Linear({ inChannels: radial, outChannels: 3 * channels })
    this.#channels = channels
    this.#radial = radial
    this.#radius = radius
    this.#cutoff = cutoff
  }

  /**
   * @param state - features of `channels x 0e + channels x 1o`.
   * @returns the same, with the messages added.
   */
  forward(state: Features, { sources, targets, vectors, nodes }: Edges): Features {
    const [q, v] = state.blocks as [Tensor, Tensor]
    const d = lengths(vectors)
    const basis = besselBasis(d, { radius: this.#radius, count: this.#radial })
    const filter = mul(this.filter.forward(basis), unsqueeze(this.#cutoff(d, this.#radius), 1))
    const context = this.context.forward(reshape(q, [nodes, this.#channels]))
    const [dq, along, among] = thirds(mul(gather(context, sources), filter), this.#channels)
    const direction = unsqueeze(unitVectors(vectors), 2)
    const dv = add(mul(direction, unsqueeze(along, 1)), mul(gather(v, sources), unsqueeze(among, 1)))
    return state.map((block, i) => add(block, segmentSum(i === 0 ? unsqueeze(dq, 1) : dv, targets, nodes)))
  }
}

/**
 * PaiNN's update: with U and W linear maps of the vectors and (a, b, c) = phi(q, |U v|), scalars gain a + c <U v, W v>, vectors gain b W v.
 *
 * Law: for rotations and reflections, scalars stay and vectors turn.
 */
export class PaiNnUpdate extends Module {
  readonly context: Mlp
  readonly mix: Linear
  readonly #channels: number
  readonly #epsilon: number

  /** @param options - `epsilon`: added to squared norms; default 1e-8. */
  constructor({ channels, epsilon = 1e-8 }: { readonly channels: number; readonly epsilon?: number }) {
    super()
    this.context = new Mlp({ channels: [2 * channels, channels, 3 * channels], activation: 'silu' })
    this.mix = new Linear({ inChannels: channels, outChannels: 2 * channels, bias: false })
    this.#channels = channels
    this.#epsilon = epsilon
  }

  /** @param state - features of `channels x 0e + channels x 1o`. @returns the same, updated. */
  forward(state: Features): Features {
    const channels = this.#channels
    const [q, v] = state.blocks as [Tensor, Tensor]
    const [u, w] = split(this.mix.forward(v), [channels, channels], -1) as unknown as [Tensor, Tensor]
    const norms = sqrt(add(reduceSum(mul(u, u), { axis: -2, keepDims: true }), this.#epsilon))
    const [a, b, c] = thirds(this.context.forward(concat([q, norms], -1)), channels)
    const inner = reduceSum(mul(u, w), { axis: -2, keepDims: true })
    return new Features(state.irreps, [add(q, add(a, mul(c, inner))), add(v, mul(b, w))])
  }
}

/** Options of PaiNn. */
export interface PaiNnOptions extends PaiNnMessageOptions {
  readonly inChannels: number
  readonly outChannels: number
  readonly layers: number
}

/** Results of PaiNn. */
export interface PaiNnOutputs {
  /** float32 [nodes, outChannels]: invariant. */
  readonly y: Tensor
  /** float32 [nodes, 3, channels]: vectors, which turn with the positions. */
  readonly vectors: Tensor
}

/**
 * PaiNN: messages and updates of scalars and vectors, and an MLP to an output of each atom. Sum the outputs of a structure for its energy.
 *
 * Law: `y` is invariant to rotations, reflections and translations of the positions, `vectors` turn.
 *
 * @see Schuett, Unke, Gastegger 2021, "Equivariant message passing for the prediction of tensorial properties and molecular spectra".
 */
export class PaiNn extends Module {
  readonly embedding: Linear
  readonly messages: PaiNnMessage[]
  readonly updates: PaiNnUpdate[]
  readonly readout: Mlp
  readonly #channels: number

  constructor({ inChannels, outChannels, layers, ...options }: PaiNnOptions) {
    super()
    const { channels } = options
    this.embedding = new Linear({ inChannels, outChannels: channels, bias: false })
    this.messages = Array.from({ length: layers }, () => new PaiNnMessage(options))
    this.updates = Array.from({ length: layers }, () => new PaiNnUpdate({ channels }))
    this.readout = new Mlp({ channels: [channels, Math.max(1, Math.floor(channels / 2)), outChannels], activation: 'silu' })
    this.#channels = channels
  }

  forward({ x, positions, edgeIndex, shifts }: AtomInputs): PaiNnOutputs {
    const edges = edgesOf('PaiNn.forward', positions, edgeIndex, shifts)
    const channels = this.#channels
    const q = unsqueeze(this.embedding.forward(x), 1)
    const start = new Features(`${channels}x0e + ${channels}x1o`, [q, zeros([edges.nodes, 3, channels])])
    const state = this.messages.reduce(
      (before, message, i) => (this.updates[i] as PaiNnUpdate).forward(message.forward(before, edges)),
      start,
    )
    const [scalars, vectors] = state.blocks as [Tensor, Tensor]
    return { y: this.readout.forward(reshape(scalars, [edges.nodes, channels])), vectors }
  }
}
