import { digitSums, oddDigits, pointClouds, populations } from '@equivar/datasets'
import { loadPosedMesh } from '@equivar/datasets/node'
import { choice, classes, numbers } from '../goals.ts'
import type { Task } from '../task.ts'
import { dataFolder } from './data-folder.ts'
import { mnistParts, range } from './mnist.ts'
import { whole } from './settings.ts'

const digitSum: Task = {
  name: 'digit-sum',
  description: 'the sum of a set of handwritten digits: 1 to 10 digits in training, 100 in the test',
  data: 'MNIST; 20,000 training sets, 100 test sets of 100 test digits (mean sum 450)',
  published: 'plotted in Zaheer et al. 2017, without a table',
  models: ['deepsets', 'lstm', 'gru'],
  goal: ({ regression }) => numbers(regression?.scale ?? 1),
  recipe: () => ({ epochs: 20, batchSize: 32, learningRate: 1e-3, decay: { every: 5, factor: 0.4, minimum: 0 } }),
  load: async (options) => {
    const images = await mnistParts(options)
    const { seed } = options
    return {
      train: digitSums(images.train, { count: 20_000, smallest: 1, largest: 10, seed }),
      validation: digitSums(images.validation, { count: 500, smallest: 1, largest: 10, seed: seed + 1 }),
      test: digitSums(images.test, { count: 100, smallest: 100, largest: 100, seed: seed + 2 }),
      classes: [],
      facts: { channels: 1, element: 'image', outputs: 1, regression: { offset: 0, scale: 10 } },
    }
  },
}

const outliers: Task = {
  name: 'outliers',
  description: 'which of 16 handwritten digits differs from the others',
  data: 'MNIST; 10,000 training sets, 1,000 test sets of test digits',
  published: 'none for digits (Zaheer et al. 2017: 75 % for faces)',
  models: ['deepsets'],
  goal: () => choice,
  recipe: () => ({ epochs: 6, batchSize: 32, learningRate: 1e-3, decay: { every: 2, factor: 0.4, minimum: 0 } }),
  load: async (options) => {
    const images = await mnistParts(options)
    const sets = (part: keyof typeof images, count: number, offset: number): ReturnType<typeof oddDigits> =>
      oddDigits(images[part], { count, size: 16, seed: options.seed + offset })
    return {
      train: sets('train', 10_000, 0),
      validation: sets('validation', 500, 1),
      test: sets('test', 1_000, 2),
      classes: [],
      facts: { channels: 1, element: 'image', outputs: 1 },
    }
  },
}

const population: Task = {
  name: 'population',
  description: 'the entropy of a coordinate of a normal distribution, from 300 to 500 samples',
  data: 'generated (2,048 / 256 / 512 sets), the task "rotation" of Zaheer et al. 2017; trainSets=N trains on the first N',
  published: 'plotted in Zaheer et al. 2017, without a table',
  models: ['deepsets', 'settransformer'],
  settings: { trainSets: 2_048 },
  goal: ({ regression }) => numbers(regression?.scale ?? 1),
  recipe: () => ({ epochs: 25, batchSize: 32, learningRate: 2e-3, decay: { every: 6, factor: 0.5, minimum: 0 } }),
  load: async ({ seed, settings }) => ({
    train: populations({ count: whole(settings, 'trainSets', 1), seed }),
    validation: populations({ count: 256, seed: seed + 1 }),
    test: populations({ count: 512, seed: seed + 2 }),
    classes: [],
    facts: { channels: 2, outputs: 1, regression: { offset: 1.2, scale: 0.35 } },
  }),
}

const GAITS = ['survey', 'walk', 'run']
const FRAMES = 32

const shapes: Task = {
  name: 'shapes',
  description: 'what a fox does (survey, walk or run), from 500 points on its surface',
  data: 'the Fox mesh in 96 poses; for each gait, 22 training poses, 5 for validation, 5 for the test',
  published: 'none (our own task)',
  models: ['deepsets', 'pointnet', 'settransformer'],
  goal: () => classes,
  recipe: () => ({ epochs: 20, batchSize: 32, learningRate: 2e-3, decay: { every: 6, factor: 0.5, minimum: 0 } }),
  load: async (options) => {
    const mesh = await loadPosedMesh('Fox', dataFolder(options))
    const part = (frames: number[], repeats: number, seed: number): ReturnType<typeof pointClouds> => {
      const poses = GAITS.flatMap((_, label) => frames.map((frame) => ({ pose: label * FRAMES + frame, label })))
      const examples = range(0, repeats).flatMap(() => poses)
      return pointClouds({ mesh, examples, classes: GAITS, points: 500, seed })
    }
    const held = (from: number): number[] => range(0, FRAMES).filter((frame) => frame % 6 === from)
    return {
      train: part(
        range(0, FRAMES).filter((frame) => frame % 6 > 1),
        20,
        options.seed,
      ),
      validation: part(held(0), 6, options.seed + 1),
      test: part(held(1), 10, options.seed + 2),
      classes: GAITS,
      facts: { channels: 3, outputs: GAITS.length },
    }
  },
}

/** Tasks on sets of vectors and of images. */
export const setTasks: readonly Task[] = [digitSum, outliers, population, shapes]
