// Compares P4CNN and P4M with plain convolutional networks of |G| x 10 channels on ONNX Runtime. Run after a build: node packages/layers-grids/bench/plane.mjs
// Both compute the same convolutions, so the difference is the cost of building the filters and sharing the norms. Rounds alternate between the two; medians
// are printed. In "infer", weights are constants, as in an exported model. "train" computes the loss and all gradients with batch statistics.
import { setTimeout as pause } from 'node:timers/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { crossEntropy, initialize, parametersOf, trace } from '@equivar/nn'
import { differentiate, input, program, Random, tensorValue } from '@equivar/tensor'
import { GroupEquivariantNetwork } from '../dist/index.js'

const backend = onnxBackend({ threads: Number(process.env.THREADS ?? 2) })
const [ROUNDS, BATCH] = [Number(process.env.ROUNDS ?? 15), 64]
const random = new Random({ seed: 1 })
const images = tensorValue(
  'float32',
  [BATCH, 1, 28, 28],
  Float32Array.from({ length: BATCH * 784 }, () => random.normal()),
)
const target = tensorValue(
  'int64',
  [BATCH],
  Array.from({ length: BATCH }, (_, i) => i % 10),
)
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** The executable to time, and its feeds. */
async function side(network, train) {
  const x = input('x', 'float32', ['batch', 1, 28, 28])
  const values = initialize(network, 1)
  const parameters = Object.fromEntries(parametersOf(network))
  if (!train) {
    const p = program({ inputs: { x, ...parameters }, outputs: { y: network.forward(x) } })
    return { executable: await backend.compile(p, { values }), feeds: { x: images } }
  }
  const label = input('target', 'int64', ['batch'])
  const { result: y } = trace({ training: true }, () => crossEntropy(network.forward(x), label))
  const gradients = differentiate(
    y,
    Object.values(parameters).filter(({ trainable }) => trainable),
  )
  const outputs = { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) }
  const p = program({ inputs: { x, target: label, ...parameters }, outputs })
  return { executable: await backend.compile(p), feeds: { x: images, target, ...values } }
}

for (const [group, order] of [
  ['p4', 4],
  ['p4m', 8],
]) {
  for (const train of [false, true]) {
    const sides = [
      await side(new GroupEquivariantNetwork({ group, outputs: 10 }), train),
      await side(new GroupEquivariantNetwork({ group: 'p1', channels: 10 * order, outputs: 10 * order }), train),
    ].map((one) => ({ ...one, times: [] }))
    for (let round = 0; round <= ROUNDS; round++)
      // The order alternates, because the previous run affects the next one.
      for (const { executable, feeds, times } of round % 2 === 0 ? sides : sides.toReversed()) {
        // The threads of a session keep spinning for a while after a run.
        await pause(15)
        const started = performance.now()
        const outputs = await executable.run(feeds)
        await outputs.y.data()
        if (round > 0) times.push(performance.now() - started)
        for (const output of Object.values(outputs)) output.dispose()
      }
    const [own, plain] = sides.map(({ times }) => median(times))
    const ratio = (own / plain).toFixed(2)
    console.log(`${group}, ${train ? 'train' : 'infer'}: ${own.toFixed(1)} ms; plain ${plain.toFixed(1)} ms; ratio ${ratio}`)
    for (const { executable } of sides) await executable.dispose()
  }
}
