import { energiesOfElements, moleculeDataset, PAIR_CHANNELS, randomSplit } from '@equivar/datasets'
import { loadQm7 } from '@equivar/datasets/node'
import { numbers } from '../goals.ts'
import type { Task } from '../tasks.ts'
import { dataFolder } from './data-folder.ts'

const ELEMENTS = ['H', 'C', 'N', 'O', 'S']

/** Energies of molecules from their geometry, as graphs whose edges know distances. */
export const qm7: Task = {
  name: 'qm7',
  description: 'atomization energies of molecules, kcal/mol, from elements and distances',
  data: 'QM7 (7,101 molecules), split 80 / 10 / 10 by the seed',
  published: 'no figure for these models and this split (RMSE of others: README of the data)',
  models: ['ppgn', 'ign'],
  goal: ({ regression }) => numbers(regression?.scale ?? 1),
  recipe: () => ({ epochs: 40, batchSize: 32, learningRate: 2e-3, decay: { every: 8, factor: 0.5, minimum: 1e-5 } }),
  load: async (options) => {
    const molecules = await loadQm7(dataFolder(options))
    const energies = molecules.map(({ properties }) => properties.energy as number)
    const parts = randomSplit(molecules.length, [0.8, 0.1, 0.1], { seed: options.seed })
    const [train, validation, test] = parts.map((part) => Array.from(part, (i) => i)) as [number[], number[], number[]]
    const [known, targets] = [train.map((i) => molecules[i] as (typeof molecules)[number]), train.map((i) => energies[i] as number)]
    const perChannel = energiesOfElements(known, targets, ELEMENTS)
    const rest = known.map(({ elements }, m) =>
      elements.reduce((sum, element) => sum - (perChannel[ELEMENTS.indexOf(element)] as number), targets[m] as number),
    )
    const scale = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0) / rest.length)
    const part = (indices: number[]): ReturnType<typeof moleculeDataset> =>
      moleculeDataset(
        indices.map((i) => molecules[i] as (typeof molecules)[number]),
        indices.map((i) => energies[i] as number),
        ELEMENTS,
      )
    return {
      train: part(train),
      validation: part(validation),
      test: part(test),
      classes: [],
      facts: { channels: ELEMENTS.length, outputs: 1, edgeChannels: PAIR_CHANNELS, regression: { offset: 0, scale, perChannel } },
    }
  },
}
