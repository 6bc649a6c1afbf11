import { middlePoses, oddImages } from '@equivar/datasets'
import { loadPosedMesh } from '@equivar/datasets/node'
import { choice } from '../goals.ts'
import type { LoadOptions, Recipe, Task, TaskData } from '../task.ts'
import { dataFolder } from './data-folder.ts'
import { mnistParts } from './mnist.ts'
import { amount, whole } from './settings.ts'

/** The largest number of sets. */
const MOST = 2 ** 31 - 1

const recipe = (epochs: number): Recipe => ({ epochs, batchSize: 32, learningRate: 2e-3, decay: { every: 3, factor: 0.4, minimum: 0 } })

const imageSelection: Task = {
  name: 'image-selection',
  description: 'which of 8 noisy images shows another image of the same digit than the others',
  data: 'MNIST with noise of standard deviation 0.8; 3,000 training sets, 1,000 test sets of test digits',
  published: 'none (our own task, instead of the UCF101 frames of Maron et al. 2020)',
  models: ['dss-images', 'siamese-deepsets-images', 'aittala-images', 'sridhar-images'],
  settings: { trainSets: 3000, noise: 0.8, setSize: 8 },
  goal: () => choice,
  recipe: () => recipe(5),
  load: async (options) => {
    const images = await mnistParts(options)
    const [noise, size] = [amount(options.settings, 'noise', 100), whole(options.settings, 'setSize', 3, 64)]
    const trainSets = whole(options.settings, 'trainSets', 1, MOST)
    const sets = (part: keyof typeof images, count: number, offset: number): ReturnType<typeof oddImages> =>
      oddImages(images[part], { count, size, noise, seed: options.seed + offset })
    return {
      train: sets('train', trainSets, 0),
      validation: sets('validation', 500, 1),
      test: sets('test', 1000, 2),
      classes: [],
      facts: { channels: 1, element: 'image', outputs: 1 },
    }
  },
}

const FRAMES = 32
/** The clips survey, walk and run, in sequence. */
const CLIPS = [0, 1, 2].map((clip) => ({ start: FRAMES * clip, frames: FRAMES }))

/** Sets of poses of the fox, as points or as a mesh. */
async function poses(options: LoadOptions, points: number | 'mesh'): Promise<TaskData> {
  const mesh = await loadPosedMesh('Fox', dataFolder(options))
  const [noise, size] = [amount(options.settings, 'noise', 100), whole(options.settings, 'setSize', 3, 64)]
  const trainSets = whole(options.settings, 'trainSets', 1, MOST)
  const part = (starts: (frame: number) => boolean, count: number, offset: number): ReturnType<typeof middlePoses> =>
    middlePoses({ mesh, clips: CLIPS, starts, spacings: [1, 2], count, size, points, noise, seed: options.seed + offset })
  return {
    train: part((frame) => frame % 6 > 1, trainSets, 0),
    validation: part((frame) => frame % 6 === 0, 500, 1),
    test: part((frame) => frame % 6 === 1, 1000, 2),
    classes: [],
    facts: { channels: 3, element: points === 'mesh' ? 'graph' : 'points', outputs: 1 },
  }
}

const posesTask = {
  published: 'none for this data (Maron et al. 2020 use other shapes)',
  goal: () => choice,
  recipe: () => recipe(8),
} satisfies Partial<Task>

const shapeSelection: Task = {
  ...posesTask,
  name: 'shape-selection',
  description: 'which of 7 shuffled poses of a moving fox, 1 or 2 frames apart, is the middle one in time',
  data: 'the Fox mesh: 96 poses of 96 vertices with noise of standard deviation 0.02; 4,000 training sets; validation and test sets start at other frames',
  models: ['dss-points', 'siamese-deepsets-points', 'aittala-points', 'sridhar-points'],
  settings: { trainSets: 4000, noise: 0.02, setSize: 7, points: 96 },
  load: (options) => poses(options, whole(options.settings, 'points', 1, 10_000)),
}

const meshSelection: Task = {
  ...posesTask,
  name: 'mesh-selection',
  description: 'shape-selection with poses as graphs: all vertices and edges of the mesh',
  data: 'the Fox mesh: 96 poses of 290 vertices and 864 edges with noise of standard deviation 0.02; sets as in shape-selection',
  models: ['dss-graphs', 'siamese-deepsets-graphs', 'aittala-graphs', 'sridhar-graphs'],
  settings: { trainSets: 4000, noise: 0.02, setSize: 7 },
  load: (options) => poses(options, 'mesh'),
}

/** Tasks in which one element of a set is chosen. */
export const selectionTasks: readonly Task[] = [imageSelection, shapeSelection, meshSelection]
