// Run by mpi-training.test.ts, alone and under launchers: 50 steps of the networks that are named, or of all, by as many ranks as there are. Rank 0 prints
// the losses.
import { onnxBackend } from '@equivar/backend-onnx'
import { denseGraphs, signals, sparseGraphs, undirectedGraph } from '@equivar/datasets'
import { signalNetwork } from '@equivar/layers-dss'
import { Gin, InvariantGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { Convolution } from '@equivar/layers-grids'
import { openMpi } from '@equivar/mpi'
import { crossEntropy, initialize, sgd } from '@equivar/nn'
import { input, Random } from '@equivar/tensor'
import { fit, lastState, startRun, trainStep } from '@equivar/train'

const ranks = openMpi()

/** Rings with chords of different sizes; the class is whether there are many chords. */
const random = new Random({ seed: 3 })
const graphs = Array.from({ length: 60 }, (_, i) => {
  const nodes = 4 + random.integer(9)
  /** @type {(readonly [number, number])[]} */
  const ring = Array.from({ length: nodes }, (_, a) => [a, (a + 1) % nodes])
  /** @type {(readonly [number, number])[]} */
  const chords = i % 2 === 0 ? [] : Array.from({ length: nodes - 3 }, (_, a) => [a, a + 2])
  return { ...undirectedGraph(nodes, [...ring, ...chords]), tags: Int32Array.from({ length: nodes }, () => random.integer(3)) }
})
const set = { name: 'rings', graphs, labels: Int32Array.from(graphs, (_, i) => i % 2), classes: ['few', 'many'] }

const gin = () => {
  const inputs = {
    x: input('x', 'float32', ['nodes', 3]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    target: input('target', 'int64', ['graphs']),
  }
  const model = new Gin({ inChannels: 3, outputs: 2, layers: 2, dropout: 0.5 })
  return { model, inputs, train: sparseGraphs(set), output: () => model.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs') }
}

const ign = () => {
  const inputs = {
    x: input('x', 'float32', ['batch', 'n', 3]),
    adj: input('adj', 'float32', ['batch', 'n', 'n']),
    mask: input('mask', 'bool', ['batch', 'n']),
    target: input('target', 'int64', ['batch']),
  }
  const model = new InvariantGraphNetwork({ inChannels: 4, outputs: 2, channels: [8, 16], head: [16] })
  return {
    model,
    inputs,
    train: denseGraphs(set),
    output: () => model.forward(pairFeatures(inputs.x, inputs.adj, inputs.mask), inputs.mask),
  }
}

const dss = () => {
  const [set, length] = [6, 40]
  const inputs = {
    x: input('x', 'float32', ['batch', 'set', 1, length]),
    mask: input('mask', 'bool', ['batch', 'set']),
    target: input('target', 'int64', ['batch']),
  }
  /** @type {import('@equivar/layers-dss').SignalNetworkOptions['convolution']} */
  const convolution = (settings) => new Convolution({ dimensions: 1, padding: 'same', paddingMode: 'wrap', ...settings })
  const model = signalNetwork('dss', { convolution, length, set, classes: 3, width: 8, kernel: 9, pool: 'mean', aggregate: 'mean' })
  const { train } = signals({ train: 60, validation: 1, test: 1, setSize: set, smallestSetSize: 3, length })
  return { model, inputs, train, output: () => model.forward(inputs.x, inputs.mask) }
}

const [, , ...names] = process.argv

/** @type {Record<string, number[]>} */
const losses = {}
for (const [name, make] of Object.entries({ gin, ign, dss })) {
  if (names.length > 0 && !names.includes(name)) continue
  const { model, inputs, train, output } = make()
  const objective = () => ({ loss: crossEntropy(output(), inputs.target) })
  const step = trainStep(model, { inputs, objective, optimizer: sgd({ momentum: 0.9 }), clipNorm: 1 })
  const state = startRun(step, initialize(model, 1))
  const backend = onnxBackend({ threads: 1 })
  /** @type {number[]} */
  const own = []
  losses[name] = own
  // 60 examples in batches of 7: neither 2, 3 nor 4 ranks divide them, and the last has 4.
  const options = { step, backend, train, epochs: 6, batchSize: 7, schedule: () => 1e-3, seed: 2, state, ranks }
  await lastState(fit(options), (event) => {
    if (event.type === 'step' && own.length < 50) own.push(event.loss)
  })
}
if (ranks.rank === 0) console.log(JSON.stringify(losses))
await ranks.finalize()
