import { type Dataset, pointGraphs } from '@equivar/datasets'
import { randomRotation, rotationMatrix } from '@equivar/groups'
import { radiusGraph } from '@equivar/layers-points'
import { meanSquaredError } from '@equivar/nn'
import { constant, gather, Random } from '@equivar/tensor'
import { classes, type Goal } from '../goals.ts'
import type { Task } from '../task.ts'

/** The shapes of e3nn's example: four points each; the first two are mirror images. */
export const shapes: Readonly<Record<string, readonly number[]>> = {
  'chiral 1': [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0],
  'chiral 2': [1, 1, 1, 1, 1, 2, 2, 1, 1, 2, 0, 1],
  square: [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0],
  line: [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3],
  corner: [0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0],
  L: [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0],
  T: [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 1],
  zigzag: [0, 0, 0, 1, 0, 0, 1, 1, 0, 2, 1, 0],
}

const RADIUS = 2.5

/** The scores that each shape is to have: 1 for itself, 0 for others, and -1 for its mirror image. */
const wanted = (): Float32Array => {
  const count = Object.keys(shapes).length
  return Float32Array.from({ length: count ** 2 }, (_, i) => {
    const [shape, score] = [Math.floor(i / count), i % count]
    return shape === score ? 1 : shape < 2 && score < 2 ? -1 : 0
  })
}

/** The class with the highest score; the loss is the mean squared error of the scores, as in e3nn's example. */
const goal: Goal = {
  ...classes,
  loss: (output, target) => {
    const count = Object.keys(shapes).length
    return meanSquaredError(output, gather(constant(wanted(), [count, count]), target))
  },
  judge: (output, width, target) => {
    const all = wanted()
    const rows = Array.from(target.data as ArrayLike<bigint>, Number)
    const errors = rows.map((label, i) => {
      const squares = Array.from({ length: width }, (_, k) => ((output[i * width + k] as number) - (all[label * width + k] as number)) ** 2)
      return squares.reduce((a, b) => a + b, 0) / width
    })
    return { ...classes.judge(output, width, target), loss: errors.reduce((a, b) => a + b, 0) }
  },
}

/** Points turned by a random rotation. */
function turned(points: readonly number[], random: Random): number[] {
  const { alpha, beta, gamma } = randomRotation(() => random.uniform())
  const matrix = rotationMatrix(alpha, beta, gamma)
  return points.map((_, at) => {
    const [row, i] = [at - (at % 3), at % 3]
    return [0, 1, 2].reduce((sum, j) => sum + (matrix[3 * i + j] as number) * (points[row + j] as number), 0)
  })
}

/** Each shape so many times, turned at random; once and as it is without a generator. */
function dataset(times: number, random?: Random): Dataset {
  const all = Object.values(shapes)
  const positions = Array.from({ length: times }, () =>
    all.map((points) => (random === undefined ? [...points] : turned(points, random))),
  ).flat()
  const graphs = positions.map((points) => {
    const { sources, targets } = radiusGraph(points, RADIUS)
    return { nodes: points.length / 3, features: new Float32Array(points.length / 3).fill(1), edges: { sources, targets } }
  })
  const names = Object.keys(shapes)
  return pointGraphs(
    { name: 'tetris', graphs, labels: Int32Array.from(positions, (_, i) => i % all.length), classes: names },
    { positions },
  )
}

/** Shapes of tetris, in any rotation. */
export const tetris: Task = {
  name: 'tetris',
  description: 'which of eight shapes of four cubes it is, two of them mirror images; learned in one position, tested in any rotation',
  data: 'the eight shapes of the example of e3nn, for training as they are, 25 times in random rotations for validation and for testing',
  published:
    '8 of 8 (Geiger and Smidt 2022, the example of e3nn with parity); --set evenOnly=1 leaves out what tells mirror images apart: at most 7 of 8',
  models: ['e3nn-tetris'],
  goal: () => goal,
  recipe: () => ({ epochs: 10, batchSize: 8, learningRate: 1e-3, stepsPerEpoch: 20 }),
  load: async ({ seed }) => ({
    train: dataset(1),
    validation: dataset(25, new Random({ seed, stream: 'validation' })),
    test: dataset(25, new Random({ seed, stream: 'test' })),
    classes: Object.keys(shapes),
    facts: { channels: 1, outputs: Object.keys(shapes).length },
  }),
}
