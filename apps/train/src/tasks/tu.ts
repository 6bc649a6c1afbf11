import { type ClassDataset, denseGraphs, sparseGraphs, splitDataset, subset } from '@equivar/datasets'
import { loadTu } from '@equivar/datasets/node'
import { UsageError } from '../errors.ts'
import { classes } from '../goals.ts'
import type { Recipe, Task } from '../task.ts'
import { dataFolder } from './data-folder.ts'

const recipes: Readonly<Record<string, Recipe>> = {
  gin: { epochs: 100, batchSize: 32, learningRate: 0.01, decay: { every: 50, factor: 0.5, minimum: 0 }, stepsPerEpoch: 50 },
  ign: { epochs: 60, batchSize: 5, learningRate: 6.4e-4, decay: { every: 20, factor: 0.6, minimum: 1e-5 } },
  // The published learning rate is 1e-4, for 400 channels.
  ppgn: { epochs: 80, batchSize: 5, learningRate: 1e-3, decay: { every: 20, factor: 0.5, minimum: 1e-5 } },
}

/** The classification task of a TU data set. */
export function tuTask(name: string, set: string, published: string): Task {
  return {
    name,
    description: `classes of graphs, ${set}`,
    data: `TU data set ${set}, with the fixed 10 folds of GIN`,
    published,
    models: ['gin', 'ign', 'ppgn'],
    goal: () => classes,
    recipe: (model) => recipes[model] as Recipe,
    load: async (options) => {
      const graphs = await loadTu(set, dataFolder(options))
      if (graphs.classes.length === 0)
        throw new UsageError(`${set}: expected classes of graphs, received attributes only; use --data ${set}.zip without a task`)
      const all: ClassDataset = options.model === 'gin' ? sparseGraphs(graphs) : denseGraphs(graphs)
      const [train, validation, test] = splitDataset(all, [0.8, 0.1, 0.1], { seed: options.seed })
      const channels = all.batch([0]).x?.shape.at(-1) as number
      const facts = { channels, outputs: all.classes.length }
      const folds = graphs.folds.map((fold) => ({ train: subset(all, fold.train), validation: subset(all, fold.test) }))
      return { train, validation, test, classes: all.classes, facts, folds }
    },
  }
}

/** The TU data sets with published results. */
export const tuTasks: readonly Task[] = [
  tuTask('mutag', 'MUTAG', 'GIN-0 89.4 +- 5.6, 2-IGN 83.9 +- 13.0, PPGN 90.5 +- 8.7'),
  tuTask('ptc', 'PTC', 'GIN-0 64.6 +- 7.0, 2-IGN 58.5 +- 6.9, PPGN 66.2 +- 6.5'),
  tuTask('proteins', 'PROTEINS', 'GIN-0 76.2 +- 2.8, 2-IGN 76.6 +- 5.5, PPGN 77.2 +- 4.7'),
  tuTask('nci1', 'NCI1', 'GIN-0 82.7 +- 1.7, 2-IGN 74.3 +- 2.7, PPGN 83.2 +- 1.1'),
  tuTask('imdbmulti', 'IMDBMULTI', 'GIN-0 52.3 +- 2.8, 2-IGN 48.7 +- 3.4, PPGN 50.0 +- 3.2'),
  tuTask('collab', 'COLLAB', 'GIN-0 80.2 +- 1.9, 2-IGN 78.3 +- 2.5, PPGN 81.4 +- 1.4'),
]
