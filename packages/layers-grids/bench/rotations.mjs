// Measures how much the outputs of random steerable networks change when a picture turns. Run after a build: nice node packages/layers-grids/bench/rotations.mjs
// All networks have three layers of 7 x 7, 5 x 5 and 5 x 5 kernels, one pooling by 2 after the second, and the mean over the positions at the end. C1 is a plain
// convolutional network. The picture, random blobs on 28 x 28 pixels, is sampled at the turned points, so nothing is interpolated. The error is the largest change
// of an output relative to the largest output, the mean of all draws, in float64. Writes rotations.md and rotations.svg beside this file.
import { writeFile } from 'node:fs/promises'
import { initialize, Linear, Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random, reduceMean } from '@equivar/tensor'
import { lineChart } from '../../../apps/train/dist/line-chart.js'
import {
  BlurPool,
  FieldActivation,
  FieldNormActivation,
  FieldPooling,
  irrepFields,
  regularFields,
  SpatialPooling,
  SteerableConvolution,
  scalarFields,
} from '../dist/index.js'

const [SIZE, DRAWS, OUTPUTS] = [28, 4, 6]
const ANGLES = Array.from({ length: 13 }, (_, k) => 7.5 * k)

/** Three convolutions with activations, halved after the second, to the mean over the positions of one invariant per field. */
class Network extends Module {
  constructor(type, activation, pooling) {
    super()
    const layer = (from, kernel) => new SteerableConvolution({ input: from, output: type, kernel, padding: 'same' })
    this.convolutions = [layer(scalarFields(type.group.name, 1), 7), layer(type, 5), layer(type, 5)]
    this.activations = this.convolutions.map(() => activation)
    this.halving = pooling
    this.pooling = new FieldPooling({ type })
    this.head = new Linear({ inChannels: type.fields, outChannels: OUTPUTS })
  }

  forward(x) {
    const features = this.convolutions.reduce((h, convolution, i) => {
      const y = this.activations[i].forward(convolution.forward(h))
      return i === 1 ? this.halving.reduce((z, step) => step.forward(z), y) : y
    }, x)
    return this.head.forward(reduceMean(this.pooling.forward(features), { axis: [2, 3] }))
  }
}

const maximum = [new SpatialPooling({ kernel: 2, group: 'p4m' })]
const blur = [new BlurPool({ filter: 4, group: 'p4m', paddingMode: 'constant' })]
const smooth = [new SpatialPooling({ kernel: 3, stride: 1, padding: 'same', group: 'p4m' }), ...blur]

/** Regular fields, 16 channels in all cases. */
const regular = (group, order, pooling) => {
  const type = regularFields(group, 16 / order)
  return new Network(type, new FieldActivation({ type, activation: 'elu' }), pooling)
}
const irreps = irrepFields('SO(2)', [4, 4, 4])

const networks = [
  ['C1', regular('C1', 1, smooth)],
  ['C4', regular('C4', 4, smooth)],
  ['C8, plain max pooling', regular('C8', 8, maximum)],
  ['C8', regular('C8', 8, smooth)],
  ['C16', regular('C16', 16, smooth)],
  ['SO(2), irreps', new Network(irreps, new FieldNormActivation({ type: irreps }), blur)],
]

/** A picture of random blobs, turned counterclockwise by an angle. */
function picture(seed, angle) {
  const random = new Random({ seed, stream: 'blobs' })
  const spots = Array.from({ length: 6 }, () => [5 * random.normal(), 5 * random.normal(), 1 + random.uniform()])
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const data = Float64Array.from({ length: SIZE * SIZE }, (_, at) => {
    const [up, left] = [(SIZE - 1) / 2 - Math.floor(at / SIZE), (SIZE - 1) / 2 - (at % SIZE)]
    return spots.reduce((sum, [u, l, w]) => sum + Math.exp(-((up - c * u + s * l) ** 2 + (left - s * u - c * l) ** 2) / (2 * w * w)), 0)
  })
  return { dtype: 'float32', shape: [1, 1, SIZE, SIZE], data }
}

/** For each angle, the mean over the draws of the largest relative change of an output. */
function changes(network) {
  const x = input('x', 'float32', [1, 1, SIZE, SIZE])
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(network)) }, outputs: { y: network.forward(x) } })
  const total = ANGLES.map(() => 0)
  for (let seed = 1; seed <= DRAWS; seed++) {
    const values = initialize(network, seed)
    values['head.bias'].data.fill(0)
    const run = (angle) => evaluate(p, { ...values, x: picture(seed, angle) }).y.data
    const upright = run(0)
    const largest = Math.max(...upright.map(Math.abs))
    ANGLES.forEach((degrees, k) => {
      const turned = run((degrees * Math.PI) / 180)
      total[k] += Math.max(...upright.map((v, i) => Math.abs(v - turned[i]))) / largest / DRAWS
    })
  }
  return total
}

const rows = networks.map(([name, network]) => ({ name, errors: changes(network) }))
const percent = (error) => (error < 1e-6 ? error.toExponential(0) : `${(100 * error).toFixed(1)} %`)
const table = [
  `| group | ${ANGLES.map((angle) => `${angle}°`).join(' | ')} |`,
  `|---|${'---|'.repeat(ANGLES.length)}`,
  ...rows.map(({ name, errors }) => `| ${name} | ${errors.map(percent).join(' | ')} |`),
].join('\n')
console.log(table)

const svg = await lineChart({
  x: { title: 'angle, degrees', ticks: ANGLES.filter((_, k) => k % 2 === 0) },
  y: { title: 'change of the outputs, %' },
  series: rows.map(({ name, errors }) => ({ name, points: errors.map((error, k) => ({ x: ANGLES[k], y: 100 * error })) })),
  width: 420,
  height: 300,
})
const heading = `The change of the outputs of random networks when a picture turns, relative to the largest output: the mean of ${DRAWS} draws of weights and picture, in float64.
Positions are halved by the maximum of 3 x 3 windows and a blur, in the plain case by the maximum of 2 x 2 windows, for irreps by a blur alone. Generated by \`rotations.mjs\`.`
await writeFile(new URL('rotations.md', import.meta.url), `${heading}\n\n${table}\n\n![chart of the table](rotations.svg)\n`)
await writeFile(new URL('rotations.svg', import.meta.url), `${svg}\n`)
