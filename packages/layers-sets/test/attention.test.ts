import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { differentiate, evaluate, input, mul, program, reduceSum, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  DeepSetsLayer,
  ExchangeableMatrixLayer,
  InducedSetAttentionBlock,
  NestedSetLayer,
  PoolingByAttention,
  SetAttentionBlock,
} from '../src/index.ts'

const folder = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'fixtures', 'sets')
type Raw = { shape: number[]; data: number[] }
const value = ({ shape, data }: Raw): TensorValue => ({ dtype: 'float32', shape, data: Float64Array.from(data) })
const flipped = ({ shape: [rows = 0, columns = 0], data }: Raw): Raw => ({
  shape: [columns, rows],
  data: Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number),
})
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] as number))))
type Layer = Module & { forward(x: Tensor, mask?: Tensor): Tensor }
const block = (ours: string, theirs: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ query: 'fc_q', key: 'fc_k', value: 'fc_v', out: 'fc_o' }).flatMap(([a, b]) =>
      ['weight', 'bias'].map((part) => [`${ours}.${a}.${part}`, `${theirs}.${b}.${part}`]),
    ),
  )

const options = { inChannels: 4, channels: 6, heads: 2 }
const gamma = { pooled: 'Gamma.weight', bias: 'Gamma.bias' }
const difference = { inChannels: 3, outChannels: 4, difference: true }
const cases: [string, Layer, Record<string, string>][] = [
  ['deep-sets-permequi1-max', new DeepSetsLayer({ ...difference, pool: 'max' }), gamma],
  ['deep-sets-permequi1-mean', new DeepSetsLayer({ ...difference, pool: 'mean' }), gamma],
  ['set-transformer-sab', new SetAttentionBlock(options), block('attention', 'mab')],
  [
    'set-transformer-isab',
    new InducedSetAttentionBlock({ ...options, inducing: 3 }),
    { inducing: 'I', ...block('gather', 'mab0'), ...block('spread', 'mab1') },
  ],
  ['set-transformer-pma', new PoolingByAttention({ ...options, inChannels: 6, seeds: 2 }), { seeds: 'S', ...block('attention', 'mab') }],
]
describe.skipIf(!existsSync(folder))('golden cases (skipped without the shared folder)', () => {
  test.each(cases)('%s: value and derivatives', (name, layer, names) => {
    const { tensors } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as { tensors: Record<string, Raw> }
    const inputKey = 'in:X' in tensors ? 'in:X' : 'in:x'
    const of = (key: string): Raw => (key.endsWith('weight') ? flipped(tensors[key] as Raw) : (tensors[key] as Raw))
    const parameters = Object.fromEntries(parametersOf(layer))
    const x = input('x', 'float32', (tensors[inputKey] as Raw).shape)
    const y = layer.forward(x)
    const cotangent = input('cotangent', 'float32', (tensors.cotangent as Raw).shape)
    const gradients = differentiate(reduceSum(mul(y, cotangent)), [x, ...Object.values(parameters)])
    const keys = [inputKey, ...Object.keys(parameters).map((path) => `param:${names[path]}`)]
    const p = program({
      inputs: { x, cotangent, ...parameters },
      outputs: { y, ...Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g])) },
    })
    const weights = Object.fromEntries(Object.keys(parameters).map((path) => [path, value(of(`param:${names[path]}`))]))
    const got = evaluate(p, { x: value(tensors[inputKey] as Raw), cotangent: value(tensors.cotangent as Raw), ...weights })
    expect(worst(got.y?.data ?? [], (tensors.out as Raw).data)).toBeLessThan(1e-10)
    keys.forEach((key, i) => {
      expect(worst(got[`gradient ${i}`]?.data ?? [], of(`grad:${key}`).data)).toBeLessThan(1e-10)
    })
  })
})

const random = (length: number, seed: number): number[] => Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed))
function run(layer: Layer, shape: number[], data: number[], mask: number[]): Record<string, Float64Array> {
  const x = input(
    'x',
    'float32',
    shape.map((_, i) => (i === shape.length - 1 ? (shape[i] as number) : `d${i}`)),
  )
  const m = input('mask', 'bool', x.shape.slice(0, -1))
  const parameters = Object.fromEntries(parametersOf(layer))
  const y = layer.forward(x, m)
  const gradients = differentiate(reduceSum(mul(y, y)), [x, ...Object.values(parameters)])
  const p = program({ inputs: { x, mask: m, ...parameters }, outputs: { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) } })
  const feeds = {
    x: value({ shape, data }),
    mask: { dtype: 'bool', shape: shape.slice(0, -1), data: Uint8Array.from(mask) } as TensorValue,
  }
  return Object.fromEntries(Object.entries(evaluate(p, { ...feeds, ...initialize(layer, 1) })).map(([k, v]) => [k, v.data as Float64Array]))
}

const matrix = { inChannels: 2, outChannels: 3 }
const masked: [string, Layer, number[]][] = [
  ...(['sum', 'mean', 'max', 'logSumExp'] as const).map((pool): [string, Layer, number[]] => [
    `DeepSetsLayer ${pool}`,
    new DeepSetsLayer({ ...matrix, pool }),
    [2, 3, 2],
  ]),
  ['SetAttentionBlock', new SetAttentionBlock(options), [2, 3, 4]],
  ['InducedSetAttentionBlock', new InducedSetAttentionBlock({ ...options, layerNorm: true }), [2, 3, 4]],
  ['PoolingByAttention', new PoolingByAttention(options), [2, 3, 4]],
  ['ExchangeableMatrixLayer', new ExchangeableMatrixLayer(matrix), [2, 3, 2, 2]],
  ['NestedSetLayer', new NestedSetLayer(matrix), [2, 3, 2, 2]],
]
test.each(masked)('%s: garbage in padding changes no value and no gradient; a batch with an empty set gives no NaN', (_, layer, shape) => {
  const channels = shape.at(-1) as number
  const entries = shape.reduce((a, b) => a * b, 1) / channels
  const mask = Array.from({ length: entries }, (_, i) => (i < entries / 2 && i !== 1 ? 1 : 0))
  const data = random(entries * channels, 1)
  const dirty = data.map((v, i) => (mask[Math.floor(i / channels)] === 1 ? v : Number.NaN))
  const clean = run(layer, shape, data, mask)
  expect(Object.values(clean).every((values) => values.every(Number.isFinite))).toBe(true)
  expect(run(layer, shape, dirty, mask)).toEqual(clean)
})

/** Row by row the matrix of a layer with one channel, on one array. */
function jacobian(layer: Layer, sizes: number[], weights: number[]): number[][] {
  const x = input('x', 'float32', ['batch', ...sizes, 1])
  const count = sizes.reduce((a, b) => a * b, 1)
  const parameters = Object.fromEntries(parametersOf(layer))
  const values = Object.fromEntries(
    Object.keys(parameters).map((path, k) => [path, value({ shape: [1, 1], data: [weights[k] as number] })]),
  )
  const p = program({ inputs: { x, ...parameters }, outputs: { y: layer.forward(x) } })
  const eye = Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0))
  const { data } = evaluate(p, { x: value({ shape: [count, ...sizes, 1], data: eye }), ...values }).y as { data: Float64Array }
  return Array.from({ length: count }, (_, row) => Array.from({ length: count }, (_, column) => data[column * count + row] as number))
}

test('entries of the matrices are equal exactly where the pair is in one orbit: 2, 4 and 3 values', () => {
  const same = (a: number, b: number): boolean => a === b
  const one = { inChannels: 1, outChannels: 1, bias: false }
  const check = (layer: Layer, sizes: number[], orbit: (i: number, j: number) => string, count: number): void => {
    const labels = new Map<string, number>()
    jacobian(layer, sizes, [0.7, -1.3, 2.1, 0.4]).forEach((row, i) => {
      row.forEach((entry, j) => {
        const known = labels.get(orbit(i, j))
        if (known === undefined) labels.set(orbit(i, j), entry)
        else expect(entry).toBeCloseTo(known, 12)
      })
    })
    expect(labels.size).toBe(count)
    expect(new Set([...labels.values()].map((v) => v.toFixed(9))).size).toBe(count)
  }
  check(new DeepSetsLayer(one), [5], (i, j) => `${same(i, j)}`, 2)
  check(new ExchangeableMatrixLayer(one), [3, 4], (i, j) => `${same(i >> 2, j >> 2)} ${same(i & 3, j & 3)}`, 4)
  check(new NestedSetLayer(one), [3, 4], (i, j) => (same(i, j) ? 'own' : same(i >> 2, j >> 2) ? 'inner' : 'outer'), 3)
})

test('heads that do not divide the channels are refused', () => {
  expect(() => new SetAttentionBlock({ inChannels: 4, channels: 6, heads: 4 })).toThrow(
    'expected channels a multiple of heads, received 6 channels and 4 heads',
  )
})
