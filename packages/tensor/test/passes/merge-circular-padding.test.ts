import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'

const { input, evaluate } = t
const program = (options: t.ProgramOptions): t.Program => t.optimize(t.program(options))
type Tensor = t.Tensor

/** In float64, whatever the type says: the reference computes with what it is given. */
const numbers = (shape: readonly number[], phase = 0): t.TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(1.7 * i + phase)),
})

/** Around the circle on all spatial axes, then a convolution. */
function circular(x: Tensor, weight: Tensor, options: t.ConvOptions = {}): Tensor {
  const sides = weight.shape.slice(2).map((k) => ((k as number) - 1) / 2)
  return t.conv(t.pad(x, [0, 0, ...sides, 0, 0, ...sides], { mode: 'wrap' }), weight, options)
}

/** The sum over the kernel, entry by entry, in one dimension. */
function slowly(x: t.TensorValue, weight: t.TensorValue): t.TensorValue {
  const [[batch, channels, length], [outputs, , kernel]] = [x.shape, weight.shape] as unknown as [
    [number, number, number],
    [number, number, number],
  ]
  const y = numbers([batch, outputs, length])
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outputs; o++)
      for (let at = 0; at < length; at++) {
        let sum = 0
        for (let c = 0; c < channels; c++)
          for (let k = 0; k < kernel; k++) {
            const from = (at + k - (kernel - 1) / 2 + length) % length
            sum += Number(x.data[(b * channels + c) * length + from]) * Number(weight.data[(o * channels + c) * kernel + k])
          }
        y.data[(b * outputs + o) * length + at] = sum
      }
  return y
}

const count = (p: t.Program, operator: string): number => p.nodes.filter(({ operator: { name } }) => name === operator).length

const [w1, w2, w3] = [input('w1', 'float32', [3, 1, 5]), input('w2', 'float32', [3, 3, 5]), input('w3', 'float32', [2, 3, 5])] as const
const weights = { w1: numbers([3, 1, 5], 1), w2: numbers([3, 3, 5], 2), w3: numbers([2, 3, 5], 3) }
const signal = (length: number | string): t.Input => input('x', 'float32', ['batch', 1, length])
const chain = (x: Tensor): Tensor => circular(t.relu(circular(t.relu(circular(x, w1)), w2)), w3)
const inputs = { w1, w2, w3 }

test('three convolutions around a circle wrap once, with the values of the sums', () => {
  const x = signal(100)
  const p = program({ inputs: { x, ...inputs }, outputs: { y: chain(x) } })
  expect([count(p, 'Concat'), count(p, 'Conv')]).toEqual([1, 3])
  expect(p.nodes.find(({ operator: { name } }) => name === 'Concat')?.outputs[0]?.shape.at(-1)).toBe(112)
  const value = numbers([2, 1, 100])
  const rectified = (v: t.TensorValue): t.TensorValue => ({ ...v, data: (v.data as Float64Array).map((a) => Math.max(0, a)) })
  const expected = slowly(rectified(slowly(rectified(slowly(value, weights.w1)), weights.w2)), weights.w3)
  const { y } = evaluate(p, { x: value, ...weights })
  expect(y?.shape).toEqual(expected.shape)
  expected.data.forEach((v, i) => {
    expect(Number(y?.data[i])).toBeCloseTo(Number(v), 10)
  })
})

test('as far as an eighth of the circle, then anew', () => {
  const x = signal(64)
  const p = program({ inputs: { x, ...inputs }, outputs: { y: chain(x) } })
  expect(p.nodes.filter(({ operator: { name } }) => name === 'Concat').map(({ outputs: [y] }) => y?.shape.at(-1))).toEqual([68, 72])
})

/** The layer of a set of signals, with the mean over the set on a branch of its own. */
function layer(x: Tensor, own: Tensor, shared: Tensor, bias: Tensor): Tensor {
  const [batch, set, channels, length] = x.shape as [t.Dimension, t.Dimension, number, number]
  const each = circular(t.reshape(x, [-1, channels, length]), own)
  const all = circular(t.reduceMean(x, { axis: 1 }), shared)
  return t.relu(t.add(t.add(t.reshape(each, [batch, set, own.shape[0] as number, length]), t.unsqueeze(all, 1)), bias))
}

const bias = input('bias', 'float32', [3, 1])
const sets = (set: number | string): t.Input => input('x', 'float32', ['batch', set, 1, 64])

function network(x: Tensor): Tensor {
  const first = layer(x, w1, t.mul(w1, 0.5), bias)
  return layer(first, w2, t.mul(w2, 0.5), bias)
}

/** Wraps as often as that, with the values of the expression as it was built. */
function compare(build: (x: Tensor) => Tensor, x: t.Input, value: t.TensorValue, wraps: number): void {
  const given = { x, ...inputs, bias }
  const feeds = { x: value, ...weights, bias: numbers([3, 1], 4) }
  const y = build(x)
  const fast = program({ inputs: given, outputs: { y } })
  const asBuilt = new t.Program(fast.inputs, [{ name: 'y', tensor: y }], {})
  const around = fast.nodes.filter(
    ({ operator: { name }, inputs: [part, other] }) => name === 'Concat' && [part, other].some((s) => s?.node.operator.name === 'Slice'),
  )
  expect(around.length).toBe(wraps)
  const [a, b] = [evaluate(fast, feeds).y, evaluate(asBuilt, feeds).y]
  expect(a?.shape).toEqual(b?.shape)
  a?.data.forEach((v, i) => {
    expect(Number(v)).toBeCloseTo(Number(b?.data[i]), 10)
  })
}

test('sets of signals: the mean over the set is of longer signals too', () => {
  compare(network, sets('set'), numbers([2, 3, 1, 64]), 2)
})

test('images on the torus, and channels put together', () => {
  const [v1, v2] = [
    t.reshape(t.concat([w1, t.mul(w1, 2), w1], 2), [3, 1, 3, 5]),
    t.reshape(t.concat([w2, t.mul(w2, 2), w2], 2), [3, 3, 3, 5]),
  ]
  const both = t.concat([v2, v2], 1)
  const build = (x: Tensor): Tensor => {
    const y = circular(x, v1)
    return circular(t.concat([t.tanh(y), t.relu(y)], 1), both)
  }
  compare(build, input('x', 'float32', ['batch', 1, 80, 130]), numbers([1, 1, 80, 130]), 2)
})

test.each<[string, number, (x: Tensor) => Tensor]>([
  ['features that are read elsewhere', 2, (x) => t.add(chain(x), t.reduceMean(circular(x, w1)))],
  ['windows longer than the circle', 2, (x) => circular(t.conv(t.pad(x, [0, 0, 2, 0, 0, 1], { mode: 'wrap' }), w1), w2)],
  ['zeros around it', 1, (x) => circular(t.conv(x, w1, { pads: 2 }), w2)],
  ['zeros beside what is wrapped', 2, (x) => circular(t.conv(t.pad(x, [0, 0, 1, 0, 0, 1], { mode: 'wrap' }), w1, { pads: 1 }), w2)],
  ['zeros behind what is wrapped', 2, (x) => circular(t.conv(t.pad(x, [0, 0, 2, 0, 0, 1], { mode: 'wrap' }), w1, { pads: [0, 1] }), w2)],
  ['a stride', 2, (x) => circular(t.conv(t.pad(x, [0, 0, 2, 0, 0, 2], { mode: 'wrap' }), w1, { strides: 2 }), w2)],
  ['a sum with what was given', 2, (x) => circular(t.add(circular(x, w1), x), w2)],
  ['sums along the circle', 2, (x) => circular(t.cumSum(circular(x, w1), 2), w2)],
  ['a window on one side only', 1, (x) => t.conv(t.pad(circular(x, w1), [0, 0, 0, 0, 0, 4], { mode: 'wrap' }), w2)],
  [
    'windows of two sizes',
    1,
    (x) => t.add(circular(circular(x, w1), w2), circular(circular(x, w1), t.slice(w2, { axis: 2, start: 1, end: 4 }))),
  ],
])('other readers, sizes and windows: %s', (_, wraps, build) => {
  compare(build, signal(96), numbers([2, 1, 96]), wraps)
})

test('symbolic sizes and training steps stay as they are', () => {
  const open = signal('length')
  expect(count(program({ inputs: { x: open, ...inputs }, outputs: { y: chain(open) } }), 'Concat')).toBe(3)
  const x = signal(96)
  const y = chain(x)
  const loss = t.reduceSum(t.mul(y, y))
  const p = program({ inputs: { x, ...inputs }, outputs: { gradient: t.differentiate(loss, w1) } })
  expect(count(p, 'Concat')).toBeGreaterThanOrEqual(3)
})
