import { concatenate, rotatedImages, standardize, subset, warpedImages } from '@equivar/datasets'
import { loadMnist } from '@equivar/datasets/node'
import { CanonicalCoordinates, type CoordinateSystemName } from '@equivar/layers-grids'
import { Random } from '@equivar/tensor'
import { classes } from '../goals.ts'
import type { Recipe, Task } from '../task.ts'
import { dataFolder } from './data-folder.ts'
import { mnistParts, range } from './mnist.ts'
import { amount, whole } from './settings.ts'

/** The seed of the choice of images and their angles, which do not depend on the seed of a run. */
const FILES_SEED = 12_000

/** Chosen for about an hour on two cores. Published: 100 epochs (p4) and 300 epochs (Z2) of Adam at 1e-3 with batches of 128. */
const planeRecipe: Recipe = { epochs: 60, batchSize: 128, learningRate: 2e-3, decay: { every: 15, factor: 0.3, minimum: 0 } }

/** Chosen for about half an hour on two cores. The published networks have about 2.7 million parameters, these 90,000. */
const steerableRecipe: Recipe = { epochs: 24, batchSize: 64, learningRate: 2e-3, decay: { every: 10, factor: 0.3, minimum: 0 } }

const rotatedRecipes: Readonly<Record<string, Recipe>> = {
  z2cnn: { ...planeRecipe, epochs: 120, decay: { every: 30, factor: 0.3, minimum: 0 } },
  'c8-steerable': steerableRecipe,
}

/** Rotated MNIST. */
export const rotatedMnist: Task = {
  name: 'rotated-mnist',
  description: 'handwritten digits rotated by any angle',
  data: 'MNIST rotated by uniform random angles, generated (not the original files): 10,000 / 2,000 / 50,000 images; copies=K gives each training image K angles',
  published: 'test error on the original files: P4CNN 2.28, rotation pooling 3.21, Z2CNN 5.03 %',
  models: ['p4cnn', 'z2cnn', 'p4cnn-rotation-pooling', 'p4mcnn', 'c8-steerable'],
  settings: { copies: 1, trainImages: 10_000, testImages: 50_000 },
  goal: () => classes,
  recipe: (model) => rotatedRecipes[model] ?? planeRecipe,
  load: async (options) => {
    const all = concatenate(await loadMnist('train', dataFolder(options)), await loadMnist('test', dataFolder(options)))
    const order = new Random({ seed: FILES_SEED, stream: 'rotated MNIST' }).permutation(all.length)
    const part = (from: number, to: number): typeof all => subset(all, order.subarray(from, to))
    const copies = whole(options.settings, 'copies', 1, 100)
    const [trainImages, testImages] = [whole(options.settings, 'trainImages', 1, 10_000), whole(options.settings, 'testImages', 1, 50_000)]
    const turned = (images: typeof all, k: number, times = 1): typeof all => rotatedImages(images, { seed: FILES_SEED + k, copies: times })
    const train = turned(part(0, trainImages), 0, copies)
    return {
      train: standardize(train),
      validation: standardize(turned(part(10_000, 12_000), 1), train),
      test: standardize(turned(part(12_000, 12_000 + testImages), 2), train),
      classes: all.classes,
      facts: { channels: 1, outputs: all.classes.length },
    }
  },
}

/** The transformations, with ranges of their parameter that keep most of a digit inside its image. */
const transformations: readonly { name: string; system: CoordinateSystemName; range: readonly [number, number] }[] = [
  { name: 'rotation', system: 'rotation', range: [-Math.PI, Math.PI] },
  { name: 'scale', system: 'scale', range: [-0.8, 0.3] },
  { name: 'shear', system: 'shearX', range: [-0.8, 0.8] },
  { name: 'hyperbolic', system: 'hyperbolic', range: [-0.4, 0.4] },
  { name: 'perspective', system: 'perspectiveX', range: [-0.5, 0.5] },
]

/** Reaches 97 to 99 % accuracy on the test digits, transformed or not. */
const transformedRecipe: Recipe = { epochs: 6, batchSize: 64, learningRate: 2e-3, decay: { every: 2, factor: 0.3, minimum: 0 } }

function transformed({ name, system, range: limits }: (typeof transformations)[number]): Task {
  const coordinates = new CanonicalCoordinates({ system, u: 2, v: 2 })
  const warped = (images: Parameters<typeof warpedImages>[0], seed: number, amount: number): typeof images =>
    warpedImages(images, { matrix: (theta) => coordinates.matrix(theta), range: [amount * limits[0], amount * limits[1]], seed })
  return {
    name: `mnist-${name}`,
    description: `handwritten digits under a transformation of one parameter: ${system} from ${limits[0].toFixed(2)} to ${limits[1].toFixed(2)}`,
    data: 'MNIST; trainAmount and testAmount scale the range of the parameter (0: untransformed), trainImages and testImages are the numbers of images',
    published: 'none for this data (Tai et al. 2019 use other sets)',
    models: ['etn', 'cnn'],
    settings: { trainAmount: 1, testAmount: 1, trainImages: 20_000, testImages: 10_000 },
    goal: () => classes,
    recipe: () => transformedRecipe,
    load: async (options) => {
      const { train, validation, test: all } = await mnistParts(options)
      const [trainAmount, testAmount] = [amount(options.settings, 'trainAmount', 1), amount(options.settings, 'testAmount', 1)]
      const trainImages = whole(options.settings, 'trainImages', 1, train.length)
      const testImages = whole(options.settings, 'testImages', 1, all.length)
      const images = warped(subset(train, range(0, trainImages)), options.seed, trainAmount)
      const test = subset(all, range(0, testImages))
      const chosenBy = subset(validation, range(0, Math.min(testImages, 2000)))
      return {
        train: standardize(images),
        validation: standardize(warped(chosenBy, options.seed + 1, trainAmount), images),
        test: standardize(warped(test, options.seed + 2, testAmount), images),
        untransformed: standardize(warped(test, options.seed + 2, 0), images),
        classes: train.classes,
        facts: { channels: 1, outputs: train.classes.length, transformation: system },
      }
    },
  }
}

/** One task per transformation. */
export const transformedMnist: readonly Task[] = transformations.map(transformed)
