// How far whole networks are from invariant, by bandwidth and oversampling: nice node packages/layers-sphere/bench/aliasing.mjs, after a build.
// A network b-b-b/2 of 1-4-4 channels with relu, the mean over SO(3) and a linear map (without its bias, which no rotation changes); random weights, random
// signals of full bandwidth, turned exactly in the spectrum; the largest change of an output over the largest output, the worst of the draws; float32 on
// ONNX Runtime. "products": Clebsch-Gordan products in the spectrum instead of relu. Writes aliasing.md and aliasing.svg beside this file.
import { writeFile } from 'node:fs/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { seededRandom } from '@equivar/groups'
import { initialize, Linear, Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random } from '@equivar/tensor'
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

/** Equivariant to rounding: two products of a signal's spectrum with itself, and the power of each degree. */
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

/** A random signal with all degrees that the grid tells apart. */
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

const [WIDTH, HEIGHT, LEFT, TOP, LOW, HIGH] = [420, 300, 70, 20, -8, -1]
const colours = ['#4c78a8', '#f58518', '#54a24b', '#e45756', '#72b7b2', '#222222']
const [from, to] = [BANDWIDTHS[0], BANDWIDTHS.at(-1)]
const across = (b) => LEFT + ((b - from) / (to - from)) * WIDTH
const down = (error) => TOP + ((HIGH - Math.log10(error)) / (HIGH - LOW)) * HEIGHT
const decades = Array.from({ length: HIGH - LOW + 1 }, (_, i) => LOW + i)
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 270}" height="${TOP + HEIGHT + 45}" font-family="sans-serif" font-size="12">`,
  '<title>Change of outputs under rotations, by bandwidth and oversampling</title>',
  '<rect width="100%" height="100%" fill="white"/>',
  ...decades.map(
    (k) =>
      `<path d="M${LEFT} ${down(10 ** k)}h${WIDTH}" stroke="#ddd"/><text x="${LEFT - 8}" y="${down(10 ** k) + 4}" text-anchor="end">1e${k}</text>`,
  ),
  ...BANDWIDTHS.map((b) => `<text x="${across(b)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${b}</text>`),
  `<text x="${LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">bandwidth of the input</text>`,
  `<text transform="translate(18 ${TOP + HEIGHT / 2}) rotate(-90)" text-anchor="middle">largest relative change under rotations</text>`,
  ...rows.flatMap(({ name, errors }, i) => [
    `<path d="M${errors.map((error, k) => `${across(BANDWIDTHS[k]).toFixed(1)} ${down(error).toFixed(1)}`).join('L')}" fill="none" stroke="${colours[i]}" stroke-width="2"/>`,
    `<text x="${LEFT + WIDTH + 12}" y="${TOP + 14 + 18 * i}" fill="${colours[i]}">${name}</text>`,
  ]),
  '</svg>',
].join('\n')
const heading = `How much the outputs of random networks b-b-b/2 change when a random signal is turned: the largest change over the largest output, the worst of ${DRAWS} draws
of weights and signal and ${ROTATIONS} rotations each, float32. Made by \`aliasing.mjs\`.`
await writeFile(new URL('aliasing.md', import.meta.url), `${heading}\n\n${table}\n\n![the same as a chart](aliasing.svg)\n`)
await writeFile(new URL('aliasing.svg', import.meta.url), `${svg}\n`)
