import { Dss } from '@equivar/layers-dss'
import { EquivariantGraphLinear, Gin } from '@equivar/layers-graphs'
import { CyclicConvolution } from '@equivar/layers-grids'
import { DeepSets } from '@equivar/layers-sets'
import { SphericalNetwork } from '@equivar/layers-sphere'
import { Mlp, Module } from '@equivar/nn'
import {
  concat,
  diagonal,
  type Input,
  input,
  moveAxis,
  Random,
  reduceMean,
  relu,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'

/** A model with inputs of a fixed kind, to be timed. The same models in PyTorch are in `bench/torch_peer.py`. */
export interface Workload {
  readonly name: string
  readonly description: string
  /** Examples in a batch. */
  readonly batch: number
  readonly classes: number
  make(): { readonly module: Module; readonly inputs: Readonly<Record<string, Input>>; readonly target: Input; logits(): Tensor }
  /** A batch of that many random examples. */
  feeds(batch: number): Record<string, TensorValue>
}

/** 2-IGN with means of the diagonal and of all pairs, 8-32-64-64 channels. */
class MeanGraphNetwork extends Module {
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
    const onDiagonal = reduceMean(diagonal(moveAxis(features, 3, 1), 2, 3), { axis: 2 })
    return this.head.forward(concat([onDiagonal, reduceMean(features, { axis: [1, 2] })], 1))
  }
}

/** DSS over circular convolutions, 1-64-64-64 channels, kernel 5, mean over set and time. */
class SignalNetwork extends Module {
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

function normal(shape: readonly number[]): TensorValue {
  const random = new Random({ seed: 1, stream: 'input' })
  return tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )
}

/** Graphs of 15 to 45 nodes with 32 random edges in both directions and one of 37 labels a node, as one disjoint union. */
function sparseBatch(count: number): Record<string, TensorValue> {
  const random = new Random({ seed: 1, stream: 'graphs' })
  const [sources, targets, batch]: [number[], number[], number[]] = [[], [], []]
  for (let graph = 0; graph < count; graph++) {
    const start = batch.length
    const size = 15 + random.integer(31)
    for (let edge = 0; edge < 32; edge++) {
      const [a, b] = [start + random.integer(size), start + random.integer(size)]
      sources.push(a, b)
      targets.push(b, a)
    }
    for (let node = 0; node < size; node++) batch.push(graph)
  }
  const x = new Float32Array(batch.length * 37)
  for (let node = 0; node < batch.length; node++) x[node * 37 + random.integer(37)] = 1
  return {
    x: tensorValue('float32', [batch.length, 37], x),
    edge_index: tensorValue('int64', [2, sources.length], [...sources, ...targets]),
    batch: tensorValue('int64', [batch.length], batch),
    num_graphs: tensorValue('int64', [], [count]),
  }
}

/** A workload whose only data input is `x`. */
function dense(
  given: Pick<Workload, 'name' | 'description' | 'batch' | 'classes'>,
  {
    make,
    shape,
    element,
  }: { make: () => Module & { forward(x: Tensor): Tensor }; shape: readonly (string | number)[]; element: readonly number[] },
): Workload {
  return {
    ...given,
    make: () => {
      const [module, x] = [make(), input('x', 'float32', shape)]
      return { module, inputs: { x }, target: input('target', 'int64', ['batch']), logits: () => module.forward(x) }
    },
    feeds: (batch) => ({ x: normal([batch, ...element]) }),
  }
}

const deepSets = (pool: 'mean' | 'max'): Workload =>
  dense(
    { name: `deepsets-${pool}`, description: `DeepSets 3-256-256-256, ${pool}, 32 sets of 1,000 points`, batch: 32, classes: 40 },
    {
      make: () => new DeepSets({ channels: [3, 256, 256, 256], head: [256], outputs: 40, pool }),
      shape: ['batch', 'n', 3],
      element: [1000, 3],
    },
  )

const graphNetwork = dense(
  { name: 'ign', description: '2-IGN 8-32-64-64, 32 dense graphs of 32 nodes', batch: 32, classes: 2 },
  { make: () => new MeanGraphNetwork(), shape: ['batch', 'n', 'n', 8], element: [32, 32, 8] },
)

const signalNetwork = dense(
  {
    name: 'dss',
    description: 'DSS over circular convolutions 1-64-64-64, kernel 5, 64 sets of 25 signals of length 100',
    batch: 64,
    classes: 3,
  },
  { make: () => new SignalNetwork(), shape: ['batch', 'set', 1, 'length'], element: [25, 1, 100] },
)

const sphericalNetwork = dense(
  {
    name: 's2cnn',
    description: 'spherical CNN 1-20-40, bandwidths 30, 10 and 6, 32 signals of 60 x 60 samples',
    batch: 32,
    classes: 10,
  },
  { make: () => new SphericalNetwork({ outputs: 10 }), shape: ['batch', 1, 60, 60], element: [1, 60, 60] },
)

const messagePassing: Workload = {
  name: 'gin',
  description: 'GIN, 5 layers of 64 channels, 128 graphs of 15 to 45 nodes',
  batch: 128,
  classes: 2,
  make: () => {
    const inputs = {
      x: input('x', 'float32', ['nodes', 37]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
      batch: input('batch', 'int64', ['nodes']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = new Gin({ inChannels: 37, hidden: 64, layers: 5, outputs: 2, dropout: 0, learnEpsilon: true })
    const logits = (): Tensor => module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
    return { module, inputs, target: input('target', 'int64', ['graphs']), logits }
  },
  feeds: sparseBatch,
}

/** What `equivar bench` times. */
export const workloads: readonly Workload[] = [
  deepSets('mean'),
  deepSets('max'),
  graphNetwork,
  messagePassing,
  signalNetwork,
  sphericalNetwork,
]
