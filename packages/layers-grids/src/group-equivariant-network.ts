import { BatchNorm, Dropout, Module } from '@equivar/nn'
import { reduceMax, relu, type Tensor } from '@equivar/tensor'
import { GroupConvolution, LiftingConvolution } from './group-convolution.ts'
import { GroupPooling } from './group-pooling.ts'
import type { PointGroupName } from './point-group.ts'
import { SpatialPooling } from './pooling.ts'

/** Options of GroupEquivariantNetwork. */
export interface GroupEquivariantNetworkOptions {
  /**
   * `p4` and `p4m` as published; `p1` is a plain convolutional network (Z2CNN, published with 20 channels). Groups of space take volumes; `C1` is a plain network
   * for these.
   */
  readonly group: PointGroupName
  readonly inChannels?: number
  /** The channels of each hidden layer. Each channel has |G| orientations. */
  readonly channels?: number
  readonly outputs: number
  /** The side of the kernel of each layer. */
  readonly kernels?: readonly number[]
  /** The layers, counted from 1, that are followed by max pooling of windows of 2 along each axis. */
  readonly poolAfter?: readonly number[]
  /** `end`: pool over group and positions after the last layer. `everyLayer`: pool over the group after every layer, so that each layer lifts an image. */
  readonly groupPooling?: 'end' | 'everyLayer'
  /** The dropout rate after each hidden layer. */
  readonly dropout?: number
}

/**
 * A network of group convolutions with batch norm and relu, max pooling between layers, and max pooling over group and positions at the end.
 *
 * Law: the outputs are invariant under the point group about the centre of the image or volume.
 * The defaults are the published P4CNN: seven layers (3 x 3 kernels, the last 4 x 4) of 10 channels, pooling after the second, no padding, sizes
 * 28-26-24-12-10-8-6-4-1. With 10 outputs it has 24,680 (p4) or 49,080 (p4m) parameters. P4CNN with rotation pooling is `everyLayer` with 20 channels.
 *
 * Batch norm has one scale, one offset and one set of statistics per channel, shared over group and positions.
 *
 * @throws ShapeError in `forward` if a known size and a pooling break the law; the error names the nearest valid sizes.
 * @see Cohen, Welling 2016, "Group equivariant convolutional networks", section 8.1.
 */
export class GroupEquivariantNetwork extends Module {
  readonly layers: (LiftingConvolution | GroupConvolution)[]
  readonly norms: BatchNorm[]
  readonly #pooling: SpatialPooling
  readonly #groupPooling: GroupPooling | undefined
  readonly #poolAfter: ReadonlySet<number>
  readonly #dropout: Dropout

  constructor(options: GroupEquivariantNetworkOptions) {
    super()
    const { group, inChannels = 1, channels = 10, outputs, groupPooling = 'end', dropout = 0 } = options
    const { kernels = [3, 3, 3, 3, 3, 3, 4], poolAfter = [2] } = options
    if (kernels.length < 1) throw new RangeError('GroupEquivariantNetwork: expected at least one kernel, received none.')
    const unknown = poolAfter.find((layer) => !Number.isInteger(layer) || layer < 1 || layer >= kernels.length)
    if (unknown !== undefined) {
      throw new RangeError(`GroupEquivariantNetwork: expected poolAfter from 1 to ${kernels.length - 1}, received ${unknown}.`)
    }
    const everyLayer = groupPooling === 'everyLayer'
    this.layers = kernels.map((kernel, i) => {
      const last = i === kernels.length - 1
      const settings = { group, kernel, inChannels: i === 0 ? inChannels : channels, outChannels: last ? outputs : channels }
      return i === 0 || everyLayer ? new LiftingConvolution(settings) : new GroupConvolution(settings)
    })
    this.norms = kernels.slice(1).map(() => new BatchNorm({ channels, axis: 1 }))
    this.#pooling = new SpatialPooling({ kernel: 2, group })
    this.#groupPooling = everyLayer ? new GroupPooling() : undefined
    this.#poolAfter = new Set(poolAfter)
    this.#dropout = new Dropout({ rate: dropout })
  }

  /**
   * @param x - float32 [batch, inChannels, height, width], or [batch, inChannels, depth, height, width] for a group of space.
   * @returns logits, float32 [batch, outputs].
   */
  forward(x: Tensor): Tensor {
    const scores = this.layers.reduce((h, layer, i) => {
      const y = layer.forward(h)
      const norm = this.norms[i]
      return norm === undefined ? y : this.#between(relu(norm.forward(y)), i + 1)
    }, x)
    return reduceMax(scores, { axis: scores.shape.map((_, axis) => axis).slice(2) })
  }

  #between(h: Tensor, layer: number): Tensor {
    const image = this.#groupPooling?.forward(h) ?? h
    return this.#dropout.forward(this.#poolAfter.has(layer) ? this.#pooling.forward(image) : image)
  }
}
