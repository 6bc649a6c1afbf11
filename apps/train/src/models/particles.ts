import { Egnn } from '@equivar/layers-points'
import { Linear, Mlp, Module, parametersOf } from '@equivar/nn'
import {
  add,
  concat,
  type Dimension,
  gather,
  input,
  mul,
  reduceSum,
  reshape,
  segmentSum,
  slice,
  sqrt,
  sub,
  type Tensor,
} from '@equivar/tensor'
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

/** A layer of PlainGraphNetwork: m_ij = f_e(h_i, h_j, a_ij), h_i' = h_i + f_h(h_i, sum over j of m_ij). */
class PlainLayer extends Module {
  readonly edgeMlp: Mlp
  readonly nodeMlp: Mlp

  constructor(hidden: number, edgeChannels: number) {
    super()
    this.edgeMlp = new Mlp({ channels: [2 * hidden + edgeChannels, hidden, hidden], activation: 'silu', finalActivation: true })
    this.nodeMlp = new Mlp({ channels: [2 * hidden, hidden, hidden], activation: 'silu' })
  }

  forward(x: Tensor, attributes: Tensor, edgeIndex: Tensor): Tensor {
    const { sources, targets } = endsOf(edgeIndex)
    const messages = this.edgeMlp.forward(concat([gather(x, targets), gather(x, sources), attributes], -1))
    return add(x, this.nodeMlp.forward(concat([x, segmentSum(messages, targets, x.shape[0] as Dimension)], -1)))
  }
}

/**
 * A graph network of positions and velocities as plain numbers: it knows nothing of rotations and translations. The published baseline.
 *
 * @see Gilmer et al. 2017; Satorras, Hoogeboom, Welling 2021, section 5.1 ("GNN").
 */
class PlainGraphNetwork extends Module {
  readonly embedding: Linear
  readonly layers: PlainLayer[]
  readonly readout: Mlp

  constructor({ hidden, layers }: Sizes, channels: number) {
    super()
    this.embedding = new Linear({ inChannels: 6, outChannels: hidden })
    this.layers = Array.from({ length: layers }, () => new PlainLayer(hidden, channels))
    this.readout = new Mlp({ channels: [hidden, hidden, 3], activation: 'silu' })
  }

  forward(state: State): Tensor {
    const attributes = chargeProducts(state)
    const start = this.embedding.forward(concat([state.positions, state.velocities], -1))
    return this.readout.forward(this.layers.reduce((x, layer) => layer.forward(x, attributes, state.edgeIndex), start))
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
  symmetries: readonly TaskSymmetry[],
): ModelKind<Sizes> => ({
  defaults: { hidden: 64, layers: 4, weightDecay: 1e-12 },
  build: (values, { channels }, goal) => {
    const inputs = {
      x: input('x', 'float32', ['nodes', channels]),
      positions: input('positions', 'float32', ['nodes', 3]),
      velocities: input('velocities', 'float32', ['nodes', 3]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
    }
    const module = make(values, channels)
    const { x: charges, positions, velocities, edge_index: edgeIndex } = inputs
    return {
      module,
      inputs,
      goal,
      target: goal.target('nodes', 3),
      symmetries,
      output: () => module.forward({ charges, positions, velocities, edgeIndex }),
      ...(values.weightDecay === 0 ? {} : { regularizer: () => decayOf([...parametersOf(module).values()], values.weightDecay) }),
    }
  },
})

const permutations = pointPermutation(['y'])

/** Models for charged particles. */
export const particleModels: Readonly<Record<string, ModelKind>> = {
  'egnn-particles': particleModel((...given) => new MovingParticles(...given), [motions({ y: 'moves' }), permutations]),
  'gnn-particles': particleModel((...given) => new PlainGraphNetwork(...given), [permutations]),
}
