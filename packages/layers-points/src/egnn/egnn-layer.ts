import { glorotUniform, Linear, Mlp, Module, silu } from '@equivar/nn'
import {
  add,
  concat,
  div,
  mul,
  reduceSum,
  segmentMean,
  segmentSum,
  sigmoid,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  tanh,
} from '@equivar/tensor'
import { demandInput } from '../demand-input.ts'
import { edgesOf } from '../edges.ts'
import { pairMlp } from '../graph-network/pair-mlp.ts'
import { unitVectors } from '../irreps/spherical-harmonics.ts'

/** Options of EgnnLayer. */
export interface EgnnLayerOptions {
  readonly channels: number
  /** Default `channels`. */
  readonly outChannels?: number
  readonly hiddenChannels: number
  /** Channels of the features of edges; default 0. */
  readonly edgeChannels?: number
  /** Whether the input is added to the new features; default true, if the channels are the same. */
  readonly residual?: boolean
  /** Whether messages are weighted by a sigmoid of themselves; default false. */
  readonly attention?: boolean
  /** Whether positions move; default true. */
  readonly movesPoints?: boolean
  /** Whether velocities, given to `forward`, move the positions too; default false. */
  readonly velocities?: boolean
  /**
   * How the differences of positions enter the step: as they are (`none`, default), divided by their length (`unit`), or by their length + 1e-8 without a
   * derivative of the length (`detached`, the published form: its derivatives are not those of its values, so do not take forces of it).
   */
  readonly normalize?: 'none' | 'unit' | 'detached'
  /** Whether the size of each step is bounded by tanh; default false. */
  readonly bounded?: boolean
  /** Aggregation of the steps; default `mean`. */
  readonly aggregation?: 'mean' | 'sum'
}

/** Inputs of an EGNN layer or network. */
export interface EgnnInputs {
  /** float32 [nodes, channels]: invariant features. */
  readonly x: Tensor
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
  /** int64 [2, edges]: row 0 the source, row 1 the target. */
  readonly edgeIndex: Tensor
  /** float32 [edges, edgeChannels]: invariant features. */
  readonly edgeAttributes?: Tensor
  /** float32 [nodes, 3]. */
  readonly velocities?: Tensor
}

/** Results of an EGNN layer or network. */
export interface EgnnOutputs {
  /** float32 [nodes, outChannels]. */
  readonly x: Tensor
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
}

/** The published initialization of the last weights of a step: close to 0, so that points hardly move at first. */
const SMALL = glorotUniform({ gain: 0.001 })

/**
 * An E(n)-equivariant graph layer. With m_ij = f_e(h_i, h_j, |x_i - x_j|^2, a_ij), target i and source j:
 * x_i' = x_i + mean over j of (x_i - x_j) f_x(m_ij) + f_v(h_i) v_i, and h_i' = h_i + f_h(h_i, sum over j of m_ij).
 *
 * Law: for a rotation or reflection Q, a translation t and a permutation of the nodes, features stay and positions turn: f(h, x Q + t) = (h', x' Q + t).
 * A node without edges keeps its position, but for its velocity.
 *
 * @remarks Cost: an MLP of 2 channels + 1 + edgeChannels to hiddenChannels for each edge.
 * @see Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks".
 */
export class EgnnLayer extends Module {
  readonly edgeMlp: Mlp
  readonly nodeMlp: Mlp
  readonly attention: Linear | undefined
  readonly stepHidden: Linear | undefined
  readonly stepOut: Linear | undefined
  readonly velocityMlp: Mlp | undefined
  readonly #options: Required<Pick<EgnnLayerOptions, 'residual' | 'normalize' | 'bounded' | 'aggregation' | 'edgeChannels'>>

  constructor(options: EgnnLayerOptions) {
    super()
    const { channels, outChannels = channels, hiddenChannels: hidden, edgeChannels = 0, attention = false, movesPoints = true } = options
    const { velocities = false, normalize = 'none', bounded = false, aggregation = 'mean', residual = channels === outChannels } = options
    if (residual && channels !== outChannels)
      throw new RangeError(
        `EgnnLayer: expected as many output channels as input channels with residual, received ${channels} and ${outChannels}.`,
      )
    if (velocities && !movesPoints) throw new RangeError('EgnnLayer: expected movesPoints with velocities, received false.')
    this.edgeMlp = new Mlp({ channels: [2 * channels + 1 + edgeChannels, hidden, hidden], activation: 'silu', finalActivation: true })
    this.nodeMlp = new Mlp({ channels: [channels + hidden, hidden, outChannels], activation: 'silu' })
    this.attention = attention ? new Linear({ inChannels: hidden, outChannels: 1 }) : undefined
    this.stepHidden = movesPoints ? new Linear({ inChannels: hidden, outChannels: hidden }) : undefined
    this.stepOut = movesPoints ? new Linear({ inChannels: hidden, outChannels: 1, bias: false, initializer: SMALL }) : undefined
    this.velocityMlp = velocities ? new Mlp({ channels: [channels, hidden, 1], activation: 'silu' }) : undefined
    this.#options = { residual, normalize, bounded, aggregation, edgeChannels }
  }

  /**
   * @throws ShapeError if a shape is another. RangeError if velocities or features of edges are missing, or not expected.
   */
  forward(inputs: EgnnInputs): EgnnOutputs {
    const { x, positions, edgeIndex, edgeAttributes, velocities } = inputs
    demandInput('EgnnLayer.forward', 'features of edges', this.#options.edgeChannels > 0, edgeAttributes)
    demandInput('EgnnLayer.forward', 'velocities', this.velocityMlp !== undefined, velocities)
    const { sources, targets, vectors, nodes } = edgesOf('EgnnLayer.forward', positions, edgeIndex)
    const difference = sub(0, vectors)
    const squares = reduceSum(mul(difference, difference), { axis: -1, keepDims: true })
    const attributes = edgeAttributes === undefined ? [squares] : [squares, edgeAttributes]
    const plain = pairMlp(this.edgeMlp, x, { targets, sources }, attributes)
    const messages = this.attention === undefined ? plain : mul(plain, sigmoid(this.attention.forward(plain)))
    const update = this.nodeMlp.forward(concat([x, segmentSum(messages, targets, nodes)], -1))
    return {
      x: this.#options.residual ? add(x, update) : update,
      positions: this.#moved(inputs, { messages, difference, squares, targets }),
    }
  }

  #moved(
    { x, positions, velocities }: EgnnInputs,
    { messages, difference, squares, targets }: { messages: Tensor; difference: Tensor; squares: Tensor; targets: Tensor },
  ): Tensor {
    if (this.stepHidden === undefined || this.stepOut === undefined) return positions
    const { normalize, bounded, aggregation } = this.#options
    const direction =
      normalize === 'none'
        ? difference
        : normalize === 'unit'
          ? unitVectors(difference)
          : div(difference, add(stopGradient(sqrt(squares)), 1e-8))
    const size = this.stepOut.forward(silu(this.stepHidden.forward(messages)))
    const steps = mul(direction, bounded ? tanh(size) : size)
    const step = (aggregation === 'mean' ? segmentMean : segmentSum)(steps, targets, positions.shape[0] as number)
    const moved = add(positions, step)
    if (this.velocityMlp === undefined || velocities === undefined) return moved
    return add(moved, mul(this.velocityMlp.forward(x), velocities))
  }
}
