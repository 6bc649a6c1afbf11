import { fillMissing, Mlp, Module } from '@equivar/nn'
import { concat, type Dimension, keepDiagonal, relu, type Tensor, unsqueeze } from '@equivar/tensor'
import { EquivariantGraphLinear } from './graph-linear.ts'
import { diagonalOffDiagonal } from './pair-readout.ts'
import { tupleMask } from './tuple-masks.ts'

/** Options of an InvariantGraphNetwork. */
export interface InvariantGraphNetworkOptions {
  readonly inChannels: number
  /** Channels of the equivariant layers. */
  readonly channels?: readonly number[]
  /** Order k of the tensors between the layers. The input has order 2. */
  readonly order?: number
  /** Channels of the hidden layers after the readout. */
  readonly head?: readonly number[]
  readonly outputs: number
  /** `max`: the largest entries on and off the diagonal, as published, only for order 2; `linear`: all invariant linear maps, for any order. */
  readonly readout?: 'max' | 'linear'
}

/**
 * k-IGN: equivariant layers with relu between tensors of order k, an invariant readout, and an MLP.
 *
 * Law: f(P X P^T) = f(X). The published network has order 2, channels 16-32-256 and head 512-256. A k-IGN separates what the k-WL test separates; on simple
 * graphs, a 2-IGN separates what colour refinement separates.
 *
 * @remarks Cost O(n^k). @throws RangeError if the readout is `max` and the order is not 2.
 * @see Maron, Ben-Hamu, Shamir, Lipman 2019; Maron, Fetaya, Segol, Lipman 2019, On the universality of invariant networks.
 */
export class InvariantGraphNetwork extends Module {
  readonly layers: EquivariantGraphLinear[]
  readonly readout: EquivariantGraphLinear | undefined
  readonly head: Mlp

  constructor(options: InvariantGraphNetworkOptions) {
    super()
    const { inChannels, channels = [16, 32, 256], order = 2, head = [512, 256], outputs } = options
    const { readout = order === 2 ? 'max' : 'linear' } = options
    if (readout === 'max' && order !== 2)
      throw new RangeError(`InvariantGraphNetwork: expected order 2 for the max readout, received ${order}.`)
    const sizes = [inChannels, ...channels]
    this.layers = channels.map(
      (outChannels, i) =>
        new EquivariantGraphLinear({ inputOrder: i === 0 ? 2 : order, outputOrder: order, inChannels: sizes[i] as number, outChannels }),
    )
    const last = sizes[sizes.length - 1] as number
    this.readout =
      readout === 'max'
        ? undefined
        : new EquivariantGraphLinear({ inputOrder: order, outputOrder: 0, inChannels: last, outChannels: 2 * last })
    this.head = new Mlp({ channels: [2 * last, ...head, outputs] })
  }

  /** @param x - float32 [batch, n, n, in]. @param mask - bool [batch, n]. @returns float32 [batch, outputs]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => relu(layer.forward(h, mask)), x)
    return this.head.forward(this.readout?.forward(features, mask) ?? diagonalOffDiagonal(features, 'max', { mask }))
  }
}

/**
 * A graph as a tensor over pairs of nodes: its adjacency (or edge features), concatenated with its node features on the diagonal.
 *
 * @param x - [batch, n, channels]. @param adjacency - [batch, n, n] or [batch, n, n, edge channels].
 * @param mask - bool [batch, n]; entries of missing nodes become 0.
 * @returns float32 [batch, n, n, edge channels + channels].
 */
export function pairFeatures(x: Tensor, adjacency: Tensor, mask?: Tensor): Tensor {
  const edges = adjacency.rank === 3 ? unsqueeze(adjacency, 3) : adjacency
  const nodes = fillMissing(x, mask)
  const kept = fillMissing(edges, mask && tupleMask(mask, 2))
  return concat([kept, keepDiagonal(unsqueeze(nodes, 2), 1, 2, { size: x.shape[1] as Dimension })], 3)
}
