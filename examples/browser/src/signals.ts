import { signals } from '@equivar/datasets'
import { Dss, poolSet } from '@equivar/layers-dss'
import { CyclicConvolution } from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { input, reduceMean, relu, type Tensor, type TensorValue } from '@equivar/tensor'
import { reorder, type Task } from './task.ts'

const convolution = (inChannels: number, outChannels: number): CyclicConvolution =>
  new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel: 9, bias: false })
const dss = (inChannels: number, outChannels: number): Dss =>
  new Dss({ own: convolution(inChannels, outChannels), shared: convolution(inChannels, outChannels), aggregate: 'mean' })

/** Two DSS layers on a set of signals, its mean, a convolution of that, the mean over time, an MLP. */
class SignalClassifier extends Module {
  readonly elements = [dss(1, 16), dss(16, 16)]
  readonly elementNorms = [new BatchNorm({ channels: 16, axis: 2 }), new BatchNorm({ channels: 16, axis: 2 })]
  readonly pooled = convolution(16, 32)
  readonly pooledNorm = new BatchNorm({ channels: 32, axis: 1 })
  readonly head = new Mlp({ channels: [32, 32, 3] })

  forward(x: Tensor, mask: Tensor): Tensor {
    const features = this.elements.reduce((h, layer, i) => relu(this.elementNorms[i]!.forward(layer.forward(h, mask), mask)), x)
    const signal = relu(this.pooledNorm.forward(this.pooled.forward(poolSet(features, 'mean', mask))))
    return this.head.forward(reduceMean(signal, { axis: -1 }))
  }
}

/** The samples of one signal as a path. */
function line(samples: ArrayLike<number>, [low, high]: readonly [number, number]): string {
  const y = (value: number): string => (100 - (100 * (value - low)) / (high - low)).toFixed(1)
  return `M${Array.from(samples, (value, t) => `${((100 * t) / (samples.length - 1)).toFixed(1)} ${y(value)}`).join('L')}`
}

/** Which wave do noisy copies of one signal have? */
export const signalsTask: Task = {
  title: 'Sets of signals',
  description:
    'Fifteen noisy copies of one wave: sine, square or sawtooth? A DSS network commutes with every order of the copies and with every cyclic shift of time.',
  classes: ['sine', 'square', 'sawtooth'],
  epochs: 10,
  batchSize: 16,
  learningRate: 5e-3,
  data: () => signals({ train: 480, validation: 150, test: 150, setSize: 15, length: 64, noise: 1 }),
  model: () => {
    const inputs = { x: input('x', 'float32', ['batch', 'set', 1, 'length']), mask: input('mask', 'bool', ['batch', 'set']) }
    const module = new SignalClassifier()
    return { module, inputs, target: input('target', 'int64', ['batch']), logits: () => module.forward(inputs.x, inputs.mask) }
  },
  symmetry: (batch, random) => {
    const { x, mask, ...rest } = batch as Record<'x' | 'mask', TensorValue>
    const [, set = 0, , length = 0] = x.shape
    const order = random.permutation(set)
    const by = random.integer(length)
    const shifted = reorder(
      x,
      3,
      Array.from({ length }, (_, i) => (i + by) % length),
    )
    return { ...rest, x: reorder(shifted, 1, order), mask: reorder(mask, 1, order) }
  },
  draw: (batch, index) => {
    const { shape, data } = batch.x as TensorValue
    const [, set = 0, , length = 0] = shape
    const all = (data as Float32Array).subarray(index * set * length, (index + 1) * set * length)
    const copy = (i: number): Float32Array => all.subarray(i * length, (i + 1) * length)
    const mean = Float32Array.from({ length }, (_, t) => Array.from({ length: set }, (_, i) => copy(i)[t]!).reduce((a, b) => a + b) / set)
    const range = [Math.min(...all), Math.max(...all)] as const
    return `<path class="faint" d="${[0, 1, 2].map((i) => line(copy(i), range)).join('')}"/><path d="${line(mean, range)}"/>`
  },
}
