/**
 * What `symmetrize` does to the accuracy of networks without symmetry: a plain CNN on digits and an MLP on sets, each as it is, made invariant after training,
 * and trained through the symmetrization.
 *
 *     node apps/train/bench/experiments/symmetrize.mjs [--data ../shared/data] [--epochs 4] [--train 6000] [--test 2000] [--seed 1]
 *
 * Build first. Writes results/symmetrize.md. Digits: MNIST, upright in training. Sets: 10 points of the plane in the order in which they were drawn, near first;
 * the class says whether the largest distance of two points is above its median.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { loadOnnx, onnxBackend } from '@equivar/backend-onnx'
import { parseIdx } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { Convolution } from '@equivar/layers-grids'
import { adam, crossEntropy, initialize, Mlp, Module } from '@equivar/nn'
import { symmetrize, symmetrizeOnnx } from '@equivar/symmetrize'
import { input, maxPool, Random, relu, reshape, tensorValue } from '@equivar/tensor'
import { fit, inferenceProgram, lastState, startRun, trainedValues, trainStep } from '@equivar/train'
import { actionSymmetry, parseAction, runToHost } from '@equivar/verify'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    epochs: { type: 'string', default: '4' },
    train: { type: 'string', default: '6000' },
    test: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
})
const [epochs, trainCount, testCount, seed] = [values.epochs, values.train, values.test, values.seed].map(Number)
const backend = onnxBackend({ threads: 1 })

/** 3 x 3 convolutions and an MLP of all positions. */
class Cnn extends Module {
  constructor() {
    super()
    this.convolutions = [
      new Convolution({ dimensions: 2, kernel: 3, padding: 1, inChannels: 1, outChannels: 16 }),
      new Convolution({ dimensions: 2, kernel: 3, padding: 1, inChannels: 16, outChannels: 32 }),
    ]
    this.head = new Mlp({ channels: [32 * 7 * 7, 64, 10] })
  }

  forward(x) {
    const pooled = this.convolutions.reduce((h, layer) => maxPool(relu(layer.forward(h)), { kernel: 2, strides: 2 }), x)
    return this.head.forward(reshape(pooled, [x.shape[0], 32 * 7 * 7]))
  }
}

/** An MLP of all numbers of a set, in the order of its elements. */
class SetMlp extends Module {
  constructor() {
    super()
    this.layers = new Mlp({ channels: [20, 128, 64, 2] })
  }

  forward(x) {
    return this.layers.forward(reshape(x, [x.shape[0], 20]))
  }
}

/** Examples in one flat array. */
function examples(shape, numbers, labels) {
  const width = shape.reduce((a, b) => a * b, 1)
  const rows = (indices) => Array.from(indices)
  return {
    length: labels.length,
    batch: (indices) => ({
      x: tensorValue(
        'float32',
        [indices.length, ...shape],
        Float32Array.from(rows(indices).flatMap((i) => Array.from(numbers.subarray(i * width, (i + 1) * width)))),
      ),
      label: tensorValue(
        'int64',
        [indices.length],
        rows(indices).map((i) => labels[i]),
      ),
    }),
  }
}

function digits(part, count) {
  const read = (name) => parseIdx(gunzipSync(readFileSync(join(values.data, 'mnist', name)))).data
  const images = read(`${part}-images-idx3-ubyte.gz`)
  const labels = read(`${part}-labels-idx1-ubyte.gz`)
  return examples(
    [1, 28, 28],
    Float32Array.from(images.subarray(0, count * 784), (v) => v / 255 - 0.13),
    labels.subarray(0, count),
  )
}

function sets(stream, count) {
  const random = new Random({ seed, stream })
  const numbers = new Float32Array(count * 20)
  const labels = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const points = Array.from({ length: 10 }, () => [random.normal(), random.normal()])
    points.sort(([a, b], [c, d]) => a * a + b * b - c * c - d * d)
    numbers.set(points.flat(), i * 20)
    const distances = points.flatMap(([a, b]) => points.map(([c, d]) => Math.hypot(a - c, b - d)))
    labels[i] = Number(Math.max(...distances) > 3.75)
  }
  return examples([10, 2], numbers, labels)
}

/** Trains a model, of which `call` are the logits, and returns its ONNX file. */
async function trained(module, shape, call, data) {
  const inputs = { x: input('x', 'float32', ['batch', ...shape]), label: input('label', 'int64', ['batch']) }
  const outputs = () => ({ logits: call({ x: inputs.x }).logits })
  const step = trainStep(module, {
    inputs,
    objective: () => ({ loss: crossEntropy(outputs().logits, inputs.label), metrics: {} }),
    optimizer: adam(),
  })
  const state = await lastState(
    fit({ step, backend, train: data, batchSize: 64, seed, schedule: () => 1e-3, epochs, state: startRun(step, initialize(module, seed)) }),
  )
  return exportOnnx(inferenceProgram(module, { inputs: { x: inputs.x }, outputs }), { values: trainedValues(step, state) })
}

const classesOf = ({ shape, data }) =>
  Array.from({ length: shape[0] }, (_, i) => {
    const row = Array.from(data.subarray(i * shape[1], (i + 1) * shape[1]))
    return row.indexOf(Math.max(...row))
  })

/** Accuracy on examples as they are and transformed by one random element each batch, and the share of answers that the transformation changes. */
async function assess(file, data, action) {
  const model = await loadOnnx(file, { threads: 1 })
  const symmetry = actionSymmetry({ inputs: { x: action } }, { samples: 1 })
  const random = new Random({ seed, stream: 'transformations' })
  const counts = { right: 0, transformed: 0, changed: 0 }
  let [time, size] = [0, 50]
  for (let start = 0; start < data.length; start += size) {
    const { x, label } = data.batch(Array.from({ length: Math.min(size, data.length - start) }, (_, i) => start + i))
    const element = symmetry.elements({ x }, random).at(-1)
    const before = process.cpuUsage()
    const given = classesOf((await runToHost(model, { x })).logits)
    const used = process.cpuUsage(before)
    time += used.user + used.system
    const moved = classesOf((await runToHost(model, element.input({ x }))).logits)
    for (const [i, wanted] of Array.from(label.data, Number).entries()) {
      counts.right += Number(given[i] === wanted)
      counts.transformed += Number(moved[i] === wanted)
      counts.changed += Number(given[i] !== moved[i])
    }
  }
  await model.dispose()
  const share = (count) => (100 * count) / data.length
  return { accuracy: share(counts.right), transformed: share(counts.transformed), changed: share(counts.changed), time }
}

const pictures = { Network: Cnn, shape: [1, 28, 28], data: digits, parts: ['train', 't10k'], methods: ['average'] }
const tasks = [
  { ...pictures, name: 'digits, turned by multiples of 90°', text: 'C4 on axes 2 3' },
  { ...pictures, name: 'digits, turned and reflected', text: 'D4 on axes 2 3' },
  {
    name: 'sets of 10 points, reordered',
    Network: SetMlp,
    shape: [10, 2],
    text: 'S10 on axis 1',
    data: sets,
    parts: ['train', 'test'],
    methods: ['frames', 'sample'],
  },
]

const lines = []
const figure = (number) => number.toFixed(1)
for (const { name, Network, shape, text, data, parts, methods } of tasks) {
  const action = parseAction(text)
  const actions = { inputs: { x: action } }
  const [train, test] = [data(parts[0], trainCount), data(parts[1], testCount)]
  const network = new Network()
  const plain = await trained(network, shape, ({ x }) => ({ logits: network.forward(x) }), train)
  const rows = [['as trained', plain]]
  for (const method of methods)
    rows.push([`symmetrized after training, ${method}`, exportOnnx(symmetrizeOnnx(plain, { actions, method }).program)])
  const through = new Network()
  const [method] = methods
  rows.push([
    `trained through it, ${method}`,
    await trained(
      through,
      shape,
      symmetrize(({ x }) => ({ logits: through.forward(x) }), { actions, method }),
      train,
    ),
  ])
  let base
  for (const [label, file] of rows) {
    const { accuracy, transformed, changed, time } = await assess(file, test, action)
    base ??= time
    lines.push([name, label, figure(accuracy), figure(transformed), figure(changed), (time / base).toFixed(2)])
    console.log(lines.at(-1).join(' | '))
  }
}

const head = ['task', 'network', 'accuracy, %', 'on transformed inputs, %', 'answers that change, %', 'time']
const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const note = `Made by \`node apps/train/bench/experiments/symmetrize.mjs --epochs ${epochs} --train ${trainCount} --test ${testCount} --seed ${seed}\`: ${trainCount} training and ${testCount} test examples, ${epochs} epochs; a CNN of two convolutions and an MLP, without any symmetry. Training has upright digits, and sets whose points near the origin come first. Time is processor time of one thread for a test batch of 50, relative to the network as trained.`
writeFileSync(
  fileURLToPath(new URL('../results/symmetrize.md', import.meta.url)),
  `# Networks without symmetry, made invariant by \`symmetrize\`\n\n${note}\n\n${table}\n`,
)
