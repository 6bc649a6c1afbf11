import type { Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { as, expectGolden, haveGoldenCases, type Reading, transposed, unusedCases } from '../../nn/test/golden.ts'
import { DeepSets, DeepSetsLayer, InducedSetAttentionBlock, PoolingByAttention, SetAttentionBlock, segments } from '../src/index.ts'

const linear = (ours: string, theirs: string): Record<string, Reading> => ({
  [`${ours}.weight`]: transposed(`param:${theirs}.weight`),
  [`${ours}.bias`]: as(`param:${theirs}.bias`),
})
const block = (ours: string, theirs: string): Record<string, Reading> =>
  Object.assign(
    {},
    ...Object.entries({ query: 'fc_q', key: 'fc_k', value: 'fc_v', out: 'fc_o' }).map(([a, b]) => linear(`${ours}.${a}`, `${theirs}.${b}`)),
  )
/** Our weight is the negative of the authors'. */
const negative =
  (reading: Reading): Reading =>
  (raw) => {
    const { shape, data } = reading(raw)
    return { shape, data: data.map((v) => -v) }
  }

const attention = { inChannels: 4, channels: 6, heads: 2 }
const channels = { inChannels: 3, outChannels: 4 }
const gamma = { pooled: transposed('param:Gamma.weight'), bias: as('param:Gamma.bias') }
const layers: [string, Module & { forward(x: Tensor): Tensor }, Record<string, Reading>][] = [
  ['deep-sets-permequi1-max', new DeepSetsLayer({ ...channels, difference: true, pool: 'max' }), gamma],
  ['deep-sets-permequi1-mean', new DeepSetsLayer({ ...channels, difference: true, pool: 'mean' }), gamma],
  [
    'deep-sets-permequi2-max',
    new DeepSetsLayer({ ...channels, pool: 'max' }),
    { own: transposed('param:Gamma.weight'), pooled: negative(transposed('param:Lambda.weight')), bias: as('param:Gamma.bias') },
  ],
  ['set-transformer-sab', new SetAttentionBlock(attention), block('attention', 'mab')],
  [
    'set-transformer-isab',
    new InducedSetAttentionBlock({ ...attention, inducing: 3 }),
    { inducing: as('param:I'), ...block('gather', 'mab0'), ...block('spread', 'mab1') },
  ],
  [
    'set-transformer-pma',
    new PoolingByAttention({ ...attention, inChannels: 6, seeds: 2 }),
    { seeds: as('param:S'), ...block('attention', 'mab') },
  ],
]

describe.skipIf(!haveGoldenCases)("golden cases of the authors' code (skipped without the folder of cases)", () => {
  test.each(layers)('%s', (name, module, parameters) =>
    expectGolden(`sets/${name}`, { module, parameters, forward: ({ x, X }) => module.forward((x ?? X) as Tensor) }),
  )

  test('deep-sets-invariant: ragged sets', () => {
    const module = new DeepSets({ channels: [4, 5], pool: [], readout: 'sum', activation: 'identity', outputs: 3 })
    return expectGolden('sets/deep-sets-invariant', {
      module,
      parameters: {
        'layers.0.own': transposed('param:local_nn.weight'),
        'layers.0.bias': as('param:local_nn.bias'),
        ...linear('head.layers.0', 'global_nn'),
      },
      forward: ({ x, index }) => module.forward(x as Tensor, segments(index as Tensor, 3)),
    })
  })

  test('every case is tested', () => {
    expect(unusedCases('sets')).toEqual([])
  })
})
