import { Egnn, FrameAveraging, PointGraphNetwork } from '@equivar/layers-points'
import { Module, parametersOf } from '@equivar/nn'
import { concat, type Dimension, gather, input, mul, reduceSum, reshape, slice, sqrt, sub, type Tensor } from '@equivar/tensor'
import type { ModelKind, Settings } from '../model.ts'
import type { TaskSymmetry } from '../symmetry.ts'
import { motions, pointPermutation } from '../symmetry-points.ts'
import { decayOf } from './weight-decay.ts'

/** The state of some systems: charges, positions and velocities of all particles, and the edges between them. */
interface State {
  /** float32 [nodes, channels]: the charge, of as many kinds as there are. */
  readonly charges: Tensor
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
  /** float32 [nodes, 3]. */
  readonly velocities: Tensor
  /** int64 [2, edges]. */
  readonly edgeIndex: Tensor
  readonly frames?: Frames
}

/** The frames of systems, from `principalFrames`. */
interface Frames {
  /** int64 [nodes]: the system of each particle. */
  readonly batch: Tensor
  /** float32 [frames, graphs, 3, 3]: an axis in each row. */
  readonly axes: Tensor
  /** float32 [frames, graphs]. */
  readonly weights: Tensor
}

/** Sources and targets, int64 [edges]. */
function endsOf(edgeIndex: Tensor): { readonly sources: Tensor; readonly targets: Tensor } {
  const row = (at: number): Tensor => reshape(slice(edgeIndex, { axis: 0, start: at, end: at + 1 }), [edgeIndex.shape[1] as Dimension])
  return { sources: row(0), targets: row(1) }
}

/** The product of the charges at the ends of each edge, float32 [edges, channels]. */
function chargeProducts({ charges, edgeIndex }: State): Tensor {
  const { sources, targets } = endsOf(edgeIndex)
  return mul(gather(charges, targets), gather(charges, sources))
}

/** Squared lengths of the rows, float32 [rows, 1]. */
const squares = (vectors: Tensor): Tensor => reduceSum(mul(vectors, vectors), { axis: -1, keepDims: true })

/**
 * EGNN with velocities. Nodes start with the speed, edges have the product of the charges and the squared distance at the start.
 *
 * Law: predicted positions move with rotations, reflections and translations.
 *
 * @see Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks", section 5.1.
 */
class MovingParticles extends Module {
  readonly network: Egnn

  constructor({ hidden, layers }: Sizes, channels: number) {
    super()
    this.network = new Egnn({ inChannels: 1, hiddenChannels: hidden, layers, edgeChannels: channels + 1, velocities: true })
  }

  forward(state: State): Tensor {
    const { positions, velocities, edgeIndex } = state
    const { sources, targets } = endsOf(edgeIndex)
    const distances = squares(sub(gather(positions, targets), gather(positions, sources)))
    return this.network.forward({
      x: sqrt(squares(velocities)),
      positions,
      velocities,
      edgeIndex,
      edgeAttributes: concat([chargeProducts(state), distances], -1),
    }).positions
  }
}

/** What makes a plain graph network of positions and velocities: it knows nothing of rotations and translations. Edges have the product of the charges. */
const plainNetwork = ({ hidden, layers }: Sizes, channels: number, moves: 'step' | 'absolute'): PointGraphNetwork =>
  new PointGraphNetwork({ hiddenChannels: hidden, layers, edgeChannels: channels, velocities: true, moves })

/** The published baseline: the network's output is the position. @see Satorras, Hoogeboom, Welling 2021, section 5.1 ("GNN"). */
class PlainParticles extends Module {
  readonly network: PointGraphNetwork

  constructor(sizes: Sizes, channels: number) {
    super()
    this.network = plainNetwork(sizes, channels, 'absolute')
  }

  forward(state: State): Tensor {
    const { positions, velocities, edgeIndex } = state
    return this.network.forward({ positions, velocities, edgeIndex, edgeAttributes: chargeProducts(state) }).positions as Tensor
  }
}

/**
 * The mean of a plain graph network over the frames of each system.
 *
 * Law: predicted positions move with rotations, reflections and translations.
 *
 * @see Puny et al. 2022, "Frame averaging for invariant and equivariant network design".
 */
class FramedParticles extends Module {
  readonly averaging: FrameAveraging

  constructor(sizes: Sizes, channels: number) {
    super()
    this.averaging = new FrameAveraging({ network: plainNetwork(sizes, channels, 'step') })
  }

  forward(state: State): Tensor {
    const { positions, velocities, edgeIndex, frames } = state
    const { batch, axes, weights } = frames as Frames
    const given = { positions, velocities, edgeIndex, edgeAttributes: chargeProducts(state), batch, frames: axes, weights }
    return this.averaging.forward(given).positions as Tensor
  }
}

interface Sizes extends Settings {
  readonly hidden: number
  readonly layers: number
  readonly weightDecay: number
}

/** A network that predicts the positions of particles at a later time. */
const particleModel = (
  make: (sizes: Sizes, channels: number) => Module & { forward(state: State): Tensor },
  { symmetries, framed = false }: { readonly symmetries: readonly TaskSymmetry[]; readonly framed?: boolean },
): ModelKind<Sizes> => ({
  // Published is 1e-12, with which the validation error rises again after 260 epochs.
  defaults: { hidden: 64, layers: 4, weightDecay: 1e-5 },
  build: (values, { channels }, goal) => {
    const inputs = {
      x: input('x', 'float32', ['nodes', channels]),
      positions: input('positions', 'float32', ['nodes', 3]),
      velocities: input('velocities', 'float32', ['nodes', 3]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
    }
    const frames = {
      batch: input('batch', 'int64', ['nodes']),
      frames: input('frames', 'float32', ['frames', 'graphs', 3, 3]),
      weights: input('weights', 'float32', ['frames', 'graphs']),
    }
    const module = make(values, channels)
    const { x: charges, positions, velocities, edge_index: edgeIndex } = inputs
    const state = { charges, positions, velocities, edgeIndex, ...(framed ? { frames: { ...frames, axes: frames.frames } } : {}) }
    return {
      module,
      inputs: framed ? { ...inputs, ...frames } : inputs,
      goal,
      target: goal.target('nodes', 3),
      symmetries,
      output: () => module.forward(state),
      ...(values.weightDecay === 0 ? {} : { regularizer: () => decayOf([...parametersOf(module).values()], values.weightDecay) }),
    }
  },
})

const permutations = pointPermutation(['y'])
const whole = [motions({ y: 'moves' }), permutations]

/** Models for charged particles. */
export const particleModels: Readonly<Record<string, ModelKind>> = {
  'egnn-particles': particleModel((...given) => new MovingParticles(...given), { symmetries: whole }),
  'gnn-particles': particleModel((...given) => new PlainParticles(...given), { symmetries: [permutations] }),
  'frames-particles': particleModel((...given) => new FramedParticles(...given), { symmetries: whole, framed: true }),
}
