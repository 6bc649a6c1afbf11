import { chargedParticles, completeEdges, type Dataset, type ParticleRun, pointGraphs } from '@equivar/datasets'
import { loadParticles } from '@equivar/datasets/node'
import { principalFrames } from '@equivar/layers-points'
import { Random, type TensorValue, toNumbers } from '@equivar/tensor'
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

/** A number that follows from others and their order. */
const digest = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((hash, each) => (Math.imul(hash, 31) + each) >>> 0, 7)

/** The same data with the frames of each system. @param seed - with it, one frame of each is chosen; the choice follows from the examples of the batch. */
const withFrames = (dataset: Dataset, seed?: number): Dataset => ({
  ...dataset,
  batch: (indices) => {
    const batch = dataset.batch(indices)
    const numbers = (name: string): Float64Array => toNumbers((batch[name] as TensorValue).data)
    const choose = seed === undefined ? {} : { choose: new Random({ seed, stream: 'frames', index: digest(indices) }) }
    const options = { batch: numbers('batch'), structures: indices.length, vectors: numbers('velocities'), ...choose }
    const { frames, weights } = principalFrames(numbers('positions'), options)
    const float32 = ({ shape, data }: { shape: readonly number[]; data: Float64Array }): TensorValue => ({
      dtype: 'float32',
      shape,
      data: Float32Array.from(data),
    })
    return { ...batch, frames: float32(frames), weights: float32(weights) }
  },
})

/** The runs of a part, as the model needs them: with frames for frame averaging, one at random in training and all of them afterwards. */
async function partOf(part: keyof typeof SIZES, options: LoadOptions): Promise<Dataset> {
  const plain = structures(await runsOf(part, options))
  if (options.model !== 'frames-particles') return plain
  return part === 'train' ? withFrames(plain, options.seed) : withFrames(plain)
}

/** Positions of charged particles one unit of time later. */
export const nbody: Task = {
  name: 'nbody',
  description: 'positions of five charged particles one unit of time later; the loss is the mean squared error',
  data: "runs of the published simulation, generated with our own random numbers, or read from --data (EGNN's); 3,000 for training, 2,000 for validation, 2,000 for testing",
  published:
    'mean squared error (loss): EGNN 0.0071, plain graph network 0.0107 (Satorras et al. 2021, table 2); frame averaging 0.0057 (Puny et al. 2022)',
  models: ['egnn-particles', 'gnn-particles', 'frames-particles'],
  settings: { trainCount: SIZES.train, heldOut: SIZES.test },
  goal: () => rowNumbers(1),
  recipe: () => ({ epochs: 50, batchSize: 100, learningRate: 5e-4, decay: { every: 25, factor: 0.4, minimum: 0, stretches: true } }),
  load: async (options) => ({
    train: await partOf('train', options),
    validation: await partOf('valid', options),
    test: await partOf('test', options),
    classes: [],
    facts: { channels: 1, outputs: 3 },
  }),
}
