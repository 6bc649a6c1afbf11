// Molecular dynamics in Node:
//
//     node src/simulate.ts [MODEL.onnx START.xyz] [--steps 1000] [--step 10] [--temperature 18] [--seed 1]
//
// The step is in fs, the temperature in K. It prints the energies on the way, and how well their sum was kept.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as ort from 'onnxruntime-node'
import { parseXyz } from './atoms.ts'
import { driftOf } from './drift.ts'
import { velocityVerlet } from './dynamics.ts'
import { loadForceField } from './force-field.ts'
import { thermalStart } from './thermal.ts'
import { MEV, temperatureOf } from './units.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '1000' },
    step: { type: 'string', default: '10' },
    temperature: { type: 'string', default: '18' },
    seed: { type: 'string', default: '1' },
  },
})
const [model = 'runs/page/model.onnx', start = 'runs/page/start.xyz'] = positionals
const [steps, step, temperature, seed] = [values.steps, values.step, values.temperature, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]

const atoms = parseXyz(readFileSync(start, 'utf8'))
const count = atoms.elements.length
const field = await loadForceField(ort, readFileSync(model), atoms)
const energies: number[] = []
console.log('time, fs   potential, kcal/mol   temperature, K   change of the total energy, meV per atom')
for await (const { time, potential, kinetic } of velocityVerlet(field, thermalStart(atoms, { temperature, step, seed }))) {
  energies.push(potential + kinetic)
  if ((energies.length - 1) % Math.max(1, Math.floor(steps / 10)) === 0) {
    const change = (MEV * (potential + kinetic - energies[0]!)) / count
    console.log(
      `${time.toFixed(1).padEnd(11)}${potential.toFixed(4).padEnd(22)}${temperatureOf(kinetic, count).toFixed(1).padEnd(17)}${change.toFixed(5)}`,
    )
  }
  if (energies.length > steps) break
}
export const { drift, fluctuation, largest } = driftOf(energies.map((energy) => (MEV * energy) / count))
console.log(
  `total energy, meV per atom: drift ${drift.toFixed(5)}, fluctuation ${fluctuation.toFixed(5)}, largest change ${largest.toFixed(5)}`,
)
