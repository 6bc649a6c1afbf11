import { Dss, poolSet } from '@equivar/layers-dss'
import { CyclicConvolution } from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { input, type Random, reduceMean, relu, type Tensor } from '@equivar/tensor'
import { exampleAt, type Task } from '../task.ts'
import { drawExamples } from './draw-examples.ts'

const classes = ['sine', 'square', 'sawtooth']
const [COPIES, LENGTH] = [12, 48]
const form = { input: 'x', shape: [COPIES, 1, LENGTH], classes }

const waves: readonly ((phase: number) => number)[] = [
  (phase) => Math.sin(2 * Math.PI * phase),
  (phase) => (phase < 0.5 ? 1 : -1),
  (phase) => 2 * phase - 1,
]

/** Noisy copies of one wave, from one to four periods long. */
function copiesOf(label: number, random: Random): Float32Array {
  const [periods, start] = [1 + random.integer(4), random.uniform()]
  const wave = waves[label] as (phase: number) => number
  return Float32Array.from({ length: COPIES * LENGTH }, (_, i) => wave(((periods * (i % LENGTH)) / LENGTH + start) % 1) + random.normal())
}

const convolution = (inChannels: number, outChannels: number): CyclicConvolution =>
  new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel: 7, bias: false })
const dss = (inChannels: number, outChannels: number): Dss =>
  new Dss({ own: convolution(inChannels, outChannels), shared: convolution(inChannels, outChannels), aggregate: 'mean' })

/** Two DSS layers on a set of signals, its mean, a convolution of that, the mean over time, an MLP. */
class SignalClassifier extends Module {
  readonly elements = [dss(1, 12), dss(12, 12)]
  readonly elementNorms = [new BatchNorm({ channels: 12, axis: 2 }), new BatchNorm({ channels: 12, axis: 2 })]
  readonly pooled = convolution(12, 24)
  readonly pooledNorm = new BatchNorm({ channels: 24, axis: 1 })
  readonly head = new Mlp({ channels: [24, 24, classes.length] })

  forward(x: Tensor): Tensor {
    const features = this.elements.reduce((h, layer, i) => relu((this.elementNorms[i] as BatchNorm).forward(layer.forward(h))), x)
    const signal = relu(this.pooledNorm.forward(this.pooled.forward(poolSet(features, 'mean'))))
    return this.head.forward(reduceMean(signal, { axis: -1 }))
  }
}

/** The samples of one signal as a path. */
function line(samples: ArrayLike<number>, [low, high]: readonly [number, number]): string {
  const y = (value: number): string => (92 - (84 * (value - low)) / (high - low)).toFixed(1)
  return `M${Array.from(samples, (value, t) => `${((100 * t) / (samples.length - 1)).toFixed(1)} ${y(value)}`).join('L')}`
}

/** Which wave do noisy copies of one signal have? */
export const signalsTask: Task = {
  ...form,
  title: 'Sets of signals',
  question: 'Which wave is behind these 12 noisy copies?',
  action: 'S on axis 1 x shifts on axis 3',
  moved: 'the copies come in another order, or later',
  network: 'DSS',
  batchSize: 16,
  learningRate: 5e-3,
  data: (count) => drawExamples(form, copiesOf, count),
  symmetric: () => {
    const x = input('x', 'float32', ['batch', 'set', 1, 'length'])
    const module = new SignalClassifier()
    return { module, inputs: { x }, logits: () => module.forward(x) }
  },
  draw: (batch, index) => {
    const all = exampleAt(batch, index)
    const copies = Array.from({ length: COPIES }, (_, i) => all.subarray(i * LENGTH, (i + 1) * LENGTH))
    const mean = Float32Array.from({ length: LENGTH }, (_, t) => copies.reduce((sum, copy) => sum + (copy[t] as number), 0) / COPIES)
    const range = [Math.min(...all), Math.max(...all)] as const
    return `<path class="faint" d="${copies
      .slice(0, 3)
      .map((copy) => line(copy, range))
      .join('')}"/><path d="${line(mean, range)}"/>`
  },
}
