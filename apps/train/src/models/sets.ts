import { Convolution } from '@equivar/layers-grids'
import { DeepSets, DeepSetsLayer, PointNet, pool, SetTransformer } from '@equivar/layers-sets'
import { type Cell, fillMissing, GruCell, isTraining, Linear, LOWEST, LstmCell, Mlp, Module, Recurrent } from '@equivar/nn'
import { type Dimension, input, maxPool, mul, product, reduceMean, relu, reshape, squeeze, type Tensor } from '@equivar/tensor'
import type { Goal } from '../goals.ts'
import type { Facts, ModelKind, Settings } from '../model.ts'
import { chosenElementPermutation, elementPermutation } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { SIDE } from './images.ts'
import { predicted } from './regression.ts'

/** Features of each image of a set by two convolutions with pooling and a linear map: [batch, set, 1, 28, 28] to [batch, set, channels]. */
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

/** rho(sum phi): a linear map of the sum of the elements' features. */
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

/** The baseline without invariance: reads the images as a sequence of at most `longest` images in training. */
class DigitSequence extends Module {
  readonly encoder: ImageEncoder
  readonly sequence: Recurrent
  readonly rho: Linear
  readonly #longest: number

  constructor(hidden: number, outputs: number, cell: Cell, longest: number) {
    super()
    this.encoder = new ImageEncoder(hidden)
    this.sequence = new Recurrent(cell)
    this.rho = new Linear({ inChannels: cell.channels, outChannels: outputs })
    this.#longest = longest
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const read = isTraining() ? { unroll: this.#longest } : {}
    return this.rho.forward(this.sequence.forward(this.encoder.forward(x), mask, read))
  }
}

/** A score for each image, from the image and from the pooled set. */
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
    return fillMissing(squeeze(this.score.forward(features), -1), mask, LOWEST)
  }
}

type SetNetwork = Module & { forward(x: Tensor, mask: Tensor): Tensor }

interface SetModelOptions<Values, Network> {
  /** Whether outputs do not depend on the order of the elements. */
  readonly invariant?: boolean
  /** A term that is added to the loss in training. */
  readonly regularizer?: (network: Network, values: Values, x: Tensor, mask: Tensor) => Tensor
}

const setModel = <Values extends Settings, Network extends SetNetwork>(
  defaults: Values,
  make: (values: Values, facts: Facts, goal: Goal) => Network,
  { invariant = true, regularizer }: SetModelOptions<Values, Network> = {},
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const element = facts.element === 'image' ? [1, SIDE, SIDE] : [facts.channels]
    const [x, mask] = [input('x', 'float32', ['batch', 'set', ...element]), input('mask', 'bool', ['batch', 'set'])]
    const module = make(values, encodedFacts(facts), goal)
    const output = (): Tensor => predicted(module.forward(encoded(x, facts, -1), mask), facts.regression)
    const symmetries = invariant ? [goal.kind === 'choice' ? chosenElementPermutation : elementPermutation] : []
    const regularized = regularizer === undefined ? {} : { regularizer: () => regularizer(module, values, x, mask) }
    return { module, inputs: { x, mask }, goal, target: goal.target('batch', facts.outputs), symmetries, output, ...regularized }
  },
})

const deepsets = setModel({ hidden: 64 }, ({ hidden }, { channels, element, outputs }, goal) => {
  if (goal.kind === 'choice') return new OddOneOut(hidden)
  if (element === 'image') return new DigitSum(hidden, outputs)
  const sizes = [channels, hidden, hidden, hidden]
  return new DeepSets({ channels: sizes, head: [hidden], outputs, pool: goal.kind === 'classes' ? 'max' : 'mean' })
})

/** With a quarter of the published widths. */
const pointnet = setModel(
  { orthogonality: 1e-3, dropout: 0.3 },
  ({ dropout }, { channels, outputs }) => {
    const transforms = { local: [16, 32, 256], head: [128, 64] }
    return new PointNet({ inChannels: channels, outputs, local: [16, 16], global: [16, 32, 256], head: [128, 64], transforms, dropout })
  },
  { regularizer: (network, { orthogonality }, x, mask) => mul(reduceMean(network.regularizer(x, mask)), orthogonality) },
)

/** The set transformer with one seed, which gives one output per set. */
class SetRegressor extends Module {
  readonly transformer: SetTransformer

  constructor(transformer: SetTransformer) {
    super()
    this.transformer = transformer
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    return squeeze(this.transformer.forward(x, mask), 1)
  }
}

const settransformer = setModel({ hidden: 64, heads: 4, inducing: 16 }, ({ hidden, heads, inducing }, { channels, outputs }) => {
  return new SetRegressor(new SetTransformer({ inChannels: channels, outputs, channels: hidden, heads, inducing, decoder: 1 }))
})

const LONGEST = 10
const recurrent = (make: (options: { inChannels: number; channels: number }) => Cell): ModelKind =>
  setModel(
    { hidden: 64, memory: 24 },
    ({ hidden, memory }, { outputs }) => new DigitSequence(hidden, outputs, make({ inChannels: hidden, channels: memory }), LONGEST),
    { invariant: false },
  )

/** Models for sets of vectors or images. */
export const setModels: Readonly<Record<string, ModelKind>> = {
  deepsets,
  pointnet,
  settransformer,
  lstm: recurrent((options) => new LstmCell(options)),
  gru: recurrent((options) => new GruCell(options)),
}
