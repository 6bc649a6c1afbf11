import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { Dss, poolSet } from '@equivar/layers-dss'
import { Gin } from '@equivar/layers-graphs'
import { Convolution, CyclicConvolution } from '@equivar/layers-grids'
import { initialize, Linear, Mlp, Module, parametersOf } from '@equivar/nn'
import {
  elementCount,
  type Input,
  input,
  maxPool,
  mul,
  program,
  Random,
  reduceMean,
  relu,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'

const exported = (module: Module, inputs: Readonly<Record<string, Input>>, outputs: Record<string, Tensor>, seed: number): Uint8Array =>
  exportOnnx(
    program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) }, outputs, metadata: { task: 'test', model: 'small' } }),
    {
      values: initialize(module, seed),
    },
  )

const signalConvolution = (): CyclicConvolution => new CyclicConvolution({ dimensions: 1, inChannels: 1, outChannels: 8, kernel: 5 })

class Signals extends Module {
  readonly layer = new Dss({ own: signalConvolution(), shared: signalConvolution(), aggregate: 'mean' })
  readonly head = new Mlp({ channels: [8, 8, 3] })

  forward(x: Tensor, mask: Tensor): Tensor {
    return this.head.forward(reduceMean(poolSet(relu(this.layer.forward(x, mask)), 'mean', mask), { axis: -1 }))
  }
}

/** DSS on sets of signals of any length. */
export function signalsModel(seed = 1): Uint8Array {
  const module = new Signals()
  const inputs = { x: input('x', 'float32', ['batch', 'n', 1, 'length']), mask: input('mask', 'bool', ['batch', 'n']) }
  return exported(module, inputs, { logits: module.forward(inputs.x, inputs.mask) }, seed)
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

class Images extends Module {
  readonly convolution = new Convolution({ dimensions: 2, inChannels: 1, outChannels: 4, kernel: 3 })
  readonly head = new Linear({ inChannels: 4, outChannels: 3 })

  forward(x: Tensor): Tensor {
    return this.head.forward(reduceMean(maxPool(relu(this.convolution.forward(x)), { kernel: [2, 2] }), { axis: [-2, -1] }))
  }
}

/** A small convolutional network. */
export function imagesModel(seed = 1): Uint8Array {
  const [module, x] = [new Images(), input('x', 'float32', ['batch', 1, 12, 12])]
  return exported(module, { x }, { logits: module.forward(x) }, seed)
}

/** y = factor x: which version answered can be read from the answer. */
export function scalingModel(factor: number): Uint8Array {
  const x = input('x', 'float32', ['batch', 2])
  return exportOnnx(program({ inputs: { x }, outputs: { y: mul(x, factor) } }))
}

/** Matrix products that take a while for each example: [batch, n] with n = 512. */
export function slowModel(layers = 60): Uint8Array {
  const x = input('x', 'float32', ['batch', 512])
  const module = new Mlp({ channels: Array.from({ length: layers }, () => 512) })
  return exported(module, { x }, { y: module.forward(x) }, 1)
}

/** Writes a model file, folders and all. */
export function writeModel(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

const drawn = (random: Random, shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: elementCount(shape) }, () => random.normal()),
  )
const below = (random: Random, limit: number): number => Math.floor(random.uniform() * limit)

/** A request for each model, its size drawn from the seed. */
export const requests: Readonly<Record<'signals' | 'graphs' | 'images', (seed: number) => Record<string, TensorValue>>> = {
  signals: (seed) => {
    const random = new Random({ seed, stream: 'signals' })
    const shape = [1 + below(random, 3), 1 + below(random, 8)]
    const bits = Array.from({ length: elementCount(shape) }, (_, i) => i === 0 || random.uniform() < 0.8)
    const x = drawn(random, [...shape, 1, random.uniform() < 0.5 ? 8 : 16])
    return random.uniform() < 0.3 ? { x } : { x, mask: tensorValue('bool', shape, bits) }
  },
  graphs: (seed) => {
    const random = new Random({ seed, stream: 'graphs' })
    const [graphs, nodes, edges] = [1 + below(random, 3), 1 + below(random, 9), 1 + below(random, 12)]
    return {
      x: drawn(random, [nodes, 4]),
      edge_index: tensorValue(
        'int64',
        [2, edges],
        Array.from({ length: 2 * edges }, () => below(random, nodes)),
      ),
      batch: tensorValue(
        'int64',
        [nodes],
        Array.from({ length: nodes }, () => below(random, graphs)),
      ),
      num_graphs: tensorValue('int64', [], [graphs]),
    }
  },
  images: (seed) => {
    const random = new Random({ seed, stream: 'images' })
    return { x: drawn(random, [1 + below(random, 3), 1, 12, 12]) }
  },
}
