import type { Module } from '@equivar/nn'
import { type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import {
  affine,
  batchNormed,
  difference,
  outputRows,
  parameterRows,
  parameterTable,
  plus,
  type Rows,
  relu,
  times,
  type Values,
} from '../../nn/test/rows.ts'
import {
  type Aggregation,
  DeepSets,
  DeepSetsLayer,
  ExchangeableMatrixLayer,
  InducedSetAttentionBlock,
  JanossyPooling,
  MultiheadAttentionBlock,
  NestedSetLayer,
  PointNet,
  PoolingByAttention,
  SetAttentionBlock,
  SetTransformer,
  SpatialTransform,
} from '../src/index.ts'
import { parametersFor } from './families.ts'

const random = new Random({ seed: 8, stream: 'formulas' })
const draw = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  )
const set = draw(1, 4, 3)
const x: Rows = [0, 1, 2, 3].map((i) => Array.from(set.data.slice(3 * i, 3 * i + 3), Number))
const forwarded = (layer: Module & { forward(x: Tensor): Tensor }, values: Values): Rows =>
  outputRows(layer, { x: set }, values, (inputs) => layer.forward(inputs.x as Tensor))

const columns = (rows: Rows): number[][] => (rows[0] ?? []).map((_, k) => rows.map((row) => row[k] as number))
const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
/** One row for a set, by the definition of a pooling. */
function pooled(rows: Rows, how: Aggregation): number[] {
  if (typeof how !== 'string')
    return Array.from({ length: how.powerSums }, (_, k) => columns(rows).map((list) => total(list.map((v) => v ** (k + 1))))).flat()
  const of = {
    sum: total,
    mean: (list: number[]) => total(list) / list.length,
    max: (list: number[]) => Math.max(...list),
    logSumExp: (list: number[]) => Math.log(total(list.map(Math.exp))),
  }[how]
  return columns(rows).map(of)
}

describe('DeepSetsLayer and DeepSets', () => {
  /** x own + pool(x) pooled + bias. */
  const layerOf = (rows: Rows, how: readonly Aggregation[], values: Values, path = ''): number[][] => {
    const context = [how.flatMap((one) => pooled(rows, one))]
    const y = times(rows, parameterRows(values, `${path}own`))
    const both = how.length === 0 ? y : plus(y, times(context, parameterRows(values, `${path}pooled`)))
    return values[`${path}bias`] === undefined ? both : plus(both, parameterRows(values, `${path}bias`))
  }

  test.each<[Aggregation[] | undefined, boolean]>([
    [undefined, true],
    [['max'], false],
    [['sum', { powerSums: 3 }, 'logSumExp'], true],
    [[], true],
  ])('x own + pool(x) pooled + bias, %j, bias %s', (how, bias) => {
    const layer = new DeepSetsLayer({ inChannels: 3, outChannels: 2, bias, ...(how === undefined ? {} : { pool: how }) })
    const values = parametersFor(layer, 2)
    expect(difference(forwarded(layer, values), layerOf(x, how ?? ['mean'], values))).toBeLessThan(1e-12)
  })

  test('(x - pool(x)) pooled + bias', () => {
    const layer = new DeepSetsLayer({ inChannels: 3, outChannels: 2, difference: true, pool: 'max' })
    const values = parametersFor(layer, 2)
    const apart = plus(x, [pooled(x, 'max').map((v) => -v)])
    const expected = plus(times(apart, parameterRows(values, 'pooled')), parameterRows(values, 'bias'))
    expect(difference(forwarded(layer, values), expected)).toBeLessThan(1e-12)
  })

  test.each<[Partial<ConstructorParameters<typeof DeepSets>[0]>, Aggregation[], Aggregation[]]>([
    [{}, ['mean'], ['mean']],
    [{ pool: 'max', activation: 'identity', head: [] }, ['max'], ['max']],
    [{ pool: [] }, [], ['sum']],
    [{ pool: ['sum', 'max'] }, ['sum', 'max'], ['sum', 'max']],
    [{ pool: [], readout: ['max', 'mean'] }, [], ['max', 'mean']],
  ])('a head after the readout of layers with activations, %j', (options, how, readout) => {
    const model = new DeepSets({ channels: [3, 4, 2], head: [3], outputs: 2, ...options })
    const values = parametersFor(model, 2)
    const active = (rows: Rows): Rows => (options.activation === 'identity' ? rows : relu(rows))
    const features = ['layers.0.', 'layers.1.'].reduce<Rows>((rows, path) => active(layerOf(rows, how, values, path)), x)
    const read = [readout.flatMap((one) => pooled(features, one))]
    const hidden = affine(read, values, 'head.layers.0.')
    const expected = options.head === undefined ? affine(relu(hidden), values, 'head.layers.1.') : hidden
    expect(difference(forwarded(model, values), expected)).toBeLessThan(1e-12)
  })
})

/** Layer normalization with scale and offset. */
const normalized = (rows: Rows, values: Values, path: string): number[][] => {
  const [[scale = []], [offset = []]] = [parameterRows(values, `${path}scale`), parameterRows(values, `${path}offset`)]
  return rows.map((row) => {
    const mean = total([...row]) / row.length
    const deviation = Math.sqrt(total(row.map((v) => (v - mean) ** 2)) / row.length + 1e-5)
    return row.map((v, k) => ((v - mean) / deviation) * (scale[k] as number) + (offset[k] as number))
  })
}
/** h = q + softmax(q k^T / sqrt(channels)) v in each head; y = h + relu(h out), each normalized if there are norms. */
function attended(queries: Rows, keys: Rows, heads: number, values: Values, path: string): number[][] {
  const [q, k, v] = [affine(queries, values, `${path}query.`), affine(keys, values, `${path}key.`), affine(keys, values, `${path}value.`)]
  const channels = q[0]?.length ?? 0
  const norm = (rows: Rows, i: number): Rows =>
    values[`${path}norms.${i}.scale`] === undefined ? rows : normalized(rows, values, `${path}norms.${i}.`)
  const heard = q.map((query) =>
    Array.from({ length: channels }, (_, c) => {
      const head = Math.floor((c * heads) / channels)
      const own = Array.from({ length: channels / heads }, (_, i) => (head * channels) / heads + i)
      const weights = k.map((key) => Math.exp(total(own.map((i) => (query[i] as number) * (key[i] as number))) / Math.sqrt(channels)))
      return total(v.map((row, j) => ((weights[j] as number) * (row[c] as number)) / total(weights)))
    }),
  )
  const h = norm(plus(q, heard), 0)
  return [...norm(plus(h, relu(affine(h, values, `${path}out.`))), 1)] as number[][]
}

describe.each([false, true])('attention, layer norm %s', (layerNorm) => {
  const options = { inChannels: 3, channels: 4, heads: 2, layerNorm }
  test('SetAttentionBlock is MAB(x, x)', () => {
    const layer = new SetAttentionBlock(options)
    const values = parametersFor(layer, 3)
    expect(difference(forwarded(layer, values), attended(x, x, 2, values, 'attention.'))).toBeLessThan(1e-12)
  })
  test('four heads by default', () => {
    const layer = new SetAttentionBlock({ inChannels: 3, channels: 8, layerNorm })
    const values = parametersFor(layer, 3)
    expect(difference(forwarded(layer, values), attended(x, x, 4, values, 'attention.'))).toBeLessThan(1e-12)
  })
  const induced = (rows: Rows, values: Values, path: string): number[][] =>
    attended(rows, attended(parameterRows(values, `${path}inducing`), rows, 2, values, `${path}gather.`), 2, values, `${path}spread.`)
  test('InducedSetAttentionBlock is MAB(x, MAB(inducing, x))', () => {
    const layer = new InducedSetAttentionBlock({ ...options, inducing: 3 })
    const values = parametersFor(layer, 3)
    expect(difference(forwarded(layer, values), induced(x, values, ''))).toBeLessThan(1e-12)
  })
  test('PoolingByAttention is MAB(seeds, x)', () => {
    const layer = new PoolingByAttention({ ...options, seeds: 2 })
    const values = parametersFor(layer, 3)
    expect(difference(forwarded(layer, values), attended(parameterRows(values, 'seeds'), x, 2, values, 'attention.'))).toBeLessThan(1e-12)
  })
  test.each([0, 1, 2])('SetTransformer: an encoder of %i blocks, a pooling, a decoder, a linear layer', (encoder) => {
    for (const inducing of [0, 3]) {
      const model = new SetTransformer({ ...options, outputs: 2, inducing, encoder, seeds: 3, decoder: 1 })
      const values = parametersFor(model, 3)
      const block = (rows: Rows, path: string): Rows =>
        inducing === 0 ? attended(rows, rows, 2, values, `${path}attention.`) : induced(rows, values, path)
      const encoded = ['encoder.0.', 'encoder.1.'].slice(0, encoder).reduce(block, x)
      const read = attended(parameterRows(values, 'pooling.seeds'), encoded, 2, values, 'pooling.attention.')
      const decoded = attended(read, read, 2, values, 'decoder.0.attention.')
      expect(difference(forwarded(model, values), affine(decoded, values, 'head.'))).toBeLessThan(1e-12)
    }
  })
})

describe('arrays with several set axes', () => {
  const SIZES = [2, 3, 2]
  const value = draw(1, ...SIZES, 2)
  const entries = Array.from({ length: 12 }, (_, i) => [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2])
  const rows = entries.map((_, i) => Array.from(value.data.slice(2 * i, 2 * i + 2), Number))
  test.each([
    ['ExchangeableMatrixLayer', ExchangeableMatrixLayer, [[1], [2], [1, 2], [3], [1, 3], [2, 3], [1, 2, 3]]],
    ['NestedSetLayer', NestedSetLayer, [[3], [2, 3], [1, 2, 3]]],
  ] as const)('%s: x weights_0 + the mean over each family of axes, weighted, + bias', (_, Layer, families) => {
    const layer = new Layer({ inChannels: 2, outChannels: 2, axes: 3 })
    const values = parametersFor(layer, 3)
    const means = (axes: readonly number[]): number[][] =>
      entries.map((at) =>
        pooled(
          rows.filter((_, j) => at.every((v, axis) => axes.includes(axis + 1) || entries[j]?.[axis] === v)),
          'mean',
        ),
      )
    const own = plus(times(rows, parameterRows(values, 'weights.0')), parameterRows(values, 'bias'))
    const expected = families.reduce((y, axes, k) => plus(y, times(means(axes), parameterRows(values, `weights.${k + 1}`))), own)
    const received = outputRows(layer, { x: value }, values, (inputs) => layer.forward(inputs.x as Tensor))
    expect(difference(received, expected)).toBeLessThan(1e-12)
  })
})

describe('PointNet', () => {
  /** Linear layers, each with batch norm in inference (running mean 0, variance 1) and relu. */
  const local = (rows: Rows, count: number, values: Values, path: string): Rows =>
    Array.from({ length: count }).reduce<Rows>(
      (h, _, i) => relu(batchNormed(affine(h, values, `${path}layers.${i}.`), values, `${path}norms.${i}.`)),
      rows,
    )
  const transform = (rows: Rows, values: Values, path: string): number[][] => {
    const channels = rows[0]?.length as number
    const read = [pooled(local(rows, 1, values, `${path}local.`), 'max')]
    const flat = plus(affine(local(read, 1, values, `${path}head.`), values, `${path}last.`), parameterRows(values, `${path}bias`))[0]
    return Array.from({ length: channels }, (_, i) => flat?.slice(i * channels, (i + 1) * channels) ?? [])
  }

  test.each([
    [false, true],
    [false, false],
    [true, true],
  ])('segmentation %s, transforms %s', (segmentation, transforms) => {
    const sizes = { outputs: 2, local: [4], global: [4, 5], head: [3] }
    const model = new PointNet({ ...sizes, segmentation, transforms: transforms && { local: [4], head: [3] } })
    const values = parametersFor(model, 3)
    const moved = transforms ? times(x, transform(x, values, 'inputTransform.')) : x
    const near = local(moved, 1, values, 'local.')
    const features = transforms ? times(near, transform(near, values, 'featureTransform.')) : near
    const whole = pooled(local(features, 2, values, 'global.'), 'max')
    const read = segmentation ? features.map((row) => [...row, ...whole]) : [whole]
    const expected = affine(local(read, 1, values, 'head.'), values, 'head.layers.1.')
    expect(difference(forwarded(model, values), expected)).toBeLessThan(1e-12)
  })

  test.each([
    [{ local: [] }, '[] and [512,256]'],
    [{ head: [] }, '[64,128,1024] and []'],
  ])('a transform with %j is refused', (options, received) => {
    expect(() => new SpatialTransform({ inChannels: 3, ...options })).toThrow(
      new RangeError(`SpatialTransform: expected at least one layer in local and in head, received ${received}.`),
    )
  })
})

test('sizes and initial scales of the parameters, with the defaults', () => {
  const layers: Record<string, Module> = {
    DeepSetsLayer: new DeepSetsLayer({ inChannels: 4, outChannels: 2, pool: ['sum', { powerSums: 2 }] }),
    SetAttentionBlock: new SetAttentionBlock({ inChannels: 4, channels: 16, layerNorm: true }),
    MultiheadAttentionBlock: new MultiheadAttentionBlock({ inChannels: 4, channels: 16, queryChannels: 25 }),
    InducedSetAttentionBlock: new InducedSetAttentionBlock({ inChannels: 4, channels: 16 }),
    PoolingByAttention: new PoolingByAttention({ inChannels: 4, channels: 16 }),
    ExchangeableMatrixLayer: new ExchangeableMatrixLayer({ inChannels: 4, outChannels: 2 }),
    NestedSetLayer: new NestedSetLayer({ inChannels: 4, outChannels: 2, bias: false }),
    JanossyPooling: new JanossyPooling({ channels: [2, 9, 4] }),
    SpatialTransform: new SpatialTransform({ inChannels: 2 }),
  }
  const tables = Object.entries(layers).map(([name, layer]) => `${name}: ${parameterTable(layer)}`)
  expect(tables.join('\n')).toMatchInlineSnapshot(`
    "DeepSetsLayer: own 4x2 0.5, pooled 12x2 0.5, bias 2 0.5
    SetAttentionBlock: attention.query.weight 4x16 0.5, attention.query.bias 16 0.5, attention.key.weight 4x16 0.5, attention.key.bias 16 0.5, attention.value.weight 4x16 0.5, attention.value.bias 16 0.5, attention.out.weight 16x16 0.25, attention.out.bias 16 0.25
    MultiheadAttentionBlock: query.weight 25x16 0.2, query.bias 16 0.2, key.weight 4x16 0.5, key.bias 16 0.5, value.weight 4x16 0.5, value.bias 16 0.5, out.weight 16x16 0.25, out.bias 16 0.25
    InducedSetAttentionBlock: inducing 1x16x16 0.25, gather.query.weight 16x16 0.25, gather.query.bias 16 0.25, gather.key.weight 4x16 0.5, gather.key.bias 16 0.5, gather.value.weight 4x16 0.5, gather.value.bias 16 0.5, gather.out.weight 16x16 0.25, gather.out.bias 16 0.25, spread.query.weight 4x16 0.5, spread.query.bias 16 0.5, spread.key.weight 16x16 0.25, spread.key.bias 16 0.25, spread.value.weight 16x16 0.25, spread.value.bias 16 0.25, spread.out.weight 16x16 0.25, spread.out.bias 16 0.25
    PoolingByAttention: seeds 1x1x16 0.25, attention.query.weight 16x16 0.25, attention.query.bias 16 0.25, attention.key.weight 4x16 0.5, attention.key.bias 16 0.5, attention.value.weight 4x16 0.5, attention.value.bias 16 0.5, attention.out.weight 16x16 0.25, attention.out.bias 16 0.25
    ExchangeableMatrixLayer: weights.0 4x2 0.5, weights.1 4x2 0.5, weights.2 4x2 0.5, weights.3 4x2 0.5, bias 2 0.5
    NestedSetLayer: weights.0 4x2 0.5, weights.1 4x2 0.5, weights.2 4x2 0.5
    JanossyPooling: places.0 2x9 0.5, places.1 2x9 0.5, bias 9 0.5, mlp.layers.0.weight 9x4 0.3333, mlp.layers.0.bias 4 0.3333
    SpatialTransform: local.layers.0.weight 2x64 0.7071, local.layers.0.bias 64 0.7071, local.layers.1.weight 64x128 0.125, local.layers.1.bias 128 0.125, local.layers.2.weight 128x1024 0.0884, local.layers.2.bias 1024 0.0884, head.layers.0.weight 1024x512 0.0313, head.layers.0.bias 512 0.0313, head.layers.1.weight 512x256 0.0442, head.layers.1.bias 256 0.0442, last.weight 256x4 0, bias 4 1"
  `)
})

test('the defaults of the models', () => {
  const model = new SetTransformer({ inChannels: 3, outputs: 5 })
  expect(parameterTable(model.encoder[0] as Module)).toBe(
    parameterTable(new InducedSetAttentionBlock({ inChannels: 3, channels: 128, inducing: 32 })),
  )
  const inner = { inChannels: 128, channels: 128 }
  expect(parameterTable(model.encoder[1] as Module)).toBe(parameterTable(new InducedSetAttentionBlock({ ...inner, inducing: 32 })))
  expect(parameterTable(model.pooling)).toBe(parameterTable(new PoolingByAttention({ ...inner, seeds: 1 })))
  expect(model.decoder.map(parameterTable)).toEqual([1, 2].map(() => parameterTable(new SetAttentionBlock(inner))))
  expect([model.encoder.length, parameterTable(model.head), model.dropout.rate]).toEqual([2, 'weight 128x5 0.0884, bias 5 0.0884', 0])
  expect(new SetTransformer({ inChannels: 3, outputs: 5, dropout: 0.5 }).dropout.rate).toBe(0.5)
  expect(new DeepSets({ channels: [3, 4], outputs: 2, dropout: 0.5 }).dropout.rate).toBe(0.5)
  expect(new DeepSets({ channels: [3, 4], outputs: 2 }).dropout.rate).toBe(0)
  const points = new PointNet({ outputs: 5, segmentation: true, transforms: false })
  expect(points.head.layers.map(({ weight }) => weight.sizes)).toEqual([
    [1088, 512],
    [512, 256],
    [256, 128],
    [128, 128],
    [128, 5],
  ])
})

test.each([
  [{ heads: 0 }, '4 channels and 0 heads'],
  [{ heads: 1.5 }, '4 channels and 1.5 heads'],
  [{ heads: 3 }, '4 channels and 3 heads'],
])('heads %j are refused', (options, received) => {
  expect(() => new PoolingByAttention({ inChannels: 3, channels: 4, ...options })).toThrow(
    new RangeError(`MultiheadAttentionBlock: expected channels a multiple of heads, received ${received}.`),
  )
})
