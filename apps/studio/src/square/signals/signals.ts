import { Permutation, translations } from '@equivar/groups'
import { Dss } from '@equivar/layers-dss'
import { CyclicConvolution } from '@equivar/layers-grids'
import { Mlp } from '@equivar/nn'
import { input, reshape, tanh } from '@equivar/tensor'
import type { Kind } from '../kind.ts'
import { Chain, compile } from '../network.ts'
import { readNumber } from '../number-in-address.ts'
import { moveRows, readOrder, writeOrder } from '../order.ts'

/** Another order of the signals, and one shift of all of them. */
export interface OrderAndShift {
  readonly order: Permutation
  readonly shift: number
}

/** How many signals there are. */
export const COUNT = 4
/** How many samples each of them has, around a circle. */
export const LENGTH = 32

const wave = (i: number, t: number): number => {
  const bump = (at: number, width: number): number => Math.exp(-(((t - at) / width) ** 2))
  return [bump(8, 3) - 0.6 * bump(18, 2), 0.8 * Math.sin((2 * Math.PI * t) / 16), t > 9 && t < 17 ? 0.7 : -0.3, 0.9 * bump(22, 5)][
    i
  ] as number
}
const start: Float64Array = Float64Array.from({ length: COUNT * LENGTH }, (_, at) => wave(Math.floor(at / LENGTH), at % LENGTH))

function move({ order, shift }: OrderAndShift, signals: Float64Array): Float64Array {
  const along = translations(LENGTH).generators[0]!.power(shift)
  const shifted = Array.from({ length: COUNT }, (_, i) => moveRows(along, signals.subarray(i * LENGTH, (i + 1) * LENGTH), 1))
  return moveRows(order, Float64Array.from(shifted.flatMap((signal) => [...signal])), LENGTH)
}

const feeds = (signals: Float64Array) => ({ x: { dtype: 'float32', shape: [1, COUNT, 1, LENGTH], data: signals } as const })

const dss = (inChannels: number, outChannels: number): Dss => {
  const convolution = (bias: boolean): CyclicConvolution =>
    new CyclicConvolution({ dimensions: 1, inChannels, outChannels, kernel: 7, bias })
  return new Dss({ own: convolution(true), shared: convolution(false), aggregate: 'mean' })
}

const symmetric = compile(
  () => {
    const x = input('x', 'float32', [1, COUNT, 1, LENGTH])
    const module = new Chain([dss(1, 6), dss(6, 1)], tanh)
    return { module, inputs: { x }, output: module.forward(x) }
  },
  feeds,
  start,
)

const plain = compile(
  () => {
    const x = input('x', 'float32', [1, COUNT, 1, LENGTH])
    const module = new Mlp({ channels: [COUNT * LENGTH, 32, COUNT * LENGTH], activation: 'tanh' })
    return { module, inputs: { x }, output: module.forward(reshape(x, [1, COUNT * LENGTH])) }
  },
  feeds,
  start,
)

const identity: OrderAndShift = { order: Permutation.identity(COUNT), shift: 0 }
const first: OrderAndShift = { order: Permutation.parse(COUNT, '(0 1 2)'), shift: 9 }

/** A set of signals that change their order and shift together, and as many signals as the output. */
export const signals: Omit<Kind<Float64Array, OrderAndShift>, 'Picture' | 'Controls'> = {
  name: 'signals',
  words: {
    hint: 'Draw on the signals of x. Drag g·x sideways: all signals shift together.',
    symmetric: 'deep sets of symmetric elements',
    plain: 'multilayer perceptron (MLP)',
    output: 'a signal for each signal',
    legend: 'wide: g·f(x), narrow: f(g·x)',
  },
  start,
  identity,
  first,
  symmetric,
  plain,
  move,
  moveOutput: move,
  between: (from, to, share) => ({ order: to.order, shift: Math.round(from.shift + share * (to.shift - from.shift)) }),
  read: (state) => ({
    order: readOrder(state, first.order),
    shift: readNumber(state, 'shift', first.shift, { least: 0, most: LENGTH - 1 }),
  }),
  write: ({ order, shift }) => ({ order: writeOrder(order), shift: String(shift) }),
}
