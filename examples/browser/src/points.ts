import { type ClassDataset, setDataset } from '@equivar/datasets'
import { DeepSets } from '@equivar/layers-sets'
import { input, Random, type TensorValue } from '@equivar/tensor'
import { reorder, type Task } from './task.ts'

const classes = ['ring', 'square', 'cross', 'two heaps']
const LARGEST = 32

/** A point of each figure, for t and u from 0 to 1. */
const figures: readonly ((t: number, u: number) => [number, number])[] = [
  (t) => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)],
  (t, u) => {
    const along = 2 * u - 1
    return [
      [along, 1],
      [along, -1],
      [1, along],
      [-1, along],
    ][Math.floor(4 * t)] as [number, number]
  },
  (t, u) => (t < 0.5 ? [2 * u - 1, 2 * u - 1] : [2 * u - 1, 1 - 2 * u]),
  (t, u) => {
    const [radius, angle] = [0.35 * Math.sqrt(u), 4 * Math.PI * t]
    return [(t < 0.5 ? -0.8 : 0.8) + radius * Math.cos(angle), radius * Math.sin(angle)]
  },
]

/** Sets of 12 to 32 points of a figure, turned, scaled and with some noise. */
function pointSets(count: number, stream: string): ClassDataset {
  const random = new Random({ seed: 1, stream })
  const elements = new Float32Array(count * LARGEST * 2)
  const labels = Int32Array.from({ length: count }, () => random.integer(classes.length))
  const sizes = Int32Array.from({ length: count }, () => 12 + random.integer(LARGEST - 11))
  labels.forEach((label, set) => {
    const [turn, scale] = [2 * Math.PI * random.uniform(), 0.7 + 0.6 * random.uniform()]
    for (let i = 0; i < sizes[set]!; i++) {
      const [x, y] = figures[label]!(random.uniform(), random.uniform())
      const at = 2 * (set * LARGEST + i)
      elements[at] = scale * (x * Math.cos(turn) - y * Math.sin(turn)) + 0.08 * random.normal()
      elements[at + 1] = scale * (x * Math.sin(turn) + y * Math.cos(turn)) + 0.08 * random.normal()
    }
  })
  return setDataset({ elements, elementShape: [2], maximumSize: LARGEST, sizes, labels, classes })
}

/** Which figure do some points come from? */
export const pointsTask: Task = {
  title: 'Sets of points',
  description:
    'Twelve to thirty-two points in the plane: from a ring, a square, a cross or two heaps? A DeepSets network gives the same answer for every order of the points.',
  classes,
  epochs: 12,
  batchSize: 32,
  learningRate: 5e-3,
  data: () => ({ train: pointSets(1600, 'train'), validation: pointSets(300, 'validation'), test: pointSets(300, 'test') }),
  model: () => {
    const inputs = { x: input('x', 'float32', ['batch', 'set', 2]), mask: input('mask', 'bool', ['batch', 'set']) }
    const module = new DeepSets({ channels: [2, 64, 64], head: [64], outputs: classes.length, pool: 'mean', readout: 'max' })
    return { module, inputs, target: input('target', 'int64', ['batch']), logits: () => module.forward(inputs.x, inputs.mask) }
  },
  symmetry: (batch, random) => {
    const { x, mask, ...rest } = batch as Record<'x' | 'mask', TensorValue>
    const order = random.permutation(x.shape[1] ?? 0)
    return { ...rest, x: reorder(x, 1, order), mask: reorder(mask, 1, order) }
  },
  draw: ({ x, mask }, index) => {
    const size = x?.shape[1] ?? 0
    const place = (value: number): string => (50 + 28 * value).toFixed(1)
    const points = Array.from({ length: size }, (_, i) => index * size + i).filter((i) => mask?.data[i] === 1)
    return points.map((i) => `<circle r="2.6" cx="${place(Number(x?.data[2 * i]))}" cy="${place(Number(x?.data[2 * i + 1]))}"/>`).join('')
  },
}
