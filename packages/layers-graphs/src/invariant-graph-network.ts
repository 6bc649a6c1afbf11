import { Mlp, Module } from '@equivar/nn'
import {
  cast,
  concat,
  type Dimension,
  diagonal,
  eyeLike,
  lessOrEqual,
  moveAxis,
  mul,
  reduceMax,
  relu,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { EquivariantGraphLinear, pairMask } from './graph-linear.ts'

/** Stands for minus infinity where nothing exists; finite, so that a product with 0 is 0. */
const LOWEST = -3e38

/**
 * Largest entry on the diagonal and largest entry off it, for each channel.
 *
 * Law: invariant to permutations of the nodes.
 *
 * @param x - float32 [batch, n, n, channels]. @param mask - bool [batch, n].
 * @returns float32 [batch, 2 channels]; 0 where there is no entry (no node; off the diagonal, a single node).
 */
export function diagonalOffDiagonalMax(x: Tensor, mask?: Tensor): Tensor {
  const n = x.shape[1] as Dimension
  const eye = eyeLike(n)
  const off = sub(1, eye)
  const pairs = mask === undefined ? undefined : pairMask(mask)
  const offExists = cast(unsqueeze(pairs === undefined ? unsqueeze(off, 0) : mul(pairs, off), 3), 'bool')
  const diagonals = moveAxis(diagonal(moveAxis(x, 3, 1), 2, 3), 1, 2)
  const onDiagonal = mask === undefined ? diagonals : where(unsqueeze(mask, 2), diagonals, LOWEST)
  const largest = (values: Tensor, axis: readonly number[]): Tensor => {
    const top = reduceMax(values, { axis })
    return where(lessOrEqual(top, LOWEST), 0, top)
  }
  return concat([largest(onDiagonal, [1]), largest(where(offExists, x, LOWEST), [1, 2])], 1)
}

/** Settings of an InvariantGraphNetwork. */
export interface InvariantGraphNetworkOptions {
  readonly inChannels: number
  /** Channels of the equivariant layers. */
  readonly channels?: readonly number[]
  /** Channels of the hidden layers behind the pooling. */
  readonly head?: readonly number[]
  readonly outputs: number
}

/**
 * 2-IGN: equivariant layers of order 2 with relu, the largest entries on and off the diagonal, and an MLP.
 *
 * Law: f(P X P^T) = f(X). As published: channels 16-32-256, head 512-256. On simple graphs it tells apart what colour refinement does, no more.
 *
 * @see Maron, Ben-Hamu, Shamir, Lipman 2019.
 */
export class InvariantGraphNetwork extends Module {
  readonly layers: EquivariantGraphLinear[]
  readonly head: Mlp

  constructor({ inChannels, channels = [16, 32, 256], head = [512, 256], outputs }: InvariantGraphNetworkOptions) {
    super()
    const sizes = [inChannels, ...channels]
    this.layers = channels.map(
      (outChannels, i) => new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 2, inChannels: sizes[i] as number, outChannels }),
    )
    this.head = new Mlp({ channels: [2 * (channels[channels.length - 1] as number), ...head, outputs] })
  }

  /** @param x - float32 [batch, n, n, in]. @param mask - bool [batch, n]. @returns float32 [batch, outputs]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => relu(layer.forward(h, mask)), x)
    return this.head.forward(diagonalOffDiagonalMax(features, mask))
  }
}

/** What an IGN reads of a graph: its adjacency beside its node features on the diagonal. @param x - [batch, n, channels]. @param adjacency - [batch, n, n]. */
export function pairFeatures(x: Tensor, adjacency: Tensor): Tensor {
  const eye = unsqueeze(eyeLike(x.shape[1] as Dimension), 2)
  return concat([unsqueeze(adjacency, 3), mul(unsqueeze(x, 2), eye)], 3)
}
