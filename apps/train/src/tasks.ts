import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ClassDataset, denseGraphs, randomSplit, signals, sparseGraphs, subset } from '@equivar/datasets'
import { loadTu } from '@equivar/datasets/node'
import { UsageError } from './errors.ts'
import type { ModelName } from './models.ts'

/** The examples of a task. */
export interface TaskData {
  readonly train: ClassDataset
  readonly validation: ClassDataset
  readonly test: ClassDataset
  readonly classes: readonly string[]
  /** Channels of an element or a node. */
  readonly channels: number
  /** All examples and their fixed folds, for tasks that are judged by cross-validation. */
  readonly all?: ClassDataset
  readonly folds?: readonly { readonly train: ArrayLike<number>; readonly test: ArrayLike<number> }[]
}

/** How a task's models are trained unless the command line says otherwise. */
export interface Recipe {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly decay: { readonly every: number; readonly factor: number; readonly minimum: number }
  /** Steps of an epoch, where that is part of the protocol. */
  readonly stepsPerEpoch?: number
}

/** A built-in task. */
export interface Task {
  readonly name: string
  readonly description: string
  readonly data: string
  readonly published: string
  readonly models: readonly [ModelName, ...ModelName[]]
  recipe(model: ModelName): Recipe
  load(options: { readonly data?: string; readonly model: ModelName; readonly seed: number }): Promise<TaskData>
}

const signalsTask: Task = {
  name: 'signals',
  description: 'which of three waveforms 25 noisy copies of a signal have: sine, square, sawtooth',
  data: 'generated (3000 / 300 / 300 sets)',
  published: 'Maron et al. 2020 plot accuracy by training size, no table',
  models: ['dss', 'siamese'],
  recipe: () => ({ epochs: 14, batchSize: 32, learningRate: 5e-3, decay: { every: 4, factor: 0.4, minimum: 0 } }),
  load: async () => {
    const splits = signals()
    return { ...splits, classes: splits.train.classes, channels: 1 }
  },
}

const ginRecipe: Recipe = {
  epochs: 100,
  batchSize: 32,
  learningRate: 0.01,
  decay: { every: 50, factor: 0.5, minimum: 0 },
  stepsPerEpoch: 50,
}
const ignRecipe: Recipe = { epochs: 60, batchSize: 5, learningRate: 6.4e-4, decay: { every: 20, factor: 0.6, minimum: 1e-5 } }

/** The published learning rate is 1e-4 for 400 channels. */
const ppgnRecipe: Recipe = { epochs: 80, batchSize: 5, learningRate: 1e-3, decay: { every: 20, factor: 0.5, minimum: 1e-5 } }

/** The folder of data sets: as given, or `shared/data` beside this repository, if it is there. */
function dataFolder(given: string | undefined): string | undefined {
  const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
  return given ?? process.env.EQUIVAR_DATA ?? (existsSync(beside) ? beside : undefined)
}

function tuTask(name: string, set: string, published: string): Task {
  return {
    name,
    description: `classes of graphs, ${set}`,
    data: `TU data set ${set}, with the fixed 10 folds of GIN`,
    published,
    models: ['gin', 'ign', 'ppgn'],
    recipe: (model) => (model === 'gin' ? ginRecipe : model === 'ign' ? ignRecipe : ppgnRecipe),
    load: async ({ data, model, seed }) => {
      const folder = dataFolder(data)
      const graphs = await loadTu(set, folder === undefined ? {} : { data: folder })
      const all = model === 'gin' ? sparseGraphs(graphs) : denseGraphs(graphs)
      const [train, validation, test] = randomSplit(all.length, [0.8, 0.1, 0.1], { seed, labels: all.labels }).map((part) =>
        subset(all, part),
      )
      const channels = all.batch([0]).x?.shape.at(-1) as number
      return {
        train: train as ClassDataset,
        validation: validation as ClassDataset,
        test: test as ClassDataset,
        classes: all.classes,
        channels,
        all,
        folds: graphs.folds,
      }
    },
  }
}

/** The built-in tasks. */
export const tasks: readonly Task[] = [
  signalsTask,
  tuTask('mutag', 'MUTAG', 'GIN-0 89.4 +- 5.6, 2-IGN 83.9 +- 13.0'),
  tuTask('ptc', 'PTC', 'GIN-0 64.6 +- 7.0, 2-IGN 58.5 +- 6.9'),
  tuTask('proteins', 'PROTEINS', 'GIN-0 76.2 +- 2.8, 2-IGN 76.6 +- 5.5'),
  tuTask('nci1', 'NCI1', 'GIN-0 82.7 +- 1.7, 2-IGN 74.3 +- 2.7'),
  tuTask('imdbmulti', 'IMDBMULTI', 'GIN-0 52.3 +- 2.8, 2-IGN 48.7 +- 3.4'),
  tuTask('collab', 'COLLAB', 'GIN-0 80.2 +- 1.9, 2-IGN 78.3 +- 2.5'),
]

/** The task of that name; `tu:NAME` is any TU set in the data folder. @throws UsageError listing the names if there is none. */
export function findTask(name: string): Task {
  if (name.startsWith('tu:')) return tuTask(name, name.slice(3), '')
  const found = tasks.find((task) => task.name === name)
  if (found === undefined)
    throw new UsageError(`expected a task (${tasks.map((task) => task.name).join(', ')}, tu:NAME), received "${name}"`)
  return found
}
