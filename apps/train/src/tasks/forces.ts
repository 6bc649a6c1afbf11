import { type Dataset, type Frames, lennardJonesFrames, pointGraphs, randomSplit } from '@equivar/datasets'
import { loadFrames, loadTrajectory, MissingDataError } from '@equivar/datasets/node'
import { UsageError } from '../errors.ts'
import { energiesAndForces } from '../goals.ts'
import type { LoadOptions, Task } from '../task.ts'
import { atomGraph, atomLearningRate } from './atom-graphs.ts'
import { choices } from './choices.ts'
import { dataFolder } from './data-folder.ts'
import { amount, whole } from './settings.ts'

/** The share of the forces in the loss. @see Schuett, Unke, Gastegger 2021, section 5.1. */
const FORCES_WEIGHT = 0.95
/** Training frames that are held out for validation. */
const VALIDATION = 50

/** Some frames, in their order. */
function chosen({ atomicNumbers, positions, energies, forces }: Frames, indices: ArrayLike<number>): Frames {
  const width = 3 * atomicNumbers.length
  const rows = (all: Float64Array): Float64Array => {
    const some = new Float64Array(indices.length * width)
    for (let i = 0; i < indices.length; i++) some.set(all.subarray(width * indices[i]!, width * (indices[i]! + 1)), width * i)
    return some
  }
  return {
    atomicNumbers,
    length: indices.length,
    positions: rows(positions),
    energies: Float64Array.from(indices, (i) => energies[i] as number),
    forces: rows(forces),
  }
}

/** The frames for training, validation and testing. */
interface Parts {
  readonly train: Frames
  readonly validation: Frames
  readonly test: Frames
}

/** A random part of the training frames for validation. */
function withValidation(all: Frames, test: Frames, seed: number): Parts {
  const share = VALIDATION / all.length
  const [train, validation] = randomSplit(all.length, [1 - share, share], { seed }) as [Uint32Array, Uint32Array]
  return { train: chosen(all, train), validation: chosen(all, validation), test }
}

/** Options of the task that its frames depend on. */
type FramesOptions = Pick<LoadOptions, 'data' | 'seed' | 'settings'>

/** A thousand frames for training and others for testing, at random from all frames of an archive. */
async function fromArchive(name: string, options: FramesOptions): Promise<Parts> {
  const folder = dataFolder(options)
  const all = await loadTrajectory(name, 'rmd17', folder).catch(() => loadTrajectory(name, 'md17', folder))
  if (all.length < 2000) throw new UsageError(`forces: expected an archive of at least 2,000 frames of ${name}, received ${all.length}`)
  const [some, others] = randomSplit(all.length, [1000 / all.length, 1 - 1000 / all.length], { seed: options.seed }) as [
    Uint32Array,
    Uint32Array,
  ]
  return withValidation(chosen(all, some), chosen(all, others.slice(0, 1000)), options.seed)
}

async function partsOf(name: string, options: FramesOptions): Promise<Parts> {
  if (name === 'lennard-jones') {
    // One motion of one cluster: clusters of other seeds may be other isomers, of which a network that was trained on this one knows nothing.
    const all = lennardJonesFrames({ count: 2000, seed: 1 })
    const part = (start: number, end: number): Frames =>
      chosen(
        all,
        Uint32Array.from({ length: end - start }, (_, i) => start + i),
      )
    return { train: part(0, 1000 - VALIDATION), validation: part(1000 - VALIDATION, 1000), test: part(1000, 2000) }
  }
  try {
    const folder = dataFolder(options)
    return withValidation(await loadFrames(name, 'train', folder), await loadFrames(name, 'test', folder), options.seed)
  } catch (error) {
    if (!(error instanceof MissingDataError)) throw error
    return fromArchive(name, options).catch((inner) => {
      throw inner instanceof MissingDataError ? error : inner
    })
  }
}

/** The molecule that the settings name, and its frames. @throws UsageError if they name none. MissingDataError if there are no frames. */
export async function framesFor(options: FramesOptions): Promise<Parts & { readonly molecule: string }> {
  const names = choices.molecule as readonly string[]
  const molecule = names[whole(options.settings, 'molecule', 0, names.length - 1)] as string
  return { molecule, ...(await partsOf(molecule, options)) }
}

/** Frames as structures, with energies from `offset` on. */
function structures(frames: Frames, { kinds, radius, offset }: { kinds: readonly number[]; radius: number; offset: number }): Dataset {
  const { atomicNumbers, length, positions, energies, forces } = frames
  const width = 3 * atomicNumbers.length
  const rows = (all: Float64Array): Float64Array[] => Array.from({ length }, (_, f) => all.subarray(width * f, width * (f + 1)))
  const codes = Array.from(atomicNumbers, (number) => kinds.indexOf(number))
  const places = rows(positions)
  const graphs = places.map((place) => atomGraph({ kinds: codes, channels: kinds.length, positions: place, radius }))
  return pointGraphs({ graphs, y: energies.map((energy) => energy - offset) }, { positions: places, forces: rows(forces) })
}

/** Energies of frames of one molecule and forces on its atoms. */
export const forces: Task = {
  name: 'forces',
  description:
    'energies of a molecule in thermal motion, kcal/mol, and forces on its atoms, kcal/mol/angstrom; energies are counted from the mean of the training part',
  data: 'revised MD17 (1,000 frames to train on, 50 of them for validation; 1,000 to test on), or a generated cluster of 13 argon atoms',
  published:
    'mean absolute errors of energies and forces, ethanol: revised MD17 MACE 0.009 and 0.048 (0.4 and 2.1 meV), NequIP 0.009 and 0.065 (0.4 and 2.8 meV), MD17 PaiNN 0.063 and 0.230, SchNet 0.08 and 0.39; aspirin: MACE 0.051 and 0.152 (2.2 and 6.6 meV), NequIP 0.053 and 0.189 (2.3 and 8.2 meV), PaiNN 0.167 and 0.338, SchNet 0.37 and 1.35 (Batatia et al. 2022; Batzner et al. 2022; Schuett et al. 2021)',
  models: ['painn', 'nequip', 'mace', 'schnet'],
  settings: { molecule: 0, edgeRadius: 5 },
  goal: ({ regression }) => energiesAndForces((regression?.scale as number | undefined) ?? 1, FORCES_WEIGHT),
  recipe: (model) => ({
    epochs: 500,
    batchSize: 10,
    learningRate: atomLearningRate(model),
    decay: { every: 50, factor: 0.6, minimum: 1e-6, stretches: true },
  }),
  load: async (options) => {
    const radius = amount(options.settings, 'edgeRadius', 100)
    const parts = await framesFor(options)
    const { train } = parts
    const kinds = [...new Set(train.atomicNumbers)].sort((a, b) => a - b)
    const offset = train.energies.reduce((sum, energy) => sum + energy, 0) / train.length
    const scale = Math.sqrt(train.forces.reduce((sum, force) => sum + force * force, 0) / train.forces.length)
    const make = (frames: Frames): Dataset => structures(frames, { kinds, radius, offset })
    return {
      train: make(train),
      validation: make(parts.validation),
      test: make(parts.test),
      classes: [],
      facts: { channels: kinds.length, outputs: 1, energyOffset: offset, regression: { offset: 0, scale } },
    }
  },
}
