import { Convolution } from '@equivar/layers-grids'
import { SphericalNetwork } from '@equivar/layers-sphere'
import { Linear, Mlp, Module } from '@equivar/nn'
import { concat, type Dimension, input, mul, relu, reshape, segmentSum, type Tensor } from '@equivar/tensor'
import type { Facts, ModelKind, Settings } from '../model.ts'
import { atomPermutation, sphereRotation, type TaskSymmetry } from '../symmetry.ts'
import { predicted } from './regression.ts'

/** The default bandwidth. */
const BANDWIDTH = 30

type SphereModule = Module & { forward(x: Tensor): Tensor }

/** The published proportions: bandwidths b, b / 3 and b / 5, channels c, w and 2 w. */
const proportions = (bandwidth: number, channels: number, width: number): { bandwidths: number[]; channels: number[] } => ({
  bandwidths: [bandwidth, Math.max(2, Math.round(bandwidth / 3)), Math.max(2, Math.round(bandwidth / 5))],
  channels: [channels, width, 2 * width],
})

const sphereModel = <Values extends Settings>(
  defaults: Values,
  make: (values: Values, facts: Required<Pick<Facts, 'bandwidth' | 'channels' | 'outputs'>>) => SphereModule,
  symmetries: readonly TaskSymmetry[],
): ModelKind<Values> => ({
  defaults,
  build: (values, { bandwidth = BANDWIDTH, channels, outputs }, goal) => {
    const inputs = { x: input('x', 'float32', ['batch', channels, 2 * bandwidth, 2 * bandwidth]) }
    const module = make(values, { bandwidth, channels, outputs })
    const target = goal.target('batch', outputs)
    return { module, inputs, goal, target, symmetries, output: () => module.forward(inputs.x) }
  },
})

/** The spherical network of a signal, multiplied by a fixed gain. */
class AmplifiedNetwork extends Module {
  readonly network: SphericalNetwork
  readonly #gain: number

  constructor(network: SphericalNetwork, gain: number) {
    super()
    this.network = network
    this.#gain = gain
  }

  forward(x: Tensor): Tensor {
    return this.network.forward(mul(x, this.#gain))
  }
}

type SphericalSettings = {
  readonly width: number
  readonly oversampling: number
  /** Default: the value for training. */
  readonly inferenceOversampling?: number
  readonly gain: number
  /** 1 to normalize the invariant features, 0 otherwise. */
  readonly normalization?: number
}

/**
 * The spherical network. The published initial weights are small and meant for grey values up to 255, which the authors' code does not rescale; hence the
 * gain. Outputs change by up to 2 % under rotations.
 */
const spherical = (defaults: SphericalSettings): ModelKind<SphericalSettings> =>
  sphereModel(
    defaults,
    ({ width, oversampling, inferenceOversampling = oversampling, gain, normalization = 0 }, { bandwidth, channels, outputs }) => {
      const network = new SphericalNetwork({
        ...proportions(bandwidth, channels, width),
        outputs,
        oversampling: { training: oversampling, inference: inferenceOversampling },
        normalization: normalization > 0,
      })
      return new AmplifiedNetwork(network, gain)
    },
    [sphereRotation(0.02)],
  )

/** The published network at bandwidth 30: 154,550 weights for ten classes. Inference uses a finer grid than training; without it, rotations change outputs by 3 %. */
const s2cnn = spherical({ width: 20, oversampling: 1, inferenceOversampling: 1.5, gain: 255 })

/**
 * The same network with normalized invariant features: 154,630 weights. It learns in one epoch what the published network learns in five. Normalization
 * amplifies small differences, so inference uses an even finer grid.
 */
const s2cnnNormalized = spherical({ width: 20, oversampling: 1, inferenceOversampling: 2, gain: 255, normalization: 1 })

/** For lower bandwidths, where relu aliases too much on grids of the published proportions: uses grids twice as fine. */
const s2cnnFine = spherical({ width: 20, oversampling: 2, gain: 255 })

/** Side of an image after a convolution with stride 2. */
const halved = (side: number): number => Math.ceil(side / 2)

/** A plain convolutional network that treats the samples as an image: three 5 x 5 convolutions with stride 2 and a linear map. */
class PlanarNetwork extends Module {
  readonly convolutions: Convolution[]
  readonly head: Linear
  readonly #features: number

  constructor(side: number, channels: readonly number[], outputs: number) {
    super()
    this.convolutions = channels.slice(1).map((outChannels, i) => {
      const inChannels = channels[i] as number
      return new Convolution({ dimensions: 2, inChannels, outChannels, kernel: 5, stride: 2, padding: 'same' })
    })
    const last = this.convolutions.reduce(halved, side)
    this.#features = (channels.at(-1) as number) * last * last
    this.head = new Linear({ inChannels: this.#features, outChannels: outputs })
  }

  forward(x: Tensor): Tensor {
    const features = this.convolutions.reduce((h, convolution) => relu(convolution.forward(h)), x)
    return this.head.forward(reshape(features, [x.shape[0] as Dimension, this.#features]))
  }
}

/** With about as many weights as the published spherical network: 155,192 at bandwidth 30 for ten classes. */
const planar = sphereModel(
  { hidden: 32, last: 46 },
  ({ hidden, last }, { bandwidth, channels, outputs }) => new PlanarNetwork(2 * bandwidth, [channels, hidden, 2 * hidden, last], outputs),
  [],
)

/** A number for each atom: an MLP of rotation-invariant features of its surroundings and of its element. */
class AtomNetwork extends Module {
  readonly sphere: AmplifiedNetwork
  readonly head: Mlp

  constructor(
    { width, hidden, gain }: { width: number; hidden: number; gain: number },
    { bandwidth, channels, outputs }: Required<Pick<Facts, 'bandwidth' | 'channels' | 'outputs'>>,
  ) {
    super()
    const bandwidths = [bandwidth, Math.max(2, Math.round(bandwidth / 2)), Math.max(2, Math.round(bandwidth / 3))]
    this.sphere = new AmplifiedNetwork(new SphericalNetwork({ bandwidths, channels: [channels, width, 2 * width], outputs: hidden }), gain)
    this.head = new Mlp({ channels: [hidden + channels, hidden, outputs] })
  }

  forward(x: Tensor, elements: Tensor): Tensor {
    return this.head.forward(concat([relu(this.sphere.forward(x)), elements], 1))
  }
}

const atomDefaults = { width: 12, hidden: 32, gain: 1 }

/** The energy of a molecule as a sum over its atoms, from the signal around each atom. A smaller version of Cohen et al. 2018. */
const s2atoms: ModelKind<typeof atomDefaults> = {
  defaults: atomDefaults,
  build: ({ width, hidden, gain }, { channels, outputs, bandwidth = 10, regression }, goal) => {
    const inputs = {
      x: input('x', 'float32', ['atoms', channels, 2 * bandwidth, 2 * bandwidth]),
      elements: input('elements', 'float32', ['atoms', channels]),
      batch: input('batch', 'int64', ['atoms']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = new AtomNetwork({ width, hidden, gain }, { bandwidth, channels, outputs })
    const ofMolecules = (atoms: Tensor): Tensor => segmentSum(atoms, inputs.batch, 'graphs')
    const output = (): Tensor =>
      predicted(ofMolecules(module.forward(inputs.x, inputs.elements)), regression, () => ofMolecules(inputs.elements))
    const target = goal.target('graphs', outputs)
    return { module, inputs, goal, target, symmetries: [atomPermutation, sphereRotation(1e-3)], output }
  },
}

/** Models for signals on the sphere. */
export const sphereModels: Readonly<Record<string, ModelKind>> = {
  s2cnn,
  's2cnn-normalized': s2cnnNormalized,
  's2cnn-fine': s2cnnFine,
  planar,
  s2atoms,
}
