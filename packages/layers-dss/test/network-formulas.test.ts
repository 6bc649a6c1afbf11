import { relu as activated, input, type Tensor, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { affine, batchNormed, difference, outputRows, parameterTable, type Rows, relu, type Values } from '../../nn/test/rows.ts'
import { Dss, DssUNet, InvariantHead, SetMlp, SetNetwork, Siamese, type SignalNetworkName, setLayer, signalNetwork } from '../src/index.ts'
import { parametersAt } from './harness.ts'
import {
  CHANNELS,
  dssOf,
  expectSignals,
  given,
  LENGTH,
  layerOf,
  numbers,
  overPositions,
  overSet,
  Pointwise,
  received,
  SET,
  type Signals,
  signals,
  turned,
} from './signals.ts'

test('SetNetwork runs its layers and functions, then its head', () => {
  const layers = () => [
    new Siamese({ own: new Pointwise() }),
    activated,
    new Dss({ own: new Pointwise({ inChannels: 4 }), shared: new Pointwise({ inChannels: 4 }) }),
  ]
  const expected = (values: Values): Signals =>
    dssOf(
      given.map((rows) => relu(layerOf(rows, values, 'layers.0.own'))),
      'sum',
      values,
      'layers.2.',
    )
  expectSignals(new SetNetwork({ layers: layers() }), expected)
  const whole = new SetNetwork({ layers: layers(), head: new InvariantHead({ channels: [4, 2], axes: [-1] }) })
  const values = parametersAt(whole, 3)
  const pooled = overSet(
    expected(values).map((rows) => overPositions(rows, 'mean')),
    'mean',
  )
  expect(difference(received(whole, values), affine(pooled, values, 'head.mlp.layers.0.'))).toBeLessThan(1e-12)
})

test('SetMlp is an MLP of all entries of a set, missing elements 0', () => {
  for (const options of [{}, { norm: true }]) {
    const model = new SetMlp({ channels: [SET * LENGTH * CHANNELS, 4, 2], ...options })
    const values = parametersAt(model, 3)
    const kept = Array.from(numbers, (v, i) => (Math.floor(i / (LENGTH * CHANNELS)) === 1 ? 0 : v))
    const hidden = affine([kept], values, 'mlp.layers.0.')
    const normed = 'norm' in options ? batchNormed(hidden, values, 'mlp.norms.0.') : hidden
    const mask = tensorValue('bool', [1, SET], [1, 0, 1])
    const y = outputRows(model, { x: signals, mask }, values, (inputs) => model.forward(inputs.x as Tensor, inputs.mask))
    expect(difference(y, affine(relu(normed), values, 'mlp.layers.1.'))).toBeLessThan(1e-12)
  }
  expect(() => new SetMlp({ channels: [6, 2] }).forward(input('x', 'float32', ['batch', 'set', 2]))).toThrow(
    'SetMlp.forward: expected sets of 6 entries, received [batch, set, 2]. All sets must have the same size.',
  )
})

describe('DssUNet', () => {
  const halved = (rows: Rows): number[][] =>
    Array.from({ length: rows.length / 2 }, (_, p) => (rows[2 * p] ?? []).map((v, c) => Math.max(v, rows[2 * p + 1]?.[c] as number)))
  const doubled = (rows: Rows): Rows => rows.flatMap((row) => [row, row])
  const beside = (a: Rows, b: Rows): number[][] => a.map((row, p) => [...row, ...(b[p] ?? [])])
  const base = { dimensions: 1, inChannels: CHANNELS, outChannels: 3, channels: [2, 4, 3] } as const

  test.each([
    [{}, 'max'],
    [{ output: 'one', aggregate: 'mean', norm: false }, 'mean'],
    [{ output: 'one' }, 'max'],
    [{ kind: 'siamese', activation: 'identity' }, undefined],
  ] as const)('%j: two layers a level, max pooling down, repetition and concatenation up', (options, aggregate) => {
    const model = new DssUNet({ convolution: (settings) => new Pointwise(settings), ...base, ...options })
    const values = parametersAt(model, 3)
    const active = 'activation' in options ? (rows: Rows) => rows : relu
    const layer = (set: Signals, path: string): Signals =>
      values[`${path}shared.linear.weight`] === undefined || aggregate === undefined
        ? set.map((rows) => layerOf(rows, values, `${path}own`))
        : dssOf(set, aggregate, values, path)
    const through = (set: Signals, path: string): Signals => [0, 1].reduce((h, i) => layer(h, `${path}.${i}.`).map(active), set)
    const first = through(given, 'down.0')
    const second = through(first.map(halved), 'down.1')
    const bottom = through(second.map(halved), 'down.2')
    const upper = through(
      second.map((rows, i) => beside(rows, doubled(bottom[i] as Rows))),
      'up.1',
    )
    const top = through(
      first.map((rows, i) => beside(rows, doubled(upper[i] as Rows))),
      'up.0',
    )
    const expected =
      'output' in options ? layer([layer([overSet(top, 'max')], 'last.0.')[0] as Rows].map(active), 'last.1.') : layer(top, 'last.0.')
    expect(difference(received(model, values), turned(expected))).toBeLessThan(1e-12)
  })

  test('its parameters', () => {
    const table = (options: Partial<ConstructorParameters<typeof DssUNet>[0]>): string =>
      parameterTable(new DssUNet({ convolution: (settings) => new Pointwise(settings), ...base, channels: [2], ...options }))
    expect([table({}), table({ output: 'one' }), table({ kind: 'aittalaDurand', norm: false })].join('\n')).toMatchInlineSnapshot(`
      "down.0.0.own.linear.weight 2x2 0.7071, down.0.0.own.linear.bias 2 0.7071, down.0.0.shared.linear.weight 2x2 0.7071, down.0.0.ownNorm.scale 2 1, down.0.0.sharedNorm.scale 2 1, down.0.1.own.linear.weight 2x2 0.7071, down.0.1.own.linear.bias 2 0.7071, down.0.1.shared.linear.weight 2x2 0.7071, down.0.1.ownNorm.scale 2 1, down.0.1.sharedNorm.scale 2 1, last.0.own.linear.weight 2x3 0.7071, last.0.own.linear.bias 3 0.7071, last.0.shared.linear.weight 2x3 0.7071
      down.0.0.own.linear.weight 2x2 0.7071, down.0.0.own.linear.bias 2 0.7071, down.0.0.shared.linear.weight 2x2 0.7071, down.0.0.ownNorm.scale 2 1, down.0.0.sharedNorm.scale 2 1, down.0.1.own.linear.weight 2x2 0.7071, down.0.1.own.linear.bias 2 0.7071, down.0.1.shared.linear.weight 2x2 0.7071, down.0.1.ownNorm.scale 2 1, down.0.1.sharedNorm.scale 2 1, last.0.own.linear.weight 2x2 0.7071, last.0.own.linear.bias 2 0.7071, last.0.ownNorm.scale 2 1, last.1.own.linear.weight 2x3 0.7071, last.1.own.linear.bias 3 0.7071
      down.0.0.own.linear.weight 2x1 0.7071, down.0.0.own.linear.bias 1 0.7071, down.0.1.own.linear.weight 2x1 0.7071, down.0.1.own.linear.bias 1 0.7071, last.0.own.linear.weight 2x3 0.7071, last.0.own.linear.bias 3 0.7071"
    `)
  })
})

test('layers of sets by name', () => {
  const make = (settings: { inChannels: number; outChannels: number; bias: boolean }) => new Pointwise(settings)
  const tables = (['dss', 'siamese', 'sridhar', 'aittalaDurand'] as const).flatMap((kind) =>
    [{}, { norm: true, axis: -2, sharedBias: true }].map(
      (options) => `${kind}: ${parameterTable(setLayer(kind, { make, inChannels: 2, outChannels: 4, ...options }))}`,
    ),
  )
  expect(tables.join('\n')).toMatchInlineSnapshot(`
    "dss: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071, shared.linear.weight 2x4 0.7071
    dss: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071, shared.linear.weight 2x4 0.7071, shared.linear.bias 4 0.7071, ownNorm.scale 4 1, sharedNorm.scale 4 1
    siamese: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071
    siamese: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071, ownNorm.scale 4 1
    sridhar: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071
    sridhar: own.linear.weight 2x4 0.7071, own.linear.bias 4 0.7071, ownNorm.scale 4 1
    aittalaDurand: own.linear.weight 2x2 0.7071, own.linear.bias 2 0.7071
    aittalaDurand: own.linear.weight 2x2 0.7071, own.linear.bias 2 0.7071, ownNorm.scale 2 1"
  `)
})

test('the published networks of signals', () => {
  const convolution = (settings: { inChannels: number; outChannels: number; kernel: number; stride: 2; bias: boolean }) =>
    new Pointwise(settings)
  const names: SignalNetworkName[] = ['dss', 'siamese', 'sridhar', 'aittalaDurand', 'siameseDeepSets', 'deepSets', 'mlp']
  expect(
    names
      .map((name) => `${name}: ${parameterTable(signalNetwork(name, { convolution, width: 9 - (name === 'aittalaDurand' ? 1 : 0) }))}`)
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "dss: layers.0.own.linear.weight 1x9 1, layers.0.own.linear.bias 9 1, layers.0.shared.linear.weight 1x9 1, layers.0.shared.linear.bias 9 1, layers.0.ownNorm.scale 9 1, layers.0.sharedNorm.scale 9 1, layers.2.own.linear.weight 9x9 0.3333, layers.2.own.linear.bias 9 0.3333, layers.2.shared.linear.weight 9x9 0.3333, layers.2.shared.linear.bias 9 0.3333, layers.2.ownNorm.scale 9 1, layers.2.sharedNorm.scale 9 1, layers.4.own.linear.weight 9x4 0.3333, layers.4.own.linear.bias 4 0.3333, layers.4.shared.linear.weight 9x4 0.3333, layers.4.shared.linear.bias 4 0.3333, layers.4.ownNorm.scale 4 1, layers.4.sharedNorm.scale 4 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    siamese: layers.0.own.linear.weight 1x9 1, layers.0.own.linear.bias 9 1, layers.0.ownNorm.scale 9 1, layers.2.own.linear.weight 9x9 0.3333, layers.2.own.linear.bias 9 0.3333, layers.2.ownNorm.scale 9 1, layers.4.own.linear.weight 9x4 0.3333, layers.4.own.linear.bias 4 0.3333, layers.4.ownNorm.scale 4 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    sridhar: layers.0.own.linear.weight 1x9 1, layers.0.own.linear.bias 9 1, layers.0.ownNorm.scale 9 1, layers.2.own.linear.weight 9x9 0.3333, layers.2.own.linear.bias 9 0.3333, layers.2.ownNorm.scale 9 1, layers.4.own.linear.weight 9x4 0.3333, layers.4.own.linear.bias 4 0.3333, layers.4.ownNorm.scale 4 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    aittalaDurand: layers.0.own.linear.weight 1x4 1, layers.0.own.linear.bias 4 1, layers.0.ownNorm.scale 4 1, layers.2.own.linear.weight 8x4 0.3536, layers.2.own.linear.bias 4 0.3536, layers.2.ownNorm.scale 4 1, layers.4.own.linear.weight 8x2 0.3536, layers.4.own.linear.bias 2 0.3536, layers.4.ownNorm.scale 2 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    siameseDeepSets: layers.0.own.linear.weight 1x9 1, layers.0.own.linear.bias 9 1, layers.0.ownNorm.scale 9 1, layers.2.own.linear.weight 9x9 0.3333, layers.2.own.linear.bias 9 0.3333, layers.2.ownNorm.scale 9 1, layers.5.layers.0.own.weight 225x4 0.0667, layers.5.layers.0.own.bias 4 0.0667, layers.5.layers.0.shared.weight 225x4 0.0667, layers.5.layers.0.shared.bias 4 0.0667, layers.5.layers.0.ownNorm.scale 4 1, layers.5.layers.0.sharedNorm.scale 4 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    deepSets: layers.1.layers.0.own.weight 100x9 0.1, layers.1.layers.0.own.bias 9 0.1, layers.1.layers.0.shared.weight 100x9 0.1, layers.1.layers.0.shared.bias 9 0.1, layers.1.layers.0.ownNorm.scale 9 1, layers.1.layers.0.sharedNorm.scale 9 1, layers.1.layers.1.own.weight 9x9 0.3333, layers.1.layers.1.own.bias 9 0.3333, layers.1.layers.1.shared.weight 9x9 0.3333, layers.1.layers.1.shared.bias 9 0.3333, layers.1.layers.1.ownNorm.scale 9 1, layers.1.layers.1.sharedNorm.scale 9 1, layers.1.layers.2.own.weight 9x4 0.3333, layers.1.layers.2.own.bias 4 0.3333, layers.1.layers.2.shared.weight 9x4 0.3333, layers.1.layers.2.shared.bias 4 0.3333, layers.1.layers.2.ownNorm.scale 4 1, layers.1.layers.2.sharedNorm.scale 4 1, head.mlp.layers.0.weight 4x3 0.5, head.mlp.layers.0.bias 3 0.5
    mlp: mlp.layers.0.weight 2500x9 0.02, mlp.layers.0.bias 9 0.02, mlp.layers.1.weight 9x9 0.3333, mlp.layers.1.bias 9 0.3333, mlp.layers.2.weight 9x4 0.3333, mlp.layers.2.bias 4 0.3333, mlp.layers.3.weight 4x3 0.5, mlp.layers.3.bias 3 0.5"
  `)
})
