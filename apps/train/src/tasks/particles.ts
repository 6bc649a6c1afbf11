import { chargedParticles, completeEdges, type Dataset, type ParticleRun, pointGraphs } from '@equivar/datasets'
import { loadParticles } from '@equivar/datasets/node'
import { rowNumbers } from '../goals.ts'
import type { LoadOptions, Task } from '../task.ts'
import { whole } from './settings.ts'

/** Runs as structures: charges as features, edges between all pairs, and the later positions to predict. */
function structures(runs: readonly ParticleRun[]): Dataset {
  const edges = completeEdges(runs[0]?.charges.length ?? 0)
  const graphs = runs.map(({ charges }) => ({ nodes: charges.length, features: Float32Array.from(charges), edges }))
  return pointGraphs(
    { graphs, ys: runs.map(({ later }) => later) },
    { positions: runs.map(({ positions }) => positions), velocities: runs.map(({ velocities }) => velocities) },
  )
}

/** The published sizes. */
const SIZES = { train: 3000, valid: 2000, test: 2000 } as const

/** Files if a folder has them, else runs of our own generator. */
async function runsOf(part: keyof typeof SIZES, options: LoadOptions): Promise<ParticleRun[]> {
  const count = whole(options.settings, part === 'train' ? 'trainCount' : 'heldOut', 1, SIZES[part])
  if (options.data !== undefined) return (await loadParticles(part, options)).slice(0, count)
  return chargedParticles({ count, seed: { train: 1, valid: 2, test: 3 }[part] })
}

/** Positions of charged particles one unit of time later. */
export const nbody: Task = {
  name: 'nbody',
  description: 'positions of five charged particles one unit of time later; the loss is the mean squared error',
  data: "runs of the published simulation, generated with our own random numbers, or read from --data (EGNN's); 3,000 for training, 2,000 for validation, 2,000 for testing",
  published:
    'mean squared error (loss): EGNN 0.0071, plain graph network 0.0107 (Satorras et al. 2021, table 2); frame averaging 0.0057 (Puny et al. 2022)',
  models: ['egnn-particles', 'gnn-particles'],
  settings: { trainCount: SIZES.train, heldOut: SIZES.test },
  goal: () => rowNumbers(1),
  recipe: () => ({ epochs: 50, batchSize: 100, learningRate: 5e-4, decay: { every: 25, factor: 0.4, minimum: 0, stretches: true } }),
  load: async (options) => ({
    train: structures(await runsOf('train', options)),
    validation: structures(await runsOf('valid', options)),
    test: structures(await runsOf('test', options)),
    classes: [],
    facts: { channels: 1, outputs: 3 },
  }),
}
