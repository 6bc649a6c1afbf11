// The cost of a training step by bandwidth: node packages/layers-sphere/bench/cost.mjs, after a build, on an idle machine.
// A network b-b-b/2 of 1-8-8 channels with relu, 8 signals a batch: forward, cross-entropy, backward and Adam on ONNX Runtime, the bandwidths by turns, medians
// of the turns. The slope is that of the logarithms, by least squares. Writes cost.md and cost.svg beside this file.
import { writeFile } from 'node:fs/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { adam, crossEntropy, initialize } from '@equivar/nn'
import { input, Random, tensorValue } from '@equivar/tensor'
import { initialState, trainStep } from '@equivar/train'
import { lineChart } from '../../../apps/train/dist/line-chart.js'
import { SphericalNetwork } from '../dist/index.js'

const BANDWIDTHS = [8, 12, 16, 24, 32]
const [TURNS, SIGNALS, OUTPUTS] = [9, 8, 10]
const backend = onnxBackend({ threads: Number(process.env.THREADS ?? 2) })

async function stepOf(b) {
  const network = new SphericalNetwork({ bandwidths: [b, b, b / 2], channels: [1, 8, 8], outputs: OUTPUTS })
  const inputs = { x: input('x', 'float32', [SIGNALS, 1, 2 * b, 2 * b]), target: input('target', 'int64', [SIGNALS]) }
  const objective = () => ({ loss: crossEntropy(network.forward(inputs.x), inputs.target) })
  const step = trainStep(network, { inputs, objective, optimizer: adam() })
  const compiled = await backend.compile(step.program)
  const random = new Random({ seed: b, stream: 'cost' })
  const x = Float32Array.from({ length: SIGNALS * 4 * b * b }, () => random.normal())
  const batch = {
    x: tensorValue('float32', [SIGNALS, 1, 2 * b, 2 * b], x),
    target: tensorValue(
      'int64',
      [SIGNALS],
      Array.from({ length: SIGNALS }, (_, i) => i % OUTPUTS),
    ),
    learning_rate: tensorValue('float32', [], [1e-3]),
    seed: tensorValue('int64', [], [1]),
  }
  let state = initialState(step, initialize(network, 1))
  return async () => {
    const started = performance.now()
    const outputs = await compiled.run({ ...batch, ...state })
    await outputs.loss.data()
    const taken = performance.now() - started
    state = Object.fromEntries(step.state.map(({ input: name, output }) => [name, outputs[output]]))
    return taken
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const steps = []
for (const b of BANDWIDTHS) steps.push(await stepOf(b))
for (const step of steps) await step()
const times = BANDWIDTHS.map(() => [])
for (let turn = 0; turn < TURNS; turn++) for (const [i, step] of steps.entries()) times[i].push(await step())
const medians = times.map(median)

const [xs, ys] = [BANDWIDTHS.map(Math.log), medians.map(Math.log)]
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
const slope = mean(xs.map((x, i) => (x - mean(xs)) * (ys[i] - mean(ys)))) / mean(xs.map((x) => (x - mean(xs)) ** 2))

const table = [
  `| b | ${BANDWIDTHS.join(' | ')} |`,
  `|---|${'---|'.repeat(BANDWIDTHS.length)}`,
  `| training step, ms | ${medians.map((ms) => ms.toPrecision(3)).join(' | ')} |`,
].join('\n')
const said = `The step grows as b^${slope.toFixed(2)} from b = ${BANDWIDTHS[0]} to ${BANDWIDTHS.at(-1)}.`
console.log(`${table}\n\n${said}`)
const fourth = BANDWIDTHS.map((b) => ({ x: b, y: medians[0] * (b / BANDWIDTHS[0]) ** 4 }))
const svg = await lineChart({
  x: { title: 'bandwidth b', scale: 'log', ticks: BANDWIDTHS },
  y: { title: 'training step, ms', scale: 'log' },
  series: [
    { name: 'measured', points: medians.map((y, i) => ({ x: BANDWIDTHS[i], y })) },
    { name: 'b^4 from the first', points: fourth },
  ],
})
const heading = `A training step of a network b-b-b/2 of 1-8-8 channels with relu, 8 signals a batch: median of ${TURNS}, 2 cores. Made by \`cost.mjs\`.`
await writeFile(new URL('cost.md', import.meta.url), `${heading}\n\n${table}\n\n${said}\n\n![the same as a chart](cost.svg)\n`)
await writeFile(new URL('cost.svg', import.meta.url), `${svg}\n`)
