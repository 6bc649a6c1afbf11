import { Dss, eachElement, poolElements, poolSet } from '@equivar/layers-dss'
import { EquivariantGraphLinear, Gin } from '@equivar/layers-graphs'
import { Convolution, CyclicConvolution, GroupEquivariantNetwork } from '@equivar/layers-grids'
import { DeepSets } from '@equivar/layers-sets'
import { SphericalNetwork } from '@equivar/layers-sphere'
import { Linear, Mlp, Module } from '@equivar/nn'
import {
  concat,
  diagonal,
  type Input,
  input,
  maxPool,
  Random,
  reduceMean,
  relu,
  squeeze,
  Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'

/** A model with inputs of a fixed kind, to be timed. The same models in PyTorch are in `bench/peers/torch_peer.py`. */
export interface Workload {
  readonly name: string
  readonly description: string
  /** Examples in a batch. */
  readonly batch: number
  /** Outputs, by name, and the number of classes of each: the loss is the sum of their cross-entropies. */
  readonly classes: Readonly<Record<string, number>>
  make(): {
    readonly module: Module
    readonly inputs: Readonly<Record<string, Input>>
    /** The dimension that examples are counted by. */
    readonly examples: 'batch' | 'graphs'
    outputs(): Readonly<Record<string, Tensor>>
  }
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
    const onDiagonal = reduceMean(diagonal(features, 1, 2), { axis: 2 })
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

/** DSS over images, c-32-64-64 channels, 3 x 3, pooled after the first two; a score for each image, and classes from the mean over the set. */
class ImageNetwork extends Module {
  readonly layers: Dss[]
  readonly score: Linear
  readonly classes: Linear

  constructor(inChannels: number) {
    super()
    const sizes = [inChannels, 32, 64, 64]
    this.layers = sizes.slice(1).map((outChannels, i) => {
      const convolution = (bias: boolean): Convolution =>
        new Convolution({ dimensions: 2, inChannels: sizes[i] as number, outChannels, kernel: 3, padding: 1, bias })
      return new Dss({ own: convolution(true), shared: convolution(false), aggregate: 'mean' })
    })
    this.score = new Linear({ inChannels: 64, outChannels: 1 })
    this.classes = new Linear({ inChannels: 64, outChannels: 10 })
  }

  forward(x: Tensor): Record<string, Tensor> {
    const halved = (h: Tensor): Tensor => eachElement({ forward: (images) => maxPool(images, { kernel: [2, 2], strides: 2 }) }, h)
    const features = this.layers.reduce((h, layer, i) => (i < 2 ? halved(relu(layer.forward(h))) : relu(layer.forward(h))), x)
    const elements = poolElements(features, 'mean', [-2, -1])
    return { scores: squeeze(this.score.forward(elements), -1), logits: this.classes.forward(poolSet(elements, 'mean')) }
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

const outputsOf = (y: Tensor | Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> =>
  y instanceof Tensor ? { logits: y } : y

/** A workload whose only data input is `x`. */
function dense(
  given: Pick<Workload, 'name' | 'description' | 'batch' | 'classes'>,
  {
    make,
    shape,
    element,
  }: {
    make: () => Module & { forward(x: Tensor): Tensor | Readonly<Record<string, Tensor>> }
    shape: readonly (string | number)[]
    element: readonly number[]
  },
): Workload {
  return {
    ...given,
    make: () => {
      const [module, x] = [make(), input('x', 'float32', shape)]
      return { module, inputs: { x }, examples: 'batch', outputs: () => outputsOf(module.forward(x)) }
    },
    feeds: (batch) => ({ x: normal([batch, ...element]) }),
  }
}

const deepSets = (pool: 'mean' | 'max'): Workload =>
  dense(
    {
      name: `deepsets-${pool}`,
      description: `DeepSets 3-256-256-256, ${pool}, 32 sets of 1,000 points`,
      batch: 32,
      classes: { logits: 40 },
    },
    {
      make: () => new DeepSets({ channels: [3, 256, 256, 256], head: [256], outputs: 40, pool }),
      shape: ['batch', 'n', 3],
      element: [1000, 3],
    },
  )

const graphNetwork = dense(
  { name: 'ign', description: '2-IGN 8-32-64-64, 32 dense graphs of 32 nodes', batch: 32, classes: { logits: 2 } },
  { make: () => new MeanGraphNetwork(), shape: ['batch', 'n', 'n', 8], element: [32, 32, 8] },
)

const signalNetwork = dense(
  {
    name: 'dss',
    description: 'DSS over circular convolutions 1-64-64-64, kernel 5, 64 sets of 25 signals of length 100',
    batch: 64,
    classes: { logits: 3 },
  },
  { make: () => new SignalNetwork(), shape: ['batch', 'set', 1, 100], element: [25, 1, 100] },
)

const sphericalNetwork = dense(
  {
    name: 's2cnn',
    description: 'spherical CNN 1-20-40, bandwidths 30, 10 and 6, 32 signals of 60 x 60 samples',
    batch: 32,
    classes: { logits: 10 },
  },
  { make: () => new SphericalNetwork({ outputs: 10 }), shape: ['batch', 1, 60, 60], element: [1, 60, 60] },
)

const messagePassing: Workload = {
  name: 'gin',
  description: 'GIN, 5 layers of 64 channels, 128 graphs of 15 to 45 nodes',
  batch: 128,
  classes: { logits: 2 },
  make: () => {
    const inputs = {
      x: input('x', 'float32', ['nodes', 37]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
      batch: input('batch', 'int64', ['nodes']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = new Gin({ inChannels: 37, hidden: 64, layers: 5, outputs: 2, dropout: 0, learnEpsilon: true })
    const logits = (): Tensor => module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
    return { module, inputs, examples: 'graphs', outputs: () => ({ logits: logits() }) }
  },
  feeds: sparseBatch,
}

const imageSets = (channels: number, side: number): Workload =>
  dense(
    {
      name: `dss-images-${side}`,
      description: `DSS over convolutions ${channels}-32-64-64, 8 sets of 10 images ${channels} x ${side} x ${side}`,
      batch: 8,
      classes: { scores: 10, logits: 10 },
    },
    {
      make: () => new ImageNetwork(channels),
      shape: ['batch', 'set', channels, side, side],
      element: [10, channels, side, side],
    },
  )

const planeGroup = (group: 'p4' | 'p4m'): Workload =>
  dense(
    {
      name: `${group}cnn`,
      description: `${group.toUpperCase()}CNN as published, 7 layers of 10 channels, 64 images of 28 x 28`,
      batch: 64,
      classes: { logits: 10 },
    },
    { make: () => new GroupEquivariantNetwork({ group, outputs: 10 }), shape: ['batch', 1, 28, 28], element: [1, 28, 28] },
  )

/** What `equivar bench` times. */
export const workloads: readonly Workload[] = [
  deepSets('mean'),
  deepSets('max'),
  graphNetwork,
  messagePassing,
  signalNetwork,
  imageSets(3, 64),
  imageSets(1, 28),
  planeGroup('p4'),
  planeGroup('p4m'),
  sphericalNetwork,
]
