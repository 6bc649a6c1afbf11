// Trains a force field of 13 argon atoms, and leaves it and a cluster at rest in runs/page, where the page and the simulation find them.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from '@equivar/cli'
import { lennardJonesFrames } from '@equivar/datasets'
import { formatXyz } from './atoms.ts'

const { EPOCHS = '30', RUNS = 'runs' } = process.env
const [run, page] = [join(RUNS, 'argon'), join(RUNS, 'page')]
// Radii in angstrom: the cluster is 8 wide, so every atom sees every other, and nothing is cut off.
const settings = { molecule: 'lennard-jones', edgeRadius: 12, radius: 12, channels: 16, layers: 1, batchSize: 25, learningRate: 0.005 }
const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
const status = await main(['train', 'forces', ...set, '--epochs', EPOCHS, '--threads', '1', '--overwrite', '--out', run])
if (status !== 0) process.exit(status)

mkdirSync(page, { recursive: true })
copyFileSync(join(run, 'model.onnx'), join(page, 'model.onnx'))
const { positions, length } = lennardJonesFrames({ count: 1, temperature: 1e-6, seed: 1 })
const elements = Array.from({ length: positions.length / (3 * length) }, () => 'Ar')
writeFileSync(join(page, 'start.xyz'), formatXyz({ elements, positions }, 'argon, angstrom'))
