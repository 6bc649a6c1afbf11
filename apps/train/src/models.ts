import { CyclicConvolution } from '@equivar/layers-grids'
import { Dss, poolSet, Siamese } from '@equivar/layers-dss'
import { Gin, InvariantGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
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

/** Features of a set of signals: layers with batch norm and relu, then the mean over time and set, then an MLP. */
class SignalClassifier extends Module {
  readonly layers: (Dss | Siamese)[]
  readonly norms: BatchNorm[]
  readonly head: Mlp

  constructor(kind: 'dss' | 'siamese', { hidden = 32, kernel = 9, layers = 3 }: Settings, classes: number) {
    super()
    const make = (inChannels: number, bias: boolean): CyclicConvolution =>
      new CyclicConvolution({ dimensions: 1, inChannels, outChannels: hidden, kernel, bias })
    this.layers = Array.from({ length: layers }, (_, i) => {
      const channels = i === 0 ? 1 : hidden
      if (kind === 'siamese') return new Siamese({ own: make(channels, false) })
      return new Dss({ own: make(channels, false), shared: make(channels, false), aggregate: 'mean' })
    })
    this.norms = this.layers.map(() => new BatchNorm({ channels: hidden, axis: 2 }))
    this.head = new Mlp({ channels: [hidden, 64, classes] })
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const features = this.layers.reduce((h, layer, i) => relu((this.norms[i] as BatchNorm).forward(layer.forward(h, mask), mask)), x)
    return this.head.forward(reduceMean(poolSet(features, 'mean', mask), { axis: -1 }))
  }
}

const targetInput = (shape: string): Input => input('target', 'int64', [shape])

function signalModel(kind: 'dss' | 'siamese', settings: Settings, classes: number): TaskModel {
  const inputs = { x: input('x', 'float32', ['batch', 'set', 1, 'length']), mask: input('mask', 'bool', ['batch', 'set']) }
  const module = new SignalClassifier(kind, settings, classes)
  const symmetries = [elementPermutation, cyclicShift]
  return { module, inputs, target: targetInput('batch'), symmetries, logits: () => module.forward(inputs.x, inputs.mask) }
}

function ginModel({ hidden = 64, layers = 4, dropout = 0.5, learnEpsilon = 0 }: Settings, channels: number, classes: number): TaskModel {
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

function ignModel(_: Settings, channels: number, classes: number): TaskModel {
  const inputs = {
    x: input('x', 'float32', ['batch', 'n', channels]),
    adj: input('adj', 'float32', ['batch', 'n', 'n']),
    mask: input('mask', 'bool', ['batch', 'n']),
  }
  const module = new InvariantGraphNetwork({ inChannels: channels + 1, outputs: classes })
  const logits = (): Tensor => module.forward(pairFeatures(inputs.x, inputs.adj), inputs.mask)
  return { module, inputs, target: targetInput('batch'), symmetries: [densePermutation], logits }
}

/** The name of a model. */
export type ModelName = 'dss' | 'siamese' | 'gin' | 'ign'

/** Builds a model. @param channels - of the input's elements or nodes. */
export function buildModel(name: ModelName, settings: Settings, { channels, classes }: { channels: number; classes: number }): TaskModel {
  if (name === 'gin') return ginModel(settings, channels, classes)
  if (name === 'ign') return ignModel(settings, channels, classes)
  return signalModel(name, settings, classes)
}
