// Draws filters and features of a trained network as its input turns. Run after a build: node apps/train/bench/experiments/features.mjs
// The network has a lifting convolution and a group convolution of p4, four channels each, and learns to tell four letters of 3 x 3 cells on 14 x 14 pixels apart,
// upright ones only, in 1,500 steps. Above: the four filters of the lifting convolution, in the four poses that the layer makes of each. Below: a letter, turned by
// right angles, and what the second layer says of it: the channel that says most, in each of the four orientations. From column to column the maps turn with the letter and
// move on by one orientation. Writes results/features.svg, and prints the largest difference from that law and the accuracy on turned letters.
import { writeFile } from 'node:fs/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { GroupConvolution, GroupPooling, LiftingConvolution } from '@equivar/layers-grids'
import { adam, constantRate, crossEntropy, initialize, Linear, Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random, reduceMax, relu, tensorValue } from '@equivar/tensor'
import { fit, lastState, startRun, trainedValues, trainStep } from '@equivar/train'

const [SIDE, CELL, CHANNELS, KERNEL, BATCH] = [14, 3, 4, 5, 32]
const letters = ['X..X..XXX', 'XXX.X..X.', 'X.XX.XXXX', 'XX..X..XX']

class Network extends Module {
  constructor() {
    super()
    const settings = { group: 'p4', outChannels: CHANNELS, kernel: KERNEL, padding: 'same' }
    this.lifting = new LiftingConvolution({ ...settings, inChannels: 1 })
    this.second = new GroupConvolution({ ...settings, inChannels: CHANNELS })
    this.pooling = new GroupPooling()
    this.head = new Linear({ inChannels: CHANNELS, outChannels: letters.length })
  }

  features(x) {
    return relu(this.second.forward(relu(this.lifting.forward(x))))
  }

  forward(x) {
    return this.head.forward(reduceMax(this.pooling.forward(this.features(x)), { axis: [2, 3] }))
  }
}

/** A letter with its upper left corner at that pixel, with some noise. */
function imageOf(letter, down, right, noise) {
  const inked = (i, j) => i >= 0 && j >= 0 && i < 3 && j < 3 && letters[letter][3 * i + j] === 'X'
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE]
    return Number(inked(Math.floor((row - down) / CELL), Math.floor((column - right) / CELL))) + noise()
  })
}

/** Turns a square picture by a right angle, counterclockwise. */
const turned = (pixels) => Float32Array.from(pixels, (_, at) => pixels[(at % SIDE) * SIDE + SIDE - 1 - Math.floor(at / SIDE)])

const random = new Random({ seed: 1 })
const most = SIDE - 3 * CELL
const drawn = Array.from({ length: 800 }, (_, i) => ({
  label: i % letters.length,
  pixels: imageOf(i % letters.length, random.integer(most + 1), random.integer(most + 1), () => 0.2 * random.normal()),
}))
const batch = (indices) => ({
  x: tensorValue('float32', [indices.length, 1, SIDE, SIDE], Array.from(indices, (i) => [...drawn[i].pixels]).flat()),
  target: tensorValue(
    'int64',
    [indices.length],
    Array.from(indices, (i) => drawn[i].label),
  ),
})

const network = new Network()
const [x, target] = [input('x', 'float32', ['batch', 1, SIDE, SIDE]), input('target', 'int64', ['batch'])]
const objective = () => ({ loss: crossEntropy(network.forward(x), target) })
const step = trainStep(network, { inputs: { x, target }, objective, optimizer: adam() })
const settings = { epochs: 60, batchSize: BATCH, schedule: constantRate(5e-3), seed: 1, backend: onnxBackend({ threads: 1 }) }
const state = await lastState(
  fit({ ...settings, step, train: { length: drawn.length, batch }, state: startRun(step, initialize(network, 1)) }),
)
const values = trainedValues(step, state)

const parameters = Object.fromEntries(parametersOf(network))
const model = program({ inputs: { x, ...parameters }, outputs: { features: network.features(x), logits: network.forward(x) } })
const run = (pixels) => evaluate(model, { ...values, x: tensorValue('float32', [1, 1, SIDE, SIDE], pixels) })

const right = drawn.filter(({ label, pixels }, i) => {
  const { data } = run(i % 2 === 0 ? turned(pixels) : turned(turned(turned(pixels)))).logits
  return data.indexOf(Math.max(...data)) === label
})
const turns = [imageOf(0, 2, 3, () => 0)]
while (turns.length < 4) turns.push(turned(turns.at(-1)))
const maps = turns.map((pixels) => run(pixels).features.data)
/** The map of a channel in an orientation. */
const mapOf = (features, channel, orientation) =>
  features.subarray((4 * channel + orientation) * SIDE ** 2, (4 * channel + orientation + 1) * SIDE ** 2)
let worst = 0
for (let turn = 1; turn < 4; turn++)
  for (let c = 0; c < CHANNELS; c++)
    for (let h = 0; h < 4; h++) {
      const expected = turned(mapOf(maps[turn - 1], c, (h + 3) % 4))
      const found = mapOf(maps[turn], c, h)
      for (const [i, value] of expected.entries()) worst = Math.max(worst, Math.abs(value - found[i]))
    }
console.log(
  `largest difference from the law: ${worst.toExponential(1)}; ${((100 * right.length) / drawn.length).toFixed(1)} % of turned letters right`,
)

/** A picture of numbers as squares: negative ones blue, positive ones orange. */
function tile(numbers, side, place, size, top) {
  const cells = Array.from(numbers, (value, at) => {
    const strength = Math.min(1, Math.abs(value) / top)
    if (strength < 0.02) return ''
    const [left, down, cell] = [place.x + ((at % side) * size) / side, place.y + (Math.floor(at / side) * size) / side, size / side]
    return `<rect x="${left.toFixed(1)}" y="${down.toFixed(1)}" width="${cell.toFixed(1)}" height="${cell.toFixed(1)}" fill="${value < 0 ? '#3b6fb5' : '#d9682c'}" fill-opacity="${strength.toFixed(2)}"/>`
  })
  return `<rect x="${place.x}" y="${place.y}" width="${size}" height="${size}" fill="none" stroke="#8a90a3"/>${cells.join('')}`
}
const label = (at, down, text) => `<text x="${at}" y="${down}" font-family="sans-serif" font-size="11" fill="#777">${text}</text>`
const largest = (numbers) => numbers.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-9)

const weights = Object.entries(values).find(([name]) => /^lifting\.weight$/.test(name))[1].data
let filters = Array.from({ length: CHANNELS }, (_, c) => Array.from({ length: KERNEL ** 2 }, (_, i) => weights[KERNEL ** 2 * c + i]))
const filterRows = [0, 1, 2, 3].map((turn) => {
  const row = filters.map((filter, c) => tile(filter, KERNEL, { x: 60 + 44 * c, y: 24 + 44 * turn }, 38, largest(weights))).join('')
  filters = filters.map((filter) => filter.map((_, at) => filter[(at % KERNEL) * KERNEL + KERNEL - 1 - Math.floor(at / KERNEL)]))
  return row + label(6, 47 + 44 * turn, `${90 * turn}°`)
})
const strongest = Array.from({ length: CHANNELS }, (_, c) => largest(maps[0].subarray(4 * c * SIDE ** 2, 4 * (c + 1) * SIDE ** 2)))
/** How much of the pictures a channel fills: the one that is drawn says most. */
const filled = strongest.map(
  (top, c) => maps[0].subarray(4 * c * SIDE ** 2, 4 * (c + 1) * SIDE ** 2).reduce((sum, value) => sum + value, 0) / top,
)
const channel = filled.indexOf(Math.max(...filled))
const columns = turns.map((pixels, turn) => {
  const at = 290 + 92 * turn
  const features = [0, 1, 2, 3].map((h) => tile(mapOf(maps[turn], channel, h), SIDE, { x: at, y: 116 + 88 * h }, 80, strongest[channel]))
  return tile(pixels, SIDE, { x: at, y: 24 }, 80, 1) + features.join('')
})
const orientations = [0, 1, 2, 3].map((h) => label(664, 160 + 88 * h, `orientation ${h}`)).join('')
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 480" width="740" height="480" role="img" aria-label="Filters in four poses, and features that turn with the letter"><!-- made by apps/train/bench/experiments/features.mjs -->${label(60, 14, 'filters of the first layer')}${filterRows.join('')}${label(290, 14, 'a letter, turned, and the second layer’s answer')}${label(664, 68, 'input')}${columns.join('')}${orientations}</svg>\n`
await writeFile(new URL('../results/features.svg', import.meta.url), svg)
