import { initialize, Mlp, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random, type TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { JanossyPooling } from '../src/index.ts'

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

test('an order below 1 and a lack of channels are refused', () => {
  expect(() => new JanossyPooling({ channels: [2, 3], order: 0 })).toThrow('JanossyPooling: expected an order of 1 or more, received 0.')
  expect(() => new JanossyPooling({ channels: [2] })).toThrow(
    'JanossyPooling: expected at least two channels (input and output), received [2].',
  )
})
