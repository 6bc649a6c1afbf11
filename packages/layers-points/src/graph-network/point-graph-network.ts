import { Linear, Mlp, Module } from '@equivar/nn'
import { add, concat, segmentSum, type Tensor } from '@equivar/tensor'
import { demandInput } from '../demand-input.ts'
import { edgesOf } from '../edges.ts'
import type { FramedInputs, FramedOutputs } from '../frames/frame-averaging.ts'
import { pairMlp } from './pair-mlp.ts'

/** Options of PointGraphNetwork. */
export interface PointGraphNetworkOptions {
  /** Channels of the features of nodes; default 0. */
  readonly inChannels?: number
  readonly hiddenChannels: number
  readonly layers: number
  /** Channels of an output `y` of each node; none by default. */
  readonly outChannels?: number
  /** Channels of the features of edges; default 0. */
  readonly edgeChannels?: number
  /** Whether velocities are read; default false. */
  readonly velocities?: boolean
  /** What `positions` of the output are: the input and a step (`step`, default), the network's output itself (`absolute`, the published form), or not there. */
  readonly moves?: 'step' | 'absolute' | 'none'
}

/**
 * Message passing on features, positions and velocities as they are: the plain graph network that equivariant ones are compared with, and one for FrameAveraging.
 *
 * Law: it commutes with permutations of the nodes, and with no rotation or translation.
 *
 * @see Gilmer et al. 2017; the baseline `GNN` of Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks".
 */
export class PointGraphNetwork extends Module {
  readonly embedding: Linear
  readonly edgeMlps: Mlp[]
  readonly nodeMlps: Mlp[]
  readonly readout: Mlp | undefined
  readonly step: Mlp | undefined
  readonly #options: Required<Pick<PointGraphNetworkOptions, 'inChannels' | 'edgeChannels' | 'velocities' | 'moves'>>

  /** @throws RangeError if there is no layer, or no output. */
  constructor(options: PointGraphNetworkOptions) {
    super()
    const { inChannels = 0, edgeChannels = 0, velocities = false, moves = 'step', hiddenChannels: hidden, layers, outChannels } = options
    if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`PointGraphNetwork: expected at least 1 layer, received ${layers}.`)
    if (outChannels === undefined && moves === 'none')
      throw new RangeError('PointGraphNetwork: expected outChannels or positions that move, received neither.')
    const make = (channels: readonly number[], finalActivation = false): Mlp => new Mlp({ channels, activation: 'silu', finalActivation })
    this.embedding = new Linear({ inChannels: inChannels + (velocities ? 6 : 3), outChannels: hidden })
    this.edgeMlps = Array.from({ length: layers }, () => make([2 * hidden + edgeChannels, hidden, hidden], true))
    this.nodeMlps = Array.from({ length: layers }, () => make([2 * hidden, hidden, hidden]))
    this.readout = outChannels === undefined ? undefined : make([hidden, hidden, outChannels])
    this.step = moves === 'none' ? undefined : make([hidden, hidden, 3])
    this.#options = { inChannels, edgeChannels, velocities, moves }
  }

  /** @throws ShapeError if a shape is another. RangeError if an input is missing, or not expected. */
  forward({ x, positions, velocities, edgeIndex, edgeAttributes }: FramedInputs): FramedOutputs {
    demandInput('PointGraphNetwork.forward', 'x', this.#options.inChannels > 0, x)
    demandInput('PointGraphNetwork.forward', 'velocities', this.#options.velocities, velocities)
    demandInput('PointGraphNetwork.forward', 'features of edges', this.#options.edgeChannels > 0, edgeAttributes)
    demandInput('PointGraphNetwork.forward', 'edgeIndex', true, edgeIndex)
    const { sources, targets, nodes } = edgesOf('PointGraphNetwork.forward', positions, edgeIndex as Tensor)
    const given = [x, positions, velocities].filter((each) => each !== undefined)
    const attributes = edgeAttributes === undefined ? [] : [edgeAttributes]
    const h = this.edgeMlps.reduce(
      (state, edgeMlp, i) => {
        const messages = segmentSum(pairMlp(edgeMlp, state, { targets, sources }, attributes), targets, nodes)
        return add(state, (this.nodeMlps[i] as Mlp).forward(concat([state, messages], -1)))
      },
      this.embedding.forward(concat(given, -1)),
    )
    const moved = this.step?.forward(h)
    return {
      ...(this.readout === undefined ? {} : { y: this.readout.forward(h) }),
      ...(moved === undefined ? {} : { positions: this.#options.moves === 'step' ? add(positions, moved) : moved }),
    }
  }
}
