import {
  CanonicalCoordinates,
  Convolution,
  type CoordinateSystemName,
  EquivariantTransformer,
  GroupEquivariantNetwork,
  type GroupEquivariantNetworkOptions,
  SteerableNetwork,
} from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { type Dimension, input, maxPool, relu, reshape, type Tensor } from '@equivar/tensor'
import type { Facts, ModelKind, Settings } from '../model.ts'
import { quarterTurn, reflection, type TaskSymmetry } from '../symmetry.ts'

/** Side of the images of digits. */
export const SIDE = 28

/** A network for images; `pose` is its estimate of the parameter of a transformation. */
type ImageNetwork = Module & { forward(x: Tensor): Tensor; pose?(x: Tensor): Tensor }

const imageModel = <Values extends Settings>(
  defaults: Values,
  symmetries: readonly TaskSymmetry[],
  make: (values: Values, facts: Facts) => ImageNetwork,
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const x = input('x', 'float32', ['batch', facts.channels, SIDE, SIDE])
    const module = make(values, facts)
    const target = goal.target('batch', facts.outputs)
    const pose = module.pose === undefined ? {} : { pose: module.pose.bind(module, x) }
    return { module, inputs: { x }, goal, target, symmetries, output: () => module.forward(x), ...pose }
  },
})

const planeModel = (
  defaults: { readonly channels: number; readonly dropout: number },
  symmetries: readonly TaskSymmetry[],
  options: Pick<GroupEquivariantNetworkOptions, 'group' | 'groupPooling'>,
): ModelKind =>
  imageModel(defaults, symmetries, (values, { channels: inChannels, outputs }) => {
    return new GroupEquivariantNetwork({ ...options, ...values, inChannels, outputs })
  })

/** Two convolutions with batch norm, relu and pooling, and an MLP. [batch, channels, 28, 28] to [batch, outputs]. */
class PlainClassifier extends Module {
  readonly convolutions: Convolution[]
  readonly norms: BatchNorm[]
  readonly head: Mlp

  constructor(inChannels: number, channels: number, outputs: number) {
    super()
    const sizes = [inChannels, channels, 2 * channels]
    this.convolutions = sizes
      .slice(1)
      .map((outChannels, i) => new Convolution({ dimensions: 2, inChannels: sizes[i] as number, outChannels, kernel: 5 }))
    this.norms = sizes.slice(1).map((size) => new BatchNorm({ channels: size, axis: 1 }))
    this.head = new Mlp({ channels: [2 * channels * 16, 4 * channels, outputs] })
  }

  forward(x: Tensor): Tensor {
    const features = this.convolutions.reduce(
      (h, layer, i) => maxPool(relu((this.norms[i] as BatchNorm).forward(layer.forward(h))), { kernel: [2, 2], strides: 2 }),
      x,
    )
    return this.head.forward(reshape(features, [features.shape[0] as Dimension, -1]))
  }
}

/** Cells along the transformation and across it. */
const GRID = { u: 48, v: 32 }
/** For a perspective, u = 1 / x diverges at the middle of the image. The inner quarter is left out; a digit has few pixels there, and they hardly move. */
const RANGES: Readonly<Partial<Record<CoordinateSystemName, readonly [number, number]>>> = { perspectiveX: [1, 4] }

/** An equivariant transformer, which undoes the transformation, followed by the plain network. */
class TransformedClassifier extends Module {
  readonly transformer: EquivariantTransformer
  readonly classifier: PlainClassifier

  constructor({ channels: inChannels, outputs, transformation }: Facts, channels: number, predictor: number) {
    super()
    if (transformation === undefined) throw new RangeError('TransformedClassifier: expected facts with a transformation, received none.')
    const uRange = RANGES[transformation]
    const coordinates = new CanonicalCoordinates({ system: transformation, ...GRID, ...(uRange === undefined ? {} : { uRange }) })
    this.transformer = new EquivariantTransformer({ coordinates, inChannels, channels: [predictor, predictor] })
    this.classifier = new PlainClassifier(inChannels, channels, outputs)
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.transformer.forward(x).image)
  }

  /** The estimated parameter, float32 [batch, 1]. */
  pose(x: Tensor): Tensor {
    return this.transformer.forward(x).pose
  }
}

/** Models for images: the published ones for rotated MNIST, the plain network, and the equivariant transformer in front of it. */
export const imageModels: Readonly<Record<string, ModelKind>> = {
  p4cnn: planeModel({ channels: 10, dropout: 0 }, [quarterTurn], { group: 'p4' }),
  z2cnn: planeModel({ channels: 20, dropout: 0.3 }, [], { group: 'p1' }),
  'p4cnn-rotation-pooling': planeModel({ channels: 20, dropout: 0 }, [quarterTurn], { group: 'p4', groupPooling: 'everyLayer' }),
  p4mcnn: planeModel({ channels: 10, dropout: 0 }, [quarterTurn, reflection], { group: 'p4m' }),
  'c8-steerable': imageModel({ dropout: 0 }, [quarterTurn], ({ dropout }, { channels: inChannels, outputs }) => {
    return new SteerableNetwork({ group: 'C8', inChannels, outputs, dropout })
  }),
  etn: imageModel({ channels: 24, predictor: 16 }, [], ({ channels, predictor }, facts) => {
    return new TransformedClassifier(facts, channels, predictor)
  }),
  cnn: imageModel({ channels: 24 }, [], ({ channels }, facts) => new PlainClassifier(facts.channels, channels, facts.outputs)),
}
