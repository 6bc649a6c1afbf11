import { BatchNorm, Linear, Module } from '@equivar/nn'
import { reduceMax, type Tensor, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { affine, difference, each, plus, relu, type Values } from '../../nn/test/rows.ts'
import {
  type Aggregation,
  AittalaDurand,
  DeepSetsBlock,
  type DeepSetsBlockOptions,
  Dss,
  type DssAggregation,
  EquivariantHead,
  IndependentDss,
  InvariantHead,
  Siamese,
  SiameseDeepSets,
  Sridhar,
} from '../src/index.ts'
import { parametersAt } from './harness.ts'
import {
  CHANNELS,
  dssOf,
  expectSignals,
  given,
  LENGTH,
  layerOf,
  norm,
  overPositions,
  overSet,
  Pointwise,
  received,
  SET,
  type Signals,
} from './signals.ts'

describe.each<DssAggregation>(['sum', 'mean', 'max', 'sumAfter', 'meanAfter', 'maxAfter'])('Dss with %s', (aggregate) => {
  test.each([false, true])('is own(x_i) and what is shared, norms %s', (norms) => {
    const both = norms ? { ownNorm: norm(), sharedNorm: norm() } : {}
    expectSignals(new Dss({ own: new Pointwise(), shared: new Pointwise(), aggregate, ...both }), (values) =>
      dssOf(given, aggregate, values),
    )
  })
})

test('Dss sums by default', () => {
  expectSignals(new Dss({ own: new Pointwise(), shared: new Pointwise() }), (values) => dssOf(given, 'sum', values))
})

describe.each([false, true])('the baselines, norm %s', (withNorm) => {
  const own = () => ({ own: new Pointwise(), ...(withNorm ? { ownNorm: norm() } : {}) })
  const apart = (values: Values): Signals => given.map((rows) => layerOf(rows, values, 'own'))
  test('Siamese is own(x_i)', () => expectSignals(new Siamese(own()), apart))
  test('AittalaDurand is own(x_i) beside the maximum', () => {
    expectSignals(new AittalaDurand({ ...own(), axis: -2 }), (values) => {
      const set = apart(values)
      return set.map((rows) => rows.map((row, p) => [...row, ...(overSet(set, 'max')[p] as number[])]))
    })
  })
  test('Sridhar is own(x_i) minus the mean', () => {
    expectSignals(new Sridhar(own()), (values) => {
      const set = apart(values)
      return set.map((rows) =>
        plus(
          rows,
          each(overSet(set, 'mean'), (v) => -v),
        ),
      )
    })
  })
})

/** Vectors as signals of length 1. */
const vectors: Signals = given.map((rows) => [rows.flat()])
const vectorValue = tensorValue('float32', [1, SET, LENGTH * CHANNELS], Float32Array.from(vectors.flat(2)))
function blockOf(
  set: Signals,
  { channels, aggregate = 'max', finalActivation = false }: DeepSetsBlockOptions,
  values: Values,
  path = '',
): Signals {
  return channels.slice(1).reduce<Signals>((h, _, i) => {
    const y = dssOf(h, aggregate, values, `${path}layers.${i}.`, '.')
    return i < channels.length - (finalActivation ? 1 : 2) ? y.map(relu) : y
  }, set)
}
const blocks: Omit<DeepSetsBlockOptions, 'channels'>[] = [
  {},
  { aggregate: 'mean', norm: true },
  { finalActivation: true, norm: true, sharedBias: true },
]

describe.each(blocks)('networks of vectors, %j', (options) => {
  const block = { channels: [8, 4, 2], ...options }
  test('DeepSetsBlock is layers of sets with relu between them', () => {
    const layer = new DeepSetsBlock(block)
    const values = parametersAt(layer, 3)
    expect(difference(received(layer, values, vectorValue), blockOf(vectors, block, values).flat())).toBeLessThan(1e-12)
    const norms = Object.keys(values).filter((path) => path.endsWith('Norm.scale')).length
    expect(norms).toBe(options.norm === true ? (options.finalActivation === true ? 4 : 2) : 0)
    expect(values['layers.0.shared.bias'] !== undefined).toBe(options.sharedBias === true)
  })
  test('EquivariantHead is a block after a pooling of the positions', () => {
    for (const elementPool of ['max', undefined] as const) {
      const head = new EquivariantHead({ ...block, channels: [2, 4, 2], axes: [-1], ...(elementPool === undefined ? {} : { elementPool }) })
      const values = parametersAt(head, 3)
      const pooled = given.map((rows) => overPositions(rows, elementPool ?? 'mean'))
      const expected = blockOf(pooled, { ...block, channels: [2, 4, 2] }, values, 'sets.').flat()
      expect(difference(received(head, values), expected)).toBeLessThan(1e-12)
    }
    const plain = new EquivariantHead(block)
    const values = parametersAt(plain, 3)
    expect(difference(received(plain, values, vectorValue), blockOf(vectors, block, values, 'sets.').flat())).toBeLessThan(1e-12)
  })
  test('SiameseDeepSets is a block after the features of each element', () => {
    class Features extends Module {
      readonly layer = new Pointwise()
      forward(x: Tensor): Tensor {
        return reduceMax(this.layer.forward(x), { axis: -1 })
      }
    }
    const model = new SiameseDeepSets({ ...block, own: new Features(), channels: [4, 3, 2] })
    const values = parametersAt(model, 3)
    const features = given.map((rows) => overPositions(affine(rows, values, 'own.layer.linear.'), 'max'))
    expect(difference(received(model, values), blockOf(features, { ...block, channels: [4, 3, 2] }, values, 'sets.').flat())).toBeLessThan(
      1e-12,
    )
  })
})

test.each<[Aggregation | undefined, Aggregation | undefined]>([
  [undefined, undefined],
  ['max', 'sum'],
  ['sum', 'max'],
])('InvariantHead pools positions by %s and the set by %s', (elementPool, setPool) => {
  const options = { ...(elementPool === undefined ? {} : { elementPool }), ...(setPool === undefined ? {} : { setPool }) }
  const head = new InvariantHead({ channels: [2, 4, 3], axes: [-1], ...options })
  const values = parametersAt(head, 3)
  const pooled = overSet(
    given.map((rows) => overPositions(rows, elementPool ?? 'mean')),
    setPool ?? 'mean',
  )
  const expected = affine(relu(affine(pooled, values, 'mlp.layers.0.')), values, 'mlp.layers.1.')
  expect(difference(received(head, values), expected)).toBeLessThan(1e-12)
  const vectorHead = new InvariantHead({ channels: [8, 3] })
  const weights = parametersAt(vectorHead, 3)
  expect(difference(received(vectorHead, weights, vectorValue), affine(overSet(vectors, 'mean'), weights, 'mlp.layers.0.'))).toBeLessThan(
    1e-12,
  )
})

test.each<[Aggregation | undefined, boolean]>([
  [undefined, false],
  ['max', true],
])('IndependentDss with %s is own(x_i) and what is shared by the means of the elements, norms %s', (aggregate, norms) => {
  const options = {
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(norms ? { ownNorm: norm(), sharedNorm: new BatchNorm({ channels: 4 }) } : {}),
  }
  const shared = new Linear({ inChannels: 2, outChannels: 4 })
  expectSignals(new IndependentDss({ own: new Pointwise(), shared, invariants: [-1], ...options }), (values) => {
    const means = overSet(
      given.map((rows) => overPositions(rows, 'mean')),
      aggregate ?? 'sum',
    )
    const common = layerOf(means, values, 'shared', '.')
    return given.map((rows) => plus(layerOf(rows, values, 'own'), common))
  })
})
