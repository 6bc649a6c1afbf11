import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, Mlp, parametersOf, trace } from '@equivar/nn'
import {
  differentiate,
  evaluate,
  type Input,
  input,
  type Program,
  program,
  Random,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { JanossyPooling, segments } from '../src/index.ts'

const random = new Random({ seed: 6 })
const normal = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})

/** All ordered tuples of distinct members. */
function tuples(members: readonly number[], order: number): number[][] {
  if (order === 0) return [[]]
  return members.flatMap((first) =>
    tuples(
      members.filter((m) => m !== first),
      order - 1,
    ).map((rest) => [first, ...rest]),
  )
}

test.each([1, 2, 3])('order %i is the mean of the MLP over every ordered tuple of distinct elements', (order) => {
  const layer = new JanossyPooling({ channels: [2, 4, 3], order, activation: 'tanh' })
  const x = input('x', 'float32', ['batch', 'n', 2])
  const mask = input('mask', 'bool', ['batch', 'n'])
  const p = program({ inputs: { x, mask, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x, mask) } })
  const [points, weights] = [normal(1, 5, 2), initialize(layer, 1)]
  const received =
    evaluate(p, { x: points, mask: { dtype: 'bool', shape: [1, 5], data: Uint8Array.of(1, 0, 1, 1, 1) }, ...weights }).y?.data ?? []

  const mlp = new Mlp({ channels: [2 * order, 4, 3], activation: 'tanh' })
  const row = input('row', 'float32', ['tuples', 2 * order])
  const all = tuples([0, 2, 3, 4], order)
  const rows = Float32Array.from(
    all.flatMap((tuple) => tuple.flatMap((i) => [points.data[2 * i] as number, points.data[2 * i + 1] as number])),
  )
  const first = Float32Array.from(Array.from({ length: order }, (_, k) => Array.from(weights[`places.${k}`]?.data as Float32Array)).flat())
  const outputs = evaluate(program({ inputs: { row, ...Object.fromEntries(parametersOf(mlp)) }, outputs: { y: mlp.forward(row) } }), {
    row: { dtype: 'float32', shape: [all.length, 2 * order], data: rows },
    'layers.0.weight': { dtype: 'float32', shape: [2 * order, 4], data: first },
    'layers.0.bias': weights.bias as TensorValue,
    'layers.1.weight': weights['mlp.layers.0.weight'] as TensorValue,
    'layers.1.bias': weights['mlp.layers.0.bias'] as TensorValue,
  }).y?.data as Float64Array
  for (let c = 0; c < 3; c++) {
    const mean = all.reduce((sum, _, t) => sum + (outputs[t * 3 + c] as number), 0) / all.length
    expect(Math.abs((received[c] as number) - mean)).toBeLessThan(1e-12)
  }
})

describe('sampled tuples', () => {
  const settings = { channels: [2, 4, 3], order: 2, activation: 'tanh' } as const
  const SAMPLES = 4000
  const x = input('x', 'float32', ['batch', 'n', 2])
  const mask = input('mask', 'bool', ['batch', 'n'])
  const seed = input('seed', 'int64', [])
  const training = (layer: JanossyPooling, build: () => Tensor, inputs: Record<string, Input>): Program => {
    const { result } = trace({ training: true, seed }, build)
    const gradient = differentiate(reduceSum(result), [inputs.x as Input])[0] as Tensor
    return program({ inputs: { ...inputs, seed, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: result, gradient } })
  }
  const feeds = {
    x: normal(4, 5, 2),
    mask: { dtype: 'bool', shape: [4, 5], data: Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) } as TensorValue,
    seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) } as TensorValue,
  }

  test('have the exact mean as their expectation; a set without tuples gives 0; inference uses all tuples', () => {
    const [all, some] = [new JanossyPooling(settings), new JanossyPooling({ ...settings, samples: SAMPLES })]
    const weights = initialize(all, 1)
    const exact = (layer: JanossyPooling): Float64Array => {
      const p = program({ inputs: { x, mask, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x, mask) } })
      return evaluate(p, { ...feeds, ...weights }).y?.data as Float64Array
    }
    expect(exact(some)).toEqual(exact(all))
    const sampled = evaluate(
      training(some, () => some.forward(x, mask), { x, mask }),
      { ...feeds, ...weights },
    )
    sampled.y?.data.forEach((v, i) => {
      expect(Math.abs(v - (exact(all)[i] as number))).toBeLessThan(5 / Math.sqrt(SAMPLES))
    })
    expect([...(sampled.y?.data ?? [])].slice(6)).toEqual([0, 0, 0, 0, 0, 0])
    const [first, second] = [0, 1].map((set) => sampled.gradient?.data.slice(set * 10, set * 10 + 10) as Float64Array)
    expect(first?.every((v) => v !== 0)).toBe(true)
    expect([...(second as Float64Array)].map((v) => v !== 0)).toEqual([true, true, false, false, true, true, true, true, false, false])
  })

  test('are pairs of distinct elements: with two elements of x and -x the sum is 0', () => {
    const layer = new JanossyPooling({ channels: [2, 1], order: 2, samples: 7 })
    const p = training(layer, () => layer.forward(x), { x })
    const one = { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1, 1) } as TensorValue
    const y = evaluate(p, {
      x: { dtype: 'float32', shape: [1, 2, 2], data: Float32Array.of(3, 1, -3, -1) },
      seed: feeds.seed,
      'places.0': one,
      'places.1': one,
      bias: { dtype: 'float32', shape: [1], data: Float32Array.of(0) },
    }).y
    expect([...(y?.data ?? [])]).toEqual([0])
  })

  test('run on ONNX Runtime, padded and ragged, also for a set axis of size 0', async () => {
    const layer = new JanossyPooling({ ...settings, samples: 5 })
    const weights = initialize(layer, 1)
    const scalar = (name: string): Input => input(name, 'int64', [], { binds: name })
    const ragged = {
      x: input('x', 'float32', ['elements', 2]),
      batch: input('batch', 'int64', ['elements']),
      sets: scalar('sets'),
      largest: scalar('largest'),
    }
    const int = (...data: number[]): TensorValue => ({ dtype: 'int64', shape: [data.length], data: BigInt64Array.from(data, BigInt) })
    const number = (value: number): TensorValue => ({ ...int(value), shape: [] })
    const cases: [Program, Record<string, TensorValue>][] = [
      [training(layer, () => layer.forward(x, mask), { x, mask }), feeds],
      [training(layer, () => layer.forward(x), { x }), { x: normal(2, 0, 2), seed: feeds.seed }],
      [
        training(layer, () => layer.forward(ragged.x, segments(ragged.batch, 'sets', { largest: 'largest' })), ragged),
        { x: normal(6, 2), batch: int(0, 2, 0, 0, 2, 1), sets: number(4), largest: number(3), seed: feeds.seed },
      ],
    ]
    for (const [p, given] of cases)
      for (const { error } of await parity(p, [onnxBackend()], { ...given, ...weights })) expect(error).toBeLessThan(1e-5)
  })

  test('fewer than one are rejected', () => {
    expect(() => new JanossyPooling({ ...settings, samples: 0 })).toThrow('JanossyPooling: expected 1 sample or more, received 0.')
  })
})

test.each<[Partial<ConstructorParameters<typeof JanossyPooling>[0]>, string]>([
  [{ order: 0 }, 'an order of 1 or more, received 0.'],
  [{ order: 1.5 }, 'an order of 1 or more, received 1.5.'],
  [{ samples: 1.5 }, '1 sample or more, received 1.5.'],
  [{ channels: [2] }, 'at least two channels (input and output), received [2].'],
  [{ channels: [] }, 'at least two channels (input and output), received [].'],
])('%j is refused', (options, expected) => {
  expect(() => new JanossyPooling({ channels: [2, 3], ...options })).toThrow(new RangeError(`JanossyPooling: expected ${expected}`))
})
