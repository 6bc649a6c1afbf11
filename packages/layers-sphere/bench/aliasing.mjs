// Measures the invariance error of networks by bandwidth and oversampling. Run after a build: nice node packages/layers-sphere/bench/aliasing.mjs
// The network b-b-b/2 has 1-4-4 channels, relu, the mean over SO(3) and a linear map without bias. Weights are random; signals are random, of full bandwidth,
// and rotated exactly by their spectra. The error is the largest change of an output relative to the largest output, the worst of all draws, in float32 on ONNX
// Runtime. "products" uses Clebsch-Gordan products of spectra instead of relu. Writes aliasing.md and aliasing.svg beside this file.
import { writeFile } from 'node:fs/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { seededRandom } from '@equivar/groups'
import { initialize, Linear, Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random } from '@equivar/tensor'
import { lineChart } from '../../../apps/train/dist/line-chart.js'
import {
  ClebschGordanProduct,
  DegreeLinear,
  randomRotation,
  rotateSphereSignal,
  SphericalNetwork,
  spherePowerSpectrum,
  sphereSignal,
  sphereSpectrum,
} from '../dist/index.js'

const BANDWIDTHS = [4, 6, 8, 12, 16]
const OVERSAMPLINGS = [1, 1.25, 1.5, 2, 3]
const [DRAWS, ROTATIONS, OUTPUTS] = [3, 3, 6]
const backend = onnxBackend({ threads: Number(process.env.THREADS ?? 2) })

/** A network that is invariant up to rounding: two Clebsch-Gordan products of the spectrum with itself, then the power spectrum. */
class ProductNetwork extends Module {
  constructor(degrees) {
    super()
    this.lift = new DegreeLinear({ degrees, inChannels: 1, outChannels: 2 })
    this.products = [0, 1].map(() => new ClebschGordanProduct({ degrees, channels: 2 }))
    this.head = new Linear({ inChannels: 2 * degrees, outChannels: OUTPUTS })
    this.degrees = degrees
  }

  forward(x) {
    const spectrum = this.lift.forward(sphereSpectrum(x, { degrees: this.degrees }))
    const features = this.products.reduce((h, product) => product.forward(h, h), spectrum)
    return this.head.forward(spherePowerSpectrum(features))
  }
}

/** A random signal with all degrees that the grid can represent. */
function signal(b, seed) {
  const random = new Random({ seed, stream: 'aliasing' })
  const s = input('s', 'float32', [b * b, 1, 1])
  const data = Float64Array.from({ length: b * b }, () => random.normal())
  return evaluate(program({ inputs: [s], outputs: { x: sphereSignal(s, { bandwidth: b }) } }), { s: { ...s, shape: [b * b, 1, 1], data } })
    .x.data
}

/** The largest relative change of the outputs under rotations. */
async function change(network, b) {
  const x = input('x', 'float32', [1, 1, 2 * b, 2 * b])
  const compiled = await backend.compile(
    program({ inputs: { x, ...Object.fromEntries(parametersOf(network)) }, outputs: { y: network.forward(x) } }),
  )
  let worst = 0
  for (let seed = 1; seed <= DRAWS; seed++) {
    const values = { ...initialize(network, seed), 'head.bias': { dtype: 'float32', shape: [OUTPUTS], data: new Float32Array(OUTPUTS) } }
    const run = async (data) => {
      const { y } = await compiled.run({ ...values, x: { dtype: 'float32', shape: [1, 1, 2 * b, 2 * b], data: Float32Array.from(data) } })
      return await y.data()
    }
    const samples = signal(b, seed)
    const plain = await run(samples)
    const uniform = seededRandom(seed)
    for (let k = 0; k < ROTATIONS; k++) {
      const turned = await run(rotateSphereSignal(samples, b, randomRotation(uniform)))
      worst = Math.max(worst, Math.max(...plain.map((v, i) => Math.abs(v - turned[i]))) / Math.max(...plain.map(Math.abs)))
    }
  }
  await compiled.dispose()
  return worst
}

const rows = []
for (const oversampling of OVERSAMPLINGS) {
  const errors = []
  for (const b of BANDWIDTHS)
    errors.push(await change(new SphericalNetwork({ bandwidths: [b, b, b / 2], channels: [1, 4, 4], outputs: OUTPUTS, oversampling }), b))
  rows.push({ name: `relu, oversampling ${oversampling}`, errors })
}
const products = []
for (const b of BANDWIDTHS) products.push(await change(new ProductNetwork(Math.min(b, 8)), b))
rows.push({ name: 'Clebsch-Gordan products, up to 8 degrees', errors: products })

const table = [
  `| largest relative change | ${BANDWIDTHS.map((b) => `b = ${b}`).join(' | ')} |`,
  `|---|${'---|'.repeat(BANDWIDTHS.length)}`,
  ...rows.map(({ name, errors }) => `| ${name} | ${errors.map((error) => error.toExponential(1)).join(' | ')} |`),
].join('\n')
console.log(table)

const svg = await lineChart({
  x: { title: 'bandwidth of the input', ticks: BANDWIDTHS },
  y: { title: 'largest relative change under rotations', scale: 'log' },
  series: rows.map(({ name, errors }) => ({ name, points: errors.map((y, k) => ({ x: BANDWIDTHS[k], y })) })),
  width: 420,
  height: 300,
})
const heading = `The largest change of the outputs of random networks b-b-b/2 when a random signal is rotated, relative to the largest output. Each entry is the worst of ${DRAWS}
draws of weights and signal with ${ROTATIONS} rotations each, in float32. Generated by \`aliasing.mjs\`.`
await writeFile(new URL('aliasing.md', import.meta.url), `${heading}\n\n${table}\n\n![chart of the table](aliasing.svg)\n`)
await writeFile(new URL('aliasing.svg', import.meta.url), `${svg}\n`)
