import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx, inspectOnnx } from '@equivar/export-onnx'
import { Dss, poolSet, selectionScores } from '@equivar/layers-dss'
import { Gcn, Gin, InvariantGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { Convolution, CyclicConvolution } from '@equivar/layers-grids'
import { DeepSets, DeepSetsLayer } from '@equivar/layers-sets'
import { initialize, Linear, Mlp, Module, parametersOf } from '@equivar/nn'
import { type Input, input, maxPool, program, reduceMean, relu, type Tensor, type TensorValue } from '@equivar/tensor'
import { type BatchRecipe, batchRecipe } from '../src/index.ts'

/** A model loaded in ONNX Runtime, and its recipe. */
export interface TestModel {
  readonly recipe: BatchRecipe
  run(feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>
  dispose(): Promise<void>
}

/** The ONNX file of a module with random parameters. */
function exported(
  module: Module,
  inputs: Readonly<Record<string, Input>>,
  outputs: Readonly<Record<string, Tensor>>,
  seed: number,
): Uint8Array {
  const p = program({
    inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) },
    outputs,
    metadata: { task: 'test', model: 'small' },
  })
  return exportOnnx(p, { values: initialize(module, seed) })
}

async function loadModel(file: Uint8Array): Promise<TestModel> {
  const loaded: LoadedOnnx = await loadOnnx(file, { threads: 1 })
  return {
    recipe: batchRecipe(inspectOnnx(file, 'test.onnx')),
    run: async (feeds) => {
      const results: Record<string, TensorValue> = {}
      for (const [name, tensor] of Object.entries(await loaded.run(feeds))) {
        results[name] = { dtype: tensor.dtype, shape: tensor.shape, data: (await tensor.data()) as never }
      }
      return results
    },
    dispose: () => loaded.dispose(),
  }
}

const SEED = 7

const setInputs = (...element: (number | string)[]) => ({
  x: input('x', 'float32', ['batch', 'n', ...element]),
  mask: input('mask', 'bool', ['batch', 'n']),
})

/** DeepSets with an output per set and one per element. */
class SetsWithElements extends Module {
  readonly sets = new DeepSets({ channels: [3, 16, 16], outputs: 2, pool: ['mean', 'max'] })
  readonly layer = new DeepSetsLayer({ inChannels: 3, outChannels: 8 })
  readonly score = new Linear({ inChannels: 8, outChannels: 1 })

  forward(x: Tensor, mask: Tensor): { y: Tensor; scores: Tensor } {
    const scores = selectionScores(this.score.forward(relu(this.layer.forward(x, mask))), mask)
    return { y: this.sets.forward(x, mask), scores }
  }
}

export function deepSets(): Promise<TestModel> {
  const [module, inputs] = [new SetsWithElements(), setInputs(3)]
  return loadModel(exported(module, inputs, module.forward(inputs.x, inputs.mask), SEED))
}

class Signals extends Module {
  readonly layer = new Dss({ own: signalConvolution(), shared: signalConvolution(), aggregate: 'mean' })
  readonly head = new Mlp({ channels: [8, 8, 3] })

  forward(x: Tensor, mask: Tensor): Tensor {
    return this.head.forward(reduceMean(poolSet(relu(this.layer.forward(x, mask)), 'mean', mask), { axis: -1 }))
  }
}

function signalConvolution(): CyclicConvolution {
  return new CyclicConvolution({ dimensions: 1, inChannels: 1, outChannels: 8, kernel: 5 })
}

/** DSS on sets of signals of any length. */
export function signalsModel(seed = 1): Uint8Array {
  const [module, inputs] = [new Signals(), setInputs(1, 'length')]
  return exported(module, inputs, { logits: module.forward(inputs.x, inputs.mask) }, seed)
}

export const signals = (): Promise<TestModel> => loadModel(signalsModel(SEED))

export function invariantGraphs(): Promise<TestModel> {
  const module = new InvariantGraphNetwork({ inChannels: 3, outputs: 2, channels: [8, 8], head: [8] })
  const inputs = { ...setInputs(2), adj: input('adj', 'float32', ['batch', 'n', 'n']) }
  const logits = module.forward(pairFeatures(inputs.x, inputs.adj, inputs.mask), inputs.mask)
  return loadModel(exported(module, inputs, { logits }, SEED))
}

/** GIN on sparse graphs. */
export function graphsModel(seed = 1): Uint8Array {
  const module = new Gin({ inChannels: 4, hidden: 8, layers: 2, outputs: 2 })
  const inputs = {
    x: input('x', 'float32', ['nodes', 4]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
  return exported(module, inputs, { logits: module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs') }, seed)
}

export const isomorphismNetwork = (): Promise<TestModel> => loadModel(graphsModel(SEED))

/** A network with an output per node. */
export function nodeNetwork(): Promise<TestModel> {
  const module = new Gcn({ inChannels: 4, hidden: 8, layers: 2, outputs: 2, dropout: 0 })
  const inputs = { x: input('x', 'float32', ['nodes', 4]), edge_index: input('edge_index', 'int64', [2, 'edges']) }
  return loadModel(exported(module, inputs, { logits: module.forward(inputs.x, inputs.edge_index) }, SEED))
}

class ImageNetwork extends Module {
  readonly convolution = new Convolution({ dimensions: 2, inChannels: 1, outChannels: 4, kernel: 3 })
  readonly head = new Linear({ inChannels: 4, outChannels: 3 })

  forward(x: Tensor): Tensor {
    return this.head.forward(reduceMean(maxPool(relu(this.convolution.forward(x)), { kernel: [2, 2] }), { axis: [-2, -1] }))
  }
}

/** A small convolutional network. */
export function imagesModel(seed = 1): Uint8Array {
  const [module, inputs] = [new ImageNetwork(), { x: input('x', 'float32', ['batch', 1, 12, 12]) }]
  return exported(module, inputs, { logits: module.forward(inputs.x) }, seed)
}

export const images = (): Promise<TestModel> => loadModel(imagesModel(SEED))
