import { type ClassDataset, imageDataset } from '@equivar/datasets'
import { pointGroup } from '@equivar/layers-grids'
import { Random } from '@equivar/tensor'
import { classes } from '../goals.ts'
import type { Recipe, Task } from '../task.ts'
import { flag, whole } from './settings.ts'
import { shapes } from './tetris.ts'

/** Points along each axis of a volume. */
export const VOLUME_SIDE = 6

/** The standard deviation of the noise; a shape has the value 1 and the rest 0. */
const NOISE = 0.2

/** A shape of four points inside a volume; along each axis it starts one or two points from the border. */
function placed(points: readonly number[], random: Random): Float32Array {
  const volume = new Float32Array(VOLUME_SIDE ** 3)
  const corner = [0, 1, 2].map((axis) => 1 + random.integer(2) - Math.min(...points.filter((_, at) => at % 3 === axis)))
  for (let at = 0; at < points.length; at += 3)
    volume[corner.reduce((index, start, axis) => index * VOLUME_SIDE + start + points[at + axis]!, 0)] = 1
  return volume
}

/** Volumes of the shapes in turn, each with its own place and noise, and its own rotation of the cube if `rotated`. */
export function shapeVolumes(options: { readonly count: number; readonly rotated: boolean; readonly random: Random }): ClassDataset {
  const { count, rotated, random } = options
  const rotations = pointGroup('O')
  const names = Object.keys(shapes)
  const points = VOLUME_SIDE ** 3
  const data = new Float32Array(count * points)
  for (let i = 0; i < count; i++) {
    const images = rotations.images(rotated ? random.integer(rotations.order) : 0, VOLUME_SIDE)
    const volume = placed(Object.values(shapes)[i % names.length]!, random)
    for (let p = 0; p < points; p++) data[i * points + images[p]!] = volume[p]! + NOISE * random.normal()
  }
  const labels = { shape: [count], data: Int32Array.from({ length: count }, (_, i) => i % names.length) }
  return imageDataset({ shape: [count, 1, VOLUME_SIDE, VOLUME_SIDE, VOLUME_SIDE], data }, labels, names)
}

const recipe: Recipe = { epochs: 12, batchSize: 32, learningRate: 3e-3, decay: { every: 8, factor: 0.3, minimum: 0 } }

/** Shapes of four cubes in a volume. */
export const volumes: Task = {
  name: 'volumes',
  description:
    'which of eight shapes of four cubes is in a noisy volume, two of them mirror images; learned in one orientation, tested in all 24',
  data: 'generated: volumes of 6 x 6 x 6, shapes at one of 8 places, noise of 0.2; rotateTrain=1 and rotateTest=0 change the orientations',
  published: 'none',
  models: ['octahedral-cnn', 'z3cnn'],
  settings: { rotateTrain: 0, rotateTest: 1, trainVolumes: 800, testVolumes: 800 },
  goal: () => classes,
  recipe: () => recipe,
  load: async ({ seed, settings }) => {
    const part = (stream: string, count: number, rotation: string): ClassDataset =>
      shapeVolumes({ count, rotated: flag(settings, rotation), random: new Random({ seed, stream }) })
    const [trainVolumes, testVolumes] = [whole(settings, 'trainVolumes', 1, 20_000), whole(settings, 'testVolumes', 1, 20_000)]
    return {
      train: part('training volumes', trainVolumes, 'rotateTrain'),
      validation: part('validation volumes', testVolumes, 'rotateTrain'),
      test: part('test volumes', testVolumes, 'rotateTest'),
      classes: Object.keys(shapes),
      facts: { channels: 1, outputs: Object.keys(shapes).length },
    }
  },
}
