import { Dss, poolSet, Siamese, type SignalNetworkName, signalNetwork } from '@equivar/layers-dss'
import { Convolution, CyclicConvolution } from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { input, reduceMean, relu, type Tensor } from '@equivar/tensor'
import type { Facts, ModelKind } from '../model.ts'
import { cyclicShift, elementPermutation } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { predicted } from './regression.ts'

const defaults = { elements: 24, hidden: 64, kernel: 9 }

/**
 * A network for sets of signals: DSS (or Siamese) layers, the mean over the set, cyclic convolutions, the mean over time, and an MLP, with batch norm and
 * relu after every layer. It is fast because it pools early: the later layers process one signal per set.
 */
class SignalNetwork extends Module {
  readonly elements: (Dss | Siamese)[]
  readonly elementNorms: BatchNorm[]
  readonly pooled: CyclicConvolution[]
  readonly pooledNorms: BatchNorm[]
  readonly head: Mlp

  constructor(kind: 'dss' | 'siamese', { elements, hidden, kernel }: typeof defaults, { channels: inChannels, outputs }: Facts) {
    super()
    const convolution = (inChannels: number, outChannels: number): CyclicConvolution =>
      new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel, bias: false })
    const layer = (channels: number): Dss | Siamese =>
      kind === 'siamese'
        ? new Siamese({ own: convolution(channels, elements) })
        : new Dss({ own: convolution(channels, elements), shared: convolution(channels, elements), aggregate: 'mean' })
    this.elements = [layer(inChannels), layer(elements)]
    this.elementNorms = this.elements.map(() => new BatchNorm({ channels: elements, axis: 2 }))
    this.pooled = [convolution(elements, hidden), convolution(hidden, hidden)]
    this.pooledNorms = this.pooled.map(() => new BatchNorm({ channels: hidden, axis: 1 }))
    this.head = new Mlp({ channels: [hidden, 64, outputs] })
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const features = this.elements.reduce(
      (h, layer, i) => relu((this.elementNorms[i] as BatchNorm).forward(layer.forward(h, mask), mask)),
      x,
    )
    const pooled = poolSet(features, 'mean', mask)
    const signals = this.pooled.reduce((h, layer, i) => relu((this.pooledNorms[i] as BatchNorm).forward(layer.forward(h))), pooled)
    return this.head.forward(reduceMean(signals, { axis: -1 }))
  }
}

const signalModel = (kind: 'dss' | 'siamese'): ModelKind<typeof defaults> => ({
  defaults,
  build: (values, facts, goal) => {
    const inputs = { x: input('x', 'float32', ['batch', 'set', facts.channels, 'length']), mask: input('mask', 'bool', ['batch', 'set']) }
    const module = new SignalNetwork(kind, values, encodedFacts(facts))
    const symmetries = [elementPermutation, cyclicShift]
    const target = goal.target('batch', facts.outputs)
    const output = (): Tensor => predicted(module.forward(encoded(inputs.x, facts, -2), inputs.mask), facts.regression)
    return { module, inputs, goal, target, symmetries, output }
  },
})

/** Set size and signal length of the published networks, whose kernels are as long as the signals. */
const [SET, LENGTH] = [25, 100]

/**
 * A published network with about 3.1 million parameters, but with means instead of sums before the last layer and, in DSS, before the shared layer.
 * `kernel` shortens its kernels; 0: as long as the signals.
 *
 * Signals of length 100 become 50, 25 and 13 samples long, so the networks are only approximately invariant to shifts. They are exactly invariant to
 * permutations of the elements, except for the MLP.
 */
const published = (name: SignalNetworkName, width: number): ModelKind<{ readonly width: number; readonly kernel: number }> => ({
  defaults: { width, kernel: 0 },
  build: ({ width: given, kernel }, { outputs }, goal) => {
    const set = name === 'mlp' ? SET : 'set'
    const inputs = { x: input('x', 'float32', ['batch', set, 1, LENGTH]), mask: input('mask', 'bool', ['batch', set]) }
    const module = signalNetwork(name, {
      convolution: (settings) => new Convolution({ dimensions: 1, padding: 'same', paddingMode: 'wrap', ...settings }),
      length: LENGTH,
      set: SET,
      classes: outputs,
      pool: 'mean',
      aggregate: 'mean',
      width: given,
      ...(kernel > 0 ? { kernel } : {}),
    })
    const symmetries = name === 'mlp' ? [] : [elementPermutation]
    const target = goal.target('batch', outputs)
    return { module, inputs, goal, target, symmetries, output: () => module.forward(inputs.x, inputs.mask) }
  },
})

/** The networks of the paper, in their published sizes. */
export const publishedSignalModels: Readonly<Record<string, ModelKind>> = {
  'dss-published': published('dss', 160),
  'siamese-published': published('siamese', 220),
  'aittala-published': published('aittalaDurand', 320),
  'sridhar-published': published('sridhar', 220),
  'siamese-deepsets-published': published('siameseDeepSets', 200),
  'deepsets-published': published('deepSets', 1000),
  'mlp-published': published('mlp', 840),
}

/** Models for sets of signals. */
export const signalModels: Readonly<Record<string, ModelKind>> = {
  dss: signalModel('dss'),
  siamese: signalModel('siamese'),
  ...publishedSignalModels,
}
