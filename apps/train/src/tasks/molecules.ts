import { type Dataset, fitAtomicEnergies, type Molecule, moleculeDataset, PAIR_CHANNELS, pointGraphs, randomSplit } from '@equivar/datasets'
import { loadQm7 } from '@equivar/datasets/node'
import { numbers, numbersByRmse } from '../goals.ts'
import type { Regression } from '../models/regression.ts'
import type { LoadOptions, Task, TaskData } from '../task.ts'
import { atomGraph, atomLearningRate } from './atom-graphs.ts'
import { atomSignalDataset, radiusOf } from './atom-signals.ts'
import { dataFolder } from './data-folder.ts'
import { amount, whole } from './settings.ts'

const ELEMENTS = ['H', 'C', 'N', 'O', 'S']

/** Some molecules and their energies. */
interface Energies {
  readonly molecules: readonly Molecule[]
  readonly energies: readonly number[]
}

/** QM7, split 80 / 10 / 10 by the seed, and the energies of the elements, fitted to the training molecules. */
async function splitQm7(options: LoadOptions): Promise<{ parts: readonly [Energies, Energies, Energies]; regression: Regression }> {
  const molecules = await loadQm7(dataFolder(options))
  const parts = randomSplit(molecules.length, [0.8, 0.1, 0.1], { seed: options.seed }).map((indices): Energies => {
    const chosen = Array.from(indices, (i) => molecules[i] as Molecule)
    return { molecules: chosen, energies: chosen.map(({ properties }) => properties.energy as number) }
  }) as [Energies, Energies, Energies]
  const { molecules: known, energies } = parts[0]
  const perChannel = fitAtomicEnergies(known, energies, ELEMENTS)
  const rest = known.map(({ elements }, m) =>
    elements.reduce((sum, element) => sum - (perChannel[ELEMENTS.indexOf(element)] as number), energies[m] as number),
  )
  const scale = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0) / rest.length)
  return { parts, regression: { offset: 0, scale, perChannel } }
}

const dataOf = (parts: readonly [Energies, Energies, Energies], make: (part: Energies) => Dataset): Omit<TaskData, 'facts'> => ({
  train: make(parts[0]),
  validation: make(parts[1]),
  test: make(parts[2]),
  classes: [],
})

const goal: Task['goal'] = ({ regression }) => numbers(regression?.scale ?? 1)

/** Energies of molecules as graphs with distances as edge features. */
export const qm7: Task = {
  name: 'qm7',
  description: 'atomization energies of molecules, kcal/mol, from elements and distances',
  data: 'QM7 (7,101 molecules), split 80 / 10 / 10 by the seed',
  published: 'none for these models and this split (for the RMSE of others, see the README of the data)',
  models: ['ppgn', 'ign'],
  goal,
  recipe: () => ({ epochs: 40, batchSize: 32, learningRate: 2e-3, decay: { every: 8, factor: 0.5, minimum: 1e-5 } }),
  load: async (options) => {
    const { parts, regression } = await splitQm7(options)
    return {
      ...dataOf(parts, ({ molecules, energies }) => moleculeDataset(molecules, energies, ELEMENTS)),
      facts: { channels: ELEMENTS.length, outputs: 1, edgeChannels: PAIR_CHANNELS, regression },
    }
  },
}

/** Energies of molecules from signals on spheres around the atoms. */
export const qm7Sphere: Task = {
  name: 'qm7-sphere',
  description: 'atomization energies of molecules, kcal/mol, from potentials on a sphere around each atom',
  data: 'QM7 (7,101 molecules), split 80 / 10 / 10 by the seed; Coulomb potentials of five elements, bandwidth 10',
  published:
    'RMSE 8.47 (Cohen et al. 2018, S2CNN, not checked against the paper; 7,165 molecules and other folds); the metric here is the mean absolute error',
  models: ['s2atoms'],
  settings: { bandwidth: 10, trainCount: 7_101 },
  goal,
  recipe: () => ({ epochs: 30, batchSize: 32, learningRate: 2e-3, decay: { every: 8, factor: 0.4, minimum: 1e-5 } }),
  load: async (options) => {
    const [bandwidth, count] = [whole(options.settings, 'bandwidth', 3, 128), whole(options.settings, 'trainCount', 1)]
    const { parts, regression } = await splitQm7(options)
    const radius = radiusOf(parts[0].molecules)
    const few = ({ molecules, energies }: Energies): Energies => ({
      molecules: molecules.slice(0, count),
      energies: energies.slice(0, count),
    })
    return {
      ...dataOf(parts, (part) => atomSignalDataset({ ...few(part), elements: ELEMENTS, bandwidth, radius })),
      facts: { channels: ELEMENTS.length, outputs: 1, bandwidth, regression },
    }
  },
}

/** Energies of molecules from their atoms in space. */
export const qm7Energies: Task = {
  name: 'qm7-energies',
  description: 'atomization energies of molecules, kcal/mol, from atoms in space; the loss is the squared error over its scale',
  data: 'QM7 (7,101 molecules), split 80 / 10 / 10 by the seed',
  published: 'RMSE in kcal/mol: MLP on random Coulomb matrices 5.96, S2CNN 8.47 (Cohen et al. 2018; 7,165 molecules and other folds)',
  models: ['painn', 'egnn', 'schnet', 'nequip', 'mace'],
  settings: { edgeRadius: 5 },
  goal: ({ regression }) => numbersByRmse((regression?.scale as number | undefined) ?? 1),
  recipe: (model) => ({
    epochs: 100,
    batchSize: 32,
    learningRate: atomLearningRate(model),
    decay: { every: 10, factor: 0.7, minimum: 1e-6, stretches: true },
  }),
  load: async (options) => {
    const radius = amount(options.settings, 'edgeRadius', 100)
    const { parts, regression } = await splitQm7(options)
    const make = ({ molecules, energies }: Energies): Dataset => {
      const graphs = molecules.map(({ elements, positions }) => {
        const kinds = elements.map((element) => ELEMENTS.indexOf(element))
        return atomGraph({ kinds, channels: ELEMENTS.length, positions, radius })
      })
      return pointGraphs({ graphs, y: energies }, { positions: molecules.map(({ positions }) => positions) })
    }
    return { ...dataOf(parts, make), facts: { channels: ELEMENTS.length, outputs: 1, regression } }
  },
}
