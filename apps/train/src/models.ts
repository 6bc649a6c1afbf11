import { Dss, poolSet, Siamese } from '@equivar/layers-dss'
import { Gin, InvariantGraphNetwork, ProvablyPowerfulGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { CyclicConvolution } from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { type Input, input, reduceMean, relu, type Tensor } from '@equivar/tensor'
import { cyclicShift, densePermutation, elementPermutation, type Symmetry, sparsePermutation } from './symmetry.ts'

/** A model of a task: its inputs, and the logits as an expression of them. */
export interface TaskModel {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly target: Input
  readonly symmetries: readonly Symmetry[]
  logits(): Tensor
}

/** Settings of models: numbers by name, as `--set` gives them. */
export type Settings = Readonly<Record<string, number>>

interface SignalSettings {
  readonly elements: number
  readonly hidden: number
  readonly kernel: number
}

const signalSettings: SignalSettings = { elements: 24, hidden: 64, kernel: 9 }
/** The name of a model. */
export type ModelName = 'dss' | 'siamese' | 'gin' | 'ign' | 'ppgn'

interface GinSettings {
  readonly hidden: number
  readonly layers: number
  readonly dropout: number
  readonly learnEpsilon: number
}

const ginSettings: GinSettings = { hidden: 64, layers: 4, dropout: 0.5, learnEpsilon: 0 }

interface PpgnSettings {
  readonly width: number
  readonly blocks: number
  readonly depth: number
}

/** As published but for the width, 400 there. */
const ppgnSettings: PpgnSettings = { width: 32, blocks: 3, depth: 2 }

/** What may be set of a model, with the values that hold if nothing is set. */
export function defaultSettings(name: ModelName): Settings {
  if (name === 'gin') return { ...ginSettings }
  if (name === 'ppgn') return { ...ppgnSettings }
  return name === 'ign' ? {} : { ...signalSettings }
}

/**
 * Sets of signals: DSS (or Siamese) layers on the elements, the mean over the set, cyclic convolutions on what is left, the mean over time, an MLP.
 * Batch norm and relu behind every layer. Pooling early is what keeps it fast: the later layers see one signal a set.
 */
class SignalClassifier extends Module {
  readonly elements: (Dss | Siamese)[]
  readonly elementNorms: BatchNorm[]
  readonly pooled: CyclicConvolution[]
  readonly pooledNorms: BatchNorm[]
  readonly head: Mlp

  constructor(kind: 'dss' | 'siamese', { elements, hidden, kernel }: SignalSettings, classes: number) {
    super()
    const convolution = (inChannels: number, outChannels: number): CyclicConvolution =>
      new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel, bias: false })
    const layer = (channels: number): Dss | Siamese =>
      kind === 'siamese'
        ? new Siamese({ own: convolution(channels, elements) })
        : new Dss({ own: convolution(channels, elements), shared: convolution(channels, elements), aggregate: 'mean' })
    this.elements = [layer(1), layer(elements)]
    this.elementNorms = this.elements.map(() => new BatchNorm({ channels: elements, axis: 2 }))
    this.pooled = [convolution(elements, hidden), convolution(hidden, hidden)]
    this.pooledNorms = this.pooled.map(() => new BatchNorm({ channels: hidden, axis: 1 }))
    this.head = new Mlp({ channels: [hidden, 64, classes] })
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

const targetInput = (shape: string): Input => input('target', 'int64', [shape])

function signalModel(kind: 'dss' | 'siamese', settings: SignalSettings, classes: number): TaskModel {
  const inputs = { x: input('x', 'float32', ['batch', 'set', 1, 'length']), mask: input('mask', 'bool', ['batch', 'set']) }
  const module = new SignalClassifier(kind, settings, classes)
  const symmetries = [elementPermutation, cyclicShift]
  return { module, inputs, target: targetInput('batch'), symmetries, logits: () => module.forward(inputs.x, inputs.mask) }
}

function ginModel({ hidden, layers, dropout, learnEpsilon }: GinSettings, channels: number, classes: number): TaskModel {
  const inputs = {
    x: input('x', 'float32', ['nodes', channels]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
  const module = new Gin({ inChannels: channels, hidden, layers, outputs: classes, dropout, learnEpsilon: learnEpsilon !== 0 })
  const logits = (): Tensor => module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
  return { module, inputs, target: targetInput('graphs'), symmetries: [sparsePermutation], logits }
}

function pairModel(make: (inChannels: number) => Module & { forward(x: Tensor, mask: Tensor): Tensor }, channels: number): TaskModel {
  const inputs = {
    x: input('x', 'float32', ['batch', 'n', channels]),
    adj: input('adj', 'float32', ['batch', 'n', 'n']),
    mask: input('mask', 'bool', ['batch', 'n']),
  }
  const module = make(channels + 1)
  const logits = (): Tensor => module.forward(pairFeatures(inputs.x, inputs.adj, inputs.mask), inputs.mask)
  return { module, inputs, target: targetInput('batch'), symmetries: [densePermutation], logits }
}

const ppgn = ({ width, blocks, depth }: PpgnSettings, inChannels: number, outputs: number): ProvablyPowerfulGraphNetwork =>
  new ProvablyPowerfulGraphNetwork({ inChannels, channels: Array.from({ length: blocks }, () => width), depth, outputs })

/** Builds a model. @param given - settings that differ from the model's own. @param channels - of the input's elements or nodes. */
export function buildModel(name: ModelName, given: Settings, { channels, classes }: { channels: number; classes: number }): TaskModel {
  if (name === 'gin') return ginModel({ ...ginSettings, ...given }, channels, classes)
  if (name === 'ign') return pairModel((inChannels) => new InvariantGraphNetwork({ inChannels, outputs: classes }), channels)
  if (name === 'ppgn') return pairModel((inChannels) => ppgn({ ...ppgnSettings, ...given }, inChannels, classes), channels)
  return signalModel(name, { ...signalSettings, ...given }, classes)
}
