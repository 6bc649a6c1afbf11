import { DeepSets } from '@equivar/layers-sets'
import { input, type Random } from '@equivar/tensor'
import { exampleAt, type Task } from '../task.ts'
import { drawExamples } from './draw-examples.ts'

const classes = ['ring', 'square', 'cross', 'heaps']
const POINTS = 24
const form = { input: 'x', shape: [POINTS, 2], classes }

/** A point of each figure, for t and u from 0 to 1. */
const figures: readonly ((t: number, u: number) => readonly [number, number])[] = [
  (t) => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)],
  (t, u) => {
    const along = 2 * u - 1
    const sides = [
      [along, 1],
      [along, -1],
      [1, along],
      [-1, along],
    ] as const
    return sides[Math.floor(4 * t) as 0]
  },
  (t, u) => (t < 0.5 ? [2 * u - 1, 2 * u - 1] : [2 * u - 1, 1 - 2 * u]),
  (t, u) => {
    const [radius, angle] = [0.35 * Math.sqrt(u), 4 * Math.PI * t]
    return [(t < 0.5 ? -0.8 : 0.8) + radius * Math.cos(angle), radius * Math.sin(angle)]
  },
]

/** Points of a figure, turned, scaled and with some noise. */
function pointsOf(label: number, random: Random): Float32Array {
  const [turn, scale] = [2 * Math.PI * random.uniform(), 0.7 + 0.6 * random.uniform()]
  const points = Array.from({ length: POINTS }, () => {
    const [x, y] = (figures[label] as (typeof figures)[number])(random.uniform(), random.uniform())
    return [
      scale * (x * Math.cos(turn) - y * Math.sin(turn)) + 0.08 * random.normal(),
      scale * (x * Math.sin(turn) + y * Math.cos(turn)) + 0.08 * random.normal(),
    ]
  })
  return Float32Array.from(points.flat())
}

/** Which figure do some points come from? */
export const pointsTask: Task = {
  ...form,
  title: 'Points',
  question: 'From which figure are these 24 points?',
  action: 'S on axis 1',
  moved: 'the points come in another order',
  network: 'DeepSets',
  batchSize: 32,
  learningRate: 5e-3,
  data: (count) => drawExamples(form, pointsOf, count),
  symmetric: () => {
    const x = input('x', 'float32', ['batch', 'n', 2])
    const module = new DeepSets({ channels: [2, 64, 64], head: [64], outputs: classes.length, pool: 'mean', readout: 'max' })
    return { module, inputs: { x }, logits: () => module.forward(x) }
  },
  draw: (batch, index) => {
    const numbers = exampleAt(batch, index)
    const place = (value: number): string => (50 + 28 * value).toFixed(1)
    const points = Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i] as number, numbers[2 * i + 1] as number] as const)
    return points.map(([x, y]) => `<circle r="2.6" cx="${place(x)}" cy="${place(-y)}"/>`).join('')
  },
}
