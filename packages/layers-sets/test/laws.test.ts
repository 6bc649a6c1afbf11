import { onnxBackend } from '@equivar/backend-onnx'
import { type Action, naturalAction, symmetric, wreathProduct } from '@equivar/groups'
import { add, cumSum, input, Random, type Tensor } from '@equivar/tensor'
import { equivarianceError, type LayerDescription, layerChecks, type ModuleLike } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { DeepSetsLayer, ExchangeableMatrixLayer, NestedSetLayer } from '../src/index.ts'
import { CHANNELS, described, exchangeable, families, type Layer, nested } from './families.ts'

const backends = [onnxBackend({ threads: 1 })]

describe.each(families.map(described))('$name', (description) => {
  for (const { name, run } of layerChecks(description, backends)) test(name, run)
})

describe('negative controls', () => {
  const errorUnder = (layer: ModuleLike, action: Action, shape: number[]): number => {
    const random = new Random({ seed: 1 })
    const x = {
      dtype: 'float32',
      shape,
      data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    } as const
    return equivarianceError(layer, { inputActions: { x: { 1: action } }, outputActions: { y: { 1: action } }, feeds: { x } })
  }

  test('an exchangeable layer does not commute with the larger wreath product, a nested layer does', () => {
    const channels = { inChannels: CHANNELS, outChannels: 2 }
    expect(errorUnder(new ExchangeableMatrixLayer(channels), nested(3, 4), [1, 3, 4, CHANNELS])).toBeGreaterThan(0.05)
    expect(errorUnder(new NestedSetLayer(channels), nested(3, 4), [1, 3, 4, CHANNELS])).toBeLessThan(1e-12)
  })

  test('a layer after a cumulative sum along the set is not equivariant', () => {
    const layer = new DeepSetsLayer({ inChannels: CHANNELS, outChannels: 2 })
    const summed = { forward: (x: Tensor) => layer.forward(add(x, cumSum(x, 1))) }
    expect(errorUnder(summed, naturalAction(symmetric(5)), [1, 5, CHANNELS])).toBeGreaterThan(0.05)
  })
})

const nestedTwice = (n: number, m: number, k: number): Action =>
  naturalAction(wreathProduct(wreathProduct(symmetric(k), symmetric(m)), symmetric(n)))
const one = { inChannels: 1, outChannels: 1, bias: false }
const spaces: [string, () => Layer, (n: number) => number[], (n: number) => Action, number][] = [
  ['DeepSetsLayer mean', () => new DeepSetsLayer(one), (n) => [n], (n) => naturalAction(symmetric(n)), 2],
  ['DeepSetsLayer sum', () => new DeepSetsLayer({ ...one, pool: 'sum' }), (n) => [n], (n) => naturalAction(symmetric(n)), 2],
  [
    'DeepSetsLayer mean and sum',
    () => new DeepSetsLayer({ ...one, pool: ['mean', 'sum'] }),
    (n) => [n],
    (n) => naturalAction(symmetric(n)),
    2,
  ],
  ['ExchangeableMatrixLayer', () => new ExchangeableMatrixLayer(one), (n) => [n, 3], (n) => exchangeable(n, 3), 4],
  [
    'ExchangeableMatrixLayer of three axes',
    () => new ExchangeableMatrixLayer({ ...one, axes: 3 }),
    (n) => [n, 2, 3],
    (n) => exchangeable(n, 2, 3),
    8,
  ],
  ['NestedSetLayer of three levels', () => new NestedSetLayer({ ...one, axes: 3 }), (n) => [n, 2, 3], (n) => nestedTwice(n, 2, 3), 4],
  ['NestedSetLayer', () => new NestedSetLayer(one), (n) => [n, 3], (n) => nested(n, 3), 3],
]
const spanning = ([name, make, sizes, action, maps]: (typeof spaces)[number]): LayerDescription<number> => ({
  name,
  variant: (n) => n,
  expression: (n) => {
    const x = input('x', 'float32', ['batch', ...sizes(n), 1])
    return { inputs: { x }, outputs: make().forward(x) }
  },
  feeds: () => ({}),
  sizes: [],
  span: { sizes: [1, 2, 3, 4, 5, 6, 7], input: action, output: action, maps: (n) => (n > 1 ? maps : undefined) },
})
describe.each(spaces.map(spanning))('$name, for n = 1 to 7', (description) => {
  for (const { name, run } of layerChecks(description)) test(name, run)
})
