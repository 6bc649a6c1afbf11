import { Dss, eachElement, poolElements, poolSet } from '@equivar/layers-dss'
import { EquivariantGraphLinear, GatLayer, GcnLayer, MessagePassing } from '@equivar/layers-graphs'
import { Convolution, CyclicConvolution } from '@equivar/layers-grids'
import { Linear, Mlp, Module } from '@equivar/nn'
import { concat, diagonal, maxPool, reduceMean, relu, squeeze, type Tensor } from '@equivar/tensor'

/** 2-IGN with means of the diagonal and of all pairs, 8-32-64-64 channels. */
export class MeanGraphNetwork extends Module {
  readonly layers: EquivariantGraphLinear[]
  readonly head: Mlp

  constructor() {
    super()
    const sizes = [8, 32, 64, 64]
    this.layers = sizes
      .slice(1)
      .map((outChannels, i) => new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 2, inChannels: sizes[i] as number, outChannels }))
    this.head = new Mlp({ channels: [128, 256, 2] })
  }

  forward(x: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => relu(layer.forward(h)), x)
    const onDiagonal = reduceMean(diagonal(features, 1, 2), { axis: 2 })
    return this.head.forward(concat([onDiagonal, reduceMean(features, { axis: [1, 2] })], 1))
  }
}

/** DSS over circular convolutions, 1-64-64-64 channels, kernel 5, mean over set and time. */
export class SignalNetwork extends Module {
  readonly layers: Dss[]
  readonly head: Mlp

  constructor() {
    super()
    const convolution = (inChannels: number, outChannels: number, bias: boolean): CyclicConvolution =>
      new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel: 5, bias })
    const sizes = [1, 64, 64, 64]
    this.layers = sizes.slice(1).map((out, i) => {
      const channels = sizes[i] as number
      return new Dss({ own: convolution(channels, out, true), shared: convolution(channels, out, false), aggregate: 'mean' })
    })
    this.head = new Mlp({ channels: [64, 64, 3] })
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(
      reduceMean(
        this.layers.reduce((h, layer) => relu(layer.forward(h)), x),
        { axis: [1, 3] },
      ),
    )
  }
}

/** DSS over images, c-32-64-64 channels, 3 x 3, pooled after the first two; a score for each image, and classes from the mean over the set. */
export class ImageNetwork extends Module {
  readonly layers: Dss[]
  readonly score: Linear
  readonly classes: Linear

  constructor(inChannels: number) {
    super()
    const sizes = [inChannels, 32, 64, 64]
    this.layers = sizes.slice(1).map((outChannels, i) => {
      const convolution = (bias: boolean): Convolution =>
        new Convolution({ dimensions: 2, inChannels: sizes[i] as number, outChannels, kernel: 3, padding: 1, bias })
      return new Dss({ own: convolution(true), shared: convolution(false), aggregate: 'mean' })
    })
    this.score = new Linear({ inChannels: 64, outChannels: 1 })
    this.classes = new Linear({ inChannels: 64, outChannels: 10 })
  }

  forward(x: Tensor): Record<string, Tensor> {
    const halved = (h: Tensor): Tensor => eachElement({ forward: (images) => maxPool(images, { kernel: [2, 2], strides: 2 }) }, h)
    const features = this.layers.reduce((h, layer, i) => (i < 2 ? halved(relu(layer.forward(h))) : relu(layer.forward(h))), x)
    const elements = poolElements(features, 'mean', [-2, -1])
    return { scores: squeeze(this.score.forward(elements), -1), logits: this.classes.forward(poolSet(elements, 'mean')) }
  }
}

/** One layer of message passing: the sum of neighbours after a linear map, a GCN layer, or a GAT layer of 8 heads. */
export class MessageNetwork extends Module {
  readonly linear: Linear | undefined
  readonly layer: MessagePassing | GcnLayer | GatLayer

  constructor(kind: 'sum' | 'gcn' | 'gat', channels: number) {
    super()
    this.linear = kind === 'sum' ? new Linear({ inChannels: channels, outChannels: channels }) : undefined
    this.layer =
      kind === 'sum'
        ? new MessagePassing()
        : kind === 'gcn'
          ? new GcnLayer({ inChannels: channels, outChannels: channels })
          : new GatLayer({ inChannels: channels, outChannels: channels / 8, heads: 8 })
  }

  forward(x: Tensor, edgeIndex: Tensor): Tensor {
    return this.layer.forward(this.linear === undefined ? x : this.linear.forward(x), edgeIndex)
  }
}
