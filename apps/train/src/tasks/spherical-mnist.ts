import { type ClassDataset, subset } from '@equivar/datasets'
import { imageProjector } from '@equivar/layers-sphere'
import { classes } from '../goals.ts'
import type { Recipe, Task } from '../task.ts'
import { mnistParts, range } from './mnist.ts'
import { flag, whole } from './settings.ts'
import { sphereSignals } from './sphere-signals.ts'

/** Classified images, projected onto the sphere; see sphereSignals. */
export function projectedImages(
  images: ClassDataset,
  { bandwidth, rotated, seed }: { readonly bandwidth: number; readonly rotated: boolean; readonly seed: number },
): ClassDataset {
  const [, , rows = 1, columns = 1] = images.length === 0 ? [] : (images.batch([0]).x?.shape ?? [])
  const project = imageProjector({ rows, columns, bandwidth })
  return sphereSignals({
    bandwidth,
    classes: images.classes,
    labels: images.labels,
    rotated,
    seed,
    sample: (index, rotation) => project(images.batch([index]).x?.data as Float32Array, rotation),
  })
}

const recipes: Readonly<Record<string, Recipe>> = {
  // Published: 20 epochs at 5e-3.
  s2cnn: { epochs: 6, batchSize: 32, learningRate: 5e-3, decay: { every: 2, factor: 0.3, minimum: 0 } },
  's2cnn-normalized': { epochs: 5, batchSize: 32, learningRate: 5e-3, decay: { every: 1, factor: 0.4, minimum: 0 } },
  planar: { epochs: 4, batchSize: 32, learningRate: 1e-3, decay: { every: 2, factor: 0.4, minimum: 0 } },
}

/** Digits on the sphere, upright or in any orientation. */
export const sphericalMnist: Task = {
  name: 'spherical-mnist',
  description: 'handwritten digits on the sphere; rotateTrain=1 and rotateTest=1 rotate the training and the test digits',
  data: 'MNIST projected onto the northern hemisphere, 60 x 60 samples; 55,000 training digits, 5,000 for validation (rotated like these), 10,000 test digits',
  published:
    'Cohen et al. 2018, as others state it: 96 % (rotateTrain=0 rotateTest=0), 95 % (1, 1), 94 % (0, 1); planar network near chance at (0, 1)',
  models: ['s2cnn-normalized', 's2cnn', 'planar'],
  settings: { rotateTrain: 0, rotateTest: 1, bandwidth: 30, trainCount: 55_000, testCount: 10_000 },
  goal: () => classes,
  recipe: (model) => recipes[model] as Recipe,
  load: async (options) => {
    const { seed, settings } = options
    const bandwidth = whole(settings, 'bandwidth', 8, 128)
    const images = await mnistParts(options)
    const part = (given: ClassDataset, count: number, offset: number, setting: string): ClassDataset =>
      projectedImages(subset(given, range(0, Math.min(count, given.length))), {
        bandwidth,
        rotated: flag(settings, setting),
        seed: seed + offset,
      })
    const [trainCount, testCount] = [whole(settings, 'trainCount', 1), whole(settings, 'testCount', 1)]
    const { classes: digits } = images.test
    return {
      train: part(images.train, trainCount, 0, 'rotateTrain'),
      validation: part(images.validation, testCount, 1, 'rotateTrain'),
      test: part(images.test, testCount, 2, 'rotateTest'),
      classes: digits,
      facts: { channels: 1, outputs: digits.length, bandwidth },
    }
  },
}
