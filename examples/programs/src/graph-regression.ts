// Learns the Randic index of trees, the sum of 1 / sqrt(degree x degree) over their edges, by message passing. Stop it and start it again: it goes on.
import { existsSync } from 'node:fs'
import { onnxBackend } from '@equivar/backend-onnx'
import { degrees, type Graph, oneHotEncoder, sparseGraphs, splitDataset, undirectedGraph } from '@equivar/datasets'
import { Gin, graphInputs } from '@equivar/layers-graphs'
import { adam, constantRate, initialize, meanSquaredError } from '@equivar/nn'
import { input, Random } from '@equivar/tensor'
import { compileEvaluator, fit, lastState, mae, r2, startRun, trainedValues, trainStep } from '@equivar/train'
import { loadRun, saveRun } from '@equivar/train/node'

const random = new Random({ seed: 1 })
const trees = Array.from({ length: 500 }, () => {
  const edges = Array.from({ length: 4 + random.integer(12) }, (_, i) => [random.integer(i + 1), i + 1] as const)
  return undirectedGraph(edges.length + 1, edges)
})
const randic = (tree: Graph) => {
  const roots = Array.from(degrees(tree), Math.sqrt)
  return tree.edges.sources.reduce((sum, u, e) => sum + 0.5 / ((roots[u] ?? 1) * (roots[tree.edges.targets[e] ?? 0] ?? 1)), 0)
}
const encoder = oneHotEncoder(trees, 'degree')
const data = sparseGraphs({ graphs: trees, y: trees.map(randic) }, { encoder })
const [train, validation, test] = splitDataset(data, [0.8, 0.1, 0.1], { seed: 1 })

const inputs = { ...graphInputs({ channels: encoder.channels }), target: input('target', 'float32', ['graphs', 1]) }
const model = new Gin({ inChannels: encoder.channels, hidden: 16, outputs: 1, layers: 2, dropout: 0 })
const objective = () => {
  const y = model.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
  return { loss: meanSquaredError(y, inputs.target), metrics: { mae: mae(y, inputs.target), r2: r2(y, inputs.target) } }
}
const step = trainStep(model, { inputs, objective, optimizer: adam() })

const { EPOCHS = '60', RUN = 'randic.safetensors' } = process.env
const state = existsSync(RUN) ? await loadRun(RUN, step) : startRun(step, initialize(model, 1))
const settings = { epochs: Number(EPOCHS), batchSize: 32, schedule: constantRate(0.005), patience: 10, keepBest: true, seed: 1 }
const backend = onnxBackend()
export const trained = await lastState(fit({ ...settings, step, backend, train, validation, state }), async (event) => {
  if (event.type !== 'step') await saveRun(RUN, event.state)
  if (event.type === 'epoch') console.log(`epoch ${event.epoch}: error ${event.val.mae.toFixed(3)}, R2 ${event.val.r2.toFixed(3)}`)
})
const evaluator = await compileEvaluator(step, backend)
export const result = await evaluator.evaluate(trainedValues(step, trained), test)
console.log(`test, with the weights of epoch ${trained.best?.epoch}: error ${result.mae.toFixed(3)}, R2 ${result.r2.toFixed(3)}`)
