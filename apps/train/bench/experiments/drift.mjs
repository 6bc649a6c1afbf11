/**
 * Molecular dynamics with a run of `equivar train forces`: how well its exported file keeps the total energy.
 *
 *     node apps/train/bench/experiments/drift.mjs RUN_FOLDER [--steps 10000] [--step 0.5fs] [--temperature 300K] [--seed 1] [--frame 0] [--data DIR] [--out FILE.svg]
 *
 * Build first. Atoms start as in a test frame, with random velocities of the temperature, and move by velocity Verlet. Prints, in meV per atom, the drift of the
 * total energy (along the straight line of least squares), its fluctuation about that line and the largest change since the start, and the changes of momentum and
 * angular momentum relative to the sum of their sizes; writes a chart and, beside it, the same numbers as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { elementSymbol } from '@equivar/datasets'
import { createJiti } from 'jiti'
import * as ort from 'onnxruntime-node'
import { lineChart } from '../../dist/line-chart.js'
import { framesFor } from '../../dist/tasks/forces.js'

// The simulation is that of the example, in TypeScript.
const jiti = createJiti(import.meta.url)
const example = (name) => jiti.import(`../../../../examples/molecular-dynamics/src/${name}.ts`)
const [{ driftOf }, { velocityVerlet }, { loadForceField }, { angularMomentum, thermalStart, totalMomentum }, { MEV }] = await Promise.all(
  ['drift', 'dynamics', 'force-field', 'thermal', 'units'].map(example),
)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '10000' },
    step: { type: 'string', default: '0.5fs' },
    temperature: { type: 'string', default: '300K' },
    seed: { type: 'string', default: '1' },
    frame: { type: 'string', default: '0' },
    data: { type: 'string' },
    out: { type: 'string' },
  },
})
const [folder] = positionals
if (folder === undefined) throw new Error('expected the folder of a run of `equivar train forces`, received none')

/** A number with its unit, which may be left out. */
function amount(name, unit) {
  const text = values[name]
  const number = Number(text.endsWith(unit) ? text.slice(0, text.length - unit.length) : text)
  if (text === '' || !Number.isFinite(number) || number < 0)
    throw new Error(`--${name}: expected a number${unit && ` of ${unit}`}, received ${text}`)
  return number
}
const [steps, step, temperature, seed, frame] = [
  amount('steps', ''),
  amount('step', 'fs'),
  amount('temperature', 'K'),
  amount('seed', ''),
  amount('frame', ''),
]

const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
if (config.task !== 'forces') throw new Error(`${folder}: expected a run of forces, received one of ${config.task}`)
const settings = config.dataSettings ?? {}
const { molecule, test } = await framesFor({ settings, seed: config.seed, ...(values.data === undefined ? {} : { data: values.data }) })
if (frame >= test.length) throw new Error(`--frame: expected one of ${test.length} test frames, received ${frame}`)
const count = test.atomicNumbers.length
const atoms = {
  elements: Array.from(test.atomicNumbers, elementSymbol),
  positions: test.positions.slice(3 * count * frame, 3 * count * (frame + 1)),
}

const size = (vector) => Math.hypot(...vector)
/** Momentum and angular momentum, and the sums of their sizes over the atoms. */
function momenta(masses, { positions, velocities }) {
  const each = Array.from({ length: count }, (_, i) => {
    const [mass, place, velocity] = [[masses[i]], positions.subarray(3 * i, 3 * i + 3), velocities.subarray(3 * i, 3 * i + 3)]
    return [size(totalMomentum(mass, velocity)), size(angularMomentum(mass, place, velocity))]
  })
  const [linear, angular] = [0, 1].map((k) => each.reduce((sum, sizes) => sum + sizes[k], 0))
  return { linear: totalMomentum(masses, velocities), angular: angularMomentum(masses, positions, velocities), sizes: { linear, angular } }
}

const field = await loadForceField(ort, readFileSync(join(folder, 'model.onnx')), atoms)
const start = thermalStart(atoms, { temperature, step, seed })
const energies = new Float64Array(steps + 1)
const began = process.cpuUsage()
let [done, first, last] = [0, undefined, undefined]
for await (const snapshot of velocityVerlet(field, start)) {
  energies[done] = (MEV * (snapshot.potential + snapshot.kinetic)) / count
  first ??= momenta(start.masses, snapshot)
  if (done++ === steps) {
    last = momenta(start.masses, snapshot)
    break
  }
}
const { user, system } = process.cpuUsage(began)

const lost = (name) => size(last[name].map((p, axis) => p - first[name][axis])) / first.sizes[name]
const found = {
  molecule,
  model: config.model,
  atoms: count,
  steps,
  step,
  temperature,
  seed,
  ...driftOf(energies),
  momentum: lost('linear'),
  angularMomentum: lost('angular'),
  msPerStep: (user + system) / 1000 / steps,
}
console.log(`${molecule}, ${config.model}, ${count} atoms, ${steps} steps of ${step} fs from ${temperature} K`)
for (const key of ['drift', 'fluctuation', 'largest']) console.log(`${key.padEnd(24)} ${found[key].toPrecision(3)} meV per atom`)
console.log(`momentum                 changed by ${found.momentum.toExponential(1)} of the sum of its sizes`)
console.log(`angular momentum         changed by ${found.angularMomentum.toExponential(1)} of the sum of its sizes`)
console.log(`processor time           ${found.msPerStep.toFixed(2)} ms per step`)

const out = values.out ?? join(folder, 'drift.svg')
const stride = Math.max(1, Math.floor(steps / 1000))
const points = Array.from(energies, (energy, i) => ({ x: i * step, y: energy - energies[0] })).filter((_, i) => i % stride === 0)
writeFileSync(
  out,
  `${await lineChart({
    x: { title: 'time, fs' },
    y: { title: 'change of the total energy, meV per atom' },
    series: [{ name: `${molecule}, ${config.model}, steps of ${step} fs`, points }],
  })}\n`,
)
writeFileSync(out.replace(/(\.svg)?$/, '.json'), `${JSON.stringify(found, undefined, 2)}\n`)
console.log(`wrote ${out}`)
