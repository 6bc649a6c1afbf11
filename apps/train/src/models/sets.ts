import { Convolution } from '@equivar/layers-grids'
import { DeepSets, DeepSetsLayer, pool } from '@equivar/layers-sets'
import { Linear, Mlp, Module } from '@equivar/nn'
import { add, type Dimension, input, maxPool, mul, product, relu, reshape, squeeze, type Tensor, where } from '@equivar/tensor'
import type { Goal } from '../goals.ts'
import type { Facts, ModelKind, Settings } from '../models.ts'
import { chosenElementPermutation, elementPermutation } from '../symmetry.ts'

/** Side of the images of digits. */
const SIDE = 28

/** Features of each image of a set: two convolutions with pooling, a linear map. [batch, set, 1, 28, 28] to [batch, set, channels]. */
class ImageEncoder extends Module {
  readonly first: Convolution
  readonly second: Convolution
  readonly linear: Linear

  constructor(channels: number) {
    super()
    this.first = new Convolution({ dimensions: 2, inChannels: 1, outChannels: 12, kernel: 5 })
    this.second = new Convolution({ dimensions: 2, inChannels: 12, outChannels: 24, kernel: 5 })
    this.linear = new Linear({ inChannels: 24 * 16, outChannels: channels })
  }

  forward(x: Tensor): Tensor {
    const [batch, set] = x.shape as [Dimension, Dimension]
    const images = reshape(x, [product([batch, set]), 1, SIDE, SIDE])
    const pooled = (h: Tensor): Tensor => maxPool(relu(h), { kernel: [2, 2], strides: 2 })
    const features = pooled(this.second.forward(pooled(this.first.forward(images))))
    return relu(this.linear.forward(reshape(features, [batch, set, 24 * 16])))
  }
}

/** rho(sum phi): each element's features, their sum, a linear map. */
class DigitSum extends Module {
  readonly encoder: ImageEncoder
  readonly phi: Mlp
  readonly rho: Linear

  constructor(hidden: number, outputs: number) {
    super()
    this.encoder = new ImageEncoder(hidden)
    this.phi = new Mlp({ channels: [hidden, 32, 8] })
    this.rho = new Linear({ inChannels: 8, outChannels: outputs, bias: false })
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    return this.rho.forward(squeeze(pool(this.phi.forward(this.encoder.forward(x)), 'sum', mask), -2))
  }
}

/** A score for each image, from itself and from what the set has in common. */
class OddOneOut extends Module {
  readonly encoder: ImageEncoder
  readonly layers: DeepSetsLayer[]
  readonly score: Linear

  constructor(hidden: number) {
    super()
    this.encoder = new ImageEncoder(hidden)
    this.layers = [0, 1].map(() => new DeepSetsLayer({ inChannels: hidden, outChannels: hidden }))
    this.score = new Linear({ inChannels: hidden, outChannels: 1 })
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => relu(layer.forward(h, mask)), this.encoder.forward(x))
    return where(mask, squeeze(this.score.forward(features), -1), -1e9)
  }
}

type SetNetwork = Module & { forward(x: Tensor, mask: Tensor): Tensor }

function setNetwork({ hidden = 0 }: Settings, { channels, element, outputs }: Facts, goal: Goal): SetNetwork {
  if (goal.kind === 'choice') return new OddOneOut(hidden)
  if (element === 'image') return new DigitSum(hidden, outputs)
  const sizes = [channels, hidden, hidden, hidden]
  return goal.kind === 'classes'
    ? new DeepSets({ channels: sizes, head: [hidden], outputs, pool: 'max' })
    : new DeepSets({ channels: sizes, head: [hidden], outputs, pool: 'mean' })
}

const deepsets: ModelKind = {
  defaults: { hidden: 64 },
  build: (settings, facts, goal) => {
    const element = facts.element === 'image' ? [1, SIDE, SIDE] : [facts.channels]
    const inputs = { x: input('x', 'float32', ['batch', 'set', ...element]), mask: input('mask', 'bool', ['batch', 'set']) }
    const module = setNetwork(settings, facts, goal)
    const { offset, scale } = facts.regression ?? { offset: 0, scale: 1 }
    const output = (): Tensor => {
      const y = module.forward(inputs.x, inputs.mask)
      return facts.regression === undefined ? y : add(mul(y, scale), offset)
    }
    const symmetries = [goal.kind === 'choice' ? chosenElementPermutation : elementPermutation]
    return { module, inputs, goal, target: goal.target('batch', facts.outputs), symmetries, output }
  },
}

/** Models of sets of vectors or of images. */
export const setModels: Readonly<Record<string, ModelKind>> = { deepsets }
