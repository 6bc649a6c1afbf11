import { evaluate, input, program, Random, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { BatchNorm, type BatchNormOptions, LayerNorm, parametersOf, trace } from '../src/index.ts'

const random = new Random({ seed: 6, stream: 'norm-statistics' })
const numbers = Array.from({ length: 24 }, () => Math.fround(3 + 2 * random.normal()))
const stored = { scale: [0.5, 2], offset: [1, -1], runningMean: [0.25, -3], runningVariance: [4, 0.5] }
const values = Object.fromEntries(Object.entries(stored).map(([name, data]) => [name, tensorValue('float32', [2], data)]))
const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length
const variance = (list: readonly number[]): number => mean(list.map((v) => (v - mean(list)) ** 2))

/** Shapes with two channels, the axis of the channels, and the channel of each number. */
const layouts: [number[], BatchNormOptions, (at: number) => number][] = [
  [[3, 4, 2], { channels: 2 }, (at) => at % 2],
  [[3, 2, 4], { channels: 2, axis: 1 }, (at) => Math.floor(at / 4) % 2],
  [[3, 2, 4], { channels: 2, axis: -2 }, (at) => Math.floor(at / 4) % 2],
  [[2, 3, 4], { channels: 2, axis: 0 }, (at) => Math.floor(at / 12)],
]

function evaluated(norm: BatchNorm, shape: readonly number[], masked?: readonly number[], training = true) {
  const x = input('x', 'float32', shape)
  const mask = input('mask', 'bool', [shape[0] as number])
  const { result, updates } = trace({ training }, () => norm.forward(x, masked === undefined ? undefined : mask))
  const { runningMean, runningVariance } = norm
  const outputs: Record<string, Tensor> = { y: result }
  if (training) Object.assign(outputs, { mean: updates.get(runningMean), variance: updates.get(runningVariance) })
  const feeds: Record<string, TensorValue> = { x: tensorValue('float32', shape, numbers), ...values }
  if (masked !== undefined) feeds.mask = tensorValue('bool', [shape[0] as number], [...masked])
  const p = program({ inputs: { x, ...(masked === undefined ? {} : { mask }), ...Object.fromEntries(parametersOf(norm)) }, outputs })
  return Object.fromEntries(Object.entries(evaluate(p, feeds)).map(([name, { data }]) => [name, Array.from(data, Number)]))
}

const expectClose = (received: readonly number[] | undefined, expected: readonly number[]): void =>
  expect(received).toEqual(expected.map((v) => expect.closeTo(v, 10)))

test.each(layouts)('batch norm of %j with %j: training, running statistics and inference', (shape, options, channelOf) => {
  for (const [extra, momentum, epsilon] of [
    [{}, 0.1, 1e-5],
    [{ momentum: 0.3, epsilon: 0.25 }, 0.3, 0.25],
  ] as const) {
    const norm = new BatchNorm({ ...options, ...extra })
    const groups = [0, 1].map((channel) => numbers.filter((_, i) => channelOf(i) === channel))
    const normalized = (means: readonly number[], variances: readonly number[]): number[] =>
      numbers.map((v, i) => {
        const c = channelOf(i) as 0 | 1
        const unit = (v - (means[c] as number)) / Math.sqrt((variances[c] as number) + epsilon)
        return unit * (stored.scale[c] as number) + (stored.offset[c] as number)
      })
    const { y, mean: nextMean, variance: nextVariance } = evaluated(norm, shape)
    expectClose(y, normalized(groups.map(mean), groups.map(variance)))
    const blend = (old: readonly number[], now: readonly number[]): number[] =>
      old.map((v, c) => (1 - momentum) * v + momentum * (now[c] as number))
    expectClose(nextMean, blend(stored.runningMean, groups.map(mean)))
    expectClose(
      nextVariance,
      blend(
        stored.runningVariance,
        groups.map((group) => (variance(group) * 12) / 11),
      ),
    )
    expectClose(evaluated(norm, shape, undefined, false).y, normalized(stored.runningMean, stored.runningVariance))
  }
})

test('running statistics of the elements that exist, down to one and none', () => {
  const norm = new BatchNorm({ channels: 2 })
  const kept = (rows: readonly number[], channel: number): number[] => rows.flatMap((row) => [numbers[2 * row + channel] as number])
  for (const rows of [[1, 4, 7, 11], [3], []]) {
    const mask = Array.from({ length: 12 }, (_, i) => (rows.includes(i) ? 1 : 0))
    const { mean: nextMean, variance: nextVariance } = evaluated(norm, [12, 2], mask)
    const means = [0, 1].map((c) => (rows.length === 0 ? 0 : mean(kept(rows, c))))
    const variances = [0, 1].map((c) => (rows.length < 2 ? 0 : (variance(kept(rows, c)) * rows.length) / (rows.length - 1)))
    expectClose(
      nextMean,
      means.map((v, c) => 0.9 * (stored.runningMean[c] as number) + 0.1 * v),
    )
    expectClose(
      nextVariance,
      variances.map((v, c) => 0.9 * (stored.runningVariance[c] as number) + 0.1 * v),
    )
  }
})

test.each([
  [{}, 1e-5],
  [{ epsilon: 0.25 }, 0.25],
])('layer norm with %j normalizes along the last axis', (options, epsilon) => {
  const norm = new LayerNorm({ channels: 4, ...options })
  const x = input('x', 'float32', [2, 3, 4])
  const [scale, offset] = [
    [1, -2, 0.5, 3],
    [0, 1, 2, -1],
  ]
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(norm)) }, outputs: { y: norm.forward(x) } })
  const feeds = {
    x: tensorValue('float32', [2, 3, 4], numbers),
    scale: tensorValue('float32', [4], scale as number[]),
    offset: tensorValue('float32', [4], offset as number[]),
  }
  const expected = numbers.map((v, i) => {
    const row = numbers.slice(i - (i % 4), i - (i % 4) + 4)
    return ((v - mean(row)) / Math.sqrt(variance(row) + epsilon)) * (scale?.[i % 4] as number) + (offset?.[i % 4] as number)
  })
  expectClose(Array.from(evaluate(p, feeds).y?.data ?? [], Number), expected)
})

test('scales start at 1, offsets and running means at 0, running variances at 1', () => {
  const start = (norm: BatchNorm | LayerNorm) =>
    Array.from(parametersOf(norm), ([name, { initializer, sizes, trainable }]) => [name, Array.from(initializer(sizes, random)), trainable])
  const learnt = [
    ['scale', [1, 1], true],
    ['offset', [0, 0], true],
  ]
  expect(start(new LayerNorm({ channels: 2 }))).toEqual(learnt)
  expect(start(new BatchNorm({ channels: 2 }))).toEqual([...learnt, ['runningMean', [0, 0], false], ['runningVariance', [1, 1], false]])
})
