import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, type Input, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { permuteAxis } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type Aggregation, DeepSets, DeepSetsLayer, pool, poolWidth } from '../src/index.ts'

const random = new Random({ seed: 3 })
const normal = (shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
})
const bool = (shape: number[], data: number[]): TensorValue => ({ dtype: 'bool', shape, data: Uint8Array.from(data) })

function run(y: Tensor, inputs: Record<string, Input>, feeds: Record<string, TensorValue>, module?: Module): Float64Array {
  const parameters = module === undefined ? {} : Object.fromEntries(parametersOf(module))
  const values = module === undefined ? {} : initialize(module, 1)
  const result = evaluate(program({ inputs: { ...inputs, ...parameters }, outputs: { y } }), { ...feeds, ...values }).y
  return result?.data ?? new Float64Array()
}

const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length)
  Array.from(a).forEach((v, i) => {
    expect(Math.abs(v - (b[i] as number))).toBeLessThan(1e-10)
  })
}

const x = input('x', 'float32', ['batch', 'n', 3])
const mask = input('mask', 'bool', ['batch', 'n'])
const pools = ['sum', 'mean', 'max', 'logSumExp'] as const

describe.each(pools)('pool %s', (how) => {
  test.each([false, true])('the layer commutes with permutations and ignores padding, difference form %s', (difference) => {
    const layer = new DeepSetsLayer({ inChannels: 3, outChannels: 4, pool: how, difference })
    const y = layer.forward(x, mask)
    const values = { x: normal([2, 5, 3]), mask: bool([2, 5], [1, 1, 1, 0, 1, 1, 0, 1, 1, 1]) }
    const order = random.permutation(5)
    const plain = run(y, { x, mask }, values, layer)
    const moved = run(y, { x, mask }, { x: permuteAxis(values.x, 1, order), mask: permuteAxis(values.mask, 1, order) }, layer)
    close(moved, permuteAxis({ dtype: 'float32', shape: [2, 5, 4], data: plain }, 1, order).data as Float64Array)
    const padded = { ...values.x, data: values.x.data.slice() as Float64Array }
    padded.data.fill(1e6, 9, 12)
    close(run(y, { x, mask }, { ...values, x: padded }, layer), plain)
    expect([...plain.slice(12, 16)]).toEqual([0, 0, 0, 0])
  })

  test('agrees with a loop over the existing elements', () => {
    const values = normal([1, 4, 3])
    const got = run(pool(x, how, mask), { x, mask }, { x: values, mask: bool([1, 4], [1, 0, 1, 1]) })
    for (let c = 0; c < 3; c++) {
      const column = [0, 2, 3].map((i) => values.data[i * 3 + c] as number)
      const sum = column.reduce((a, b) => a + b, 0)
      const expected = { sum, mean: sum / 3, max: Math.max(...column), logSumExp: Math.log(column.reduce((a, b) => a + Math.exp(b), 0)) }[
        how
      ]
      expect(got[c]).toBeCloseTo(expected, 12)
    }
  })

  test('no mask is the same as a full mask; an empty set gives 0', () => {
    const values = normal([2, 4, 3])
    close(
      run(pool(x, how), { x }, { x: values }),
      run(pool(x, how, mask), { x, mask }, { x: values, mask: bool([2, 4], Array(8).fill(1)) }),
    )
    const empty = run(pool(x, how, mask), { x, mask }, { x: values, mask: bool([2, 4], Array(8).fill(0)) })
    expect(empty.every((v) => v === 0)).toBe(true)
  })
})

test('DeepSets is invariant', () => {
  const model = new DeepSets({ channels: [3, 8, 8], head: [8], outputs: 2, pool: 'mean' })
  const y = model.forward(x, mask)
  const values = { x: normal([2, 6, 3]), mask: bool([2, 6], [1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0]) }
  const order = random.permutation(6)
  const plain = run(y, { x, mask }, values, model)
  expect(plain.some((v) => Math.abs(v) > 1e-3)).toBe(true)
  close(run(y, { x, mask }, { x: permuteAxis(values.x, 1, order), mask: permuteAxis(values.mask, 1, order) }, model), plain)
})

describe('several poolings', () => {
  const several: Aggregation[] = ['max', { powerSums: 2 }, 'mean']

  test('are concatenated along the channels', () => {
    const values = { x: normal([2, 4, 3]), mask: bool([2, 4], [1, 0, 1, 1, 0, 0, 0, 0]) }
    const rows = several.map((how) => run(pool(x, how, mask), { x, mask }, values))
    const expected = [0, 1].flatMap((set) => rows.flatMap((row) => [...row.slice((set * row.length) / 2, ((set + 1) * row.length) / 2)]))
    expect([...run(pool(x, several, mask), { x, mask }, values)]).toEqual(expected)
    expect(poolWidth(several)).toBe(4)
  })

  test('a layer without a pooling is an affine map of each element', () => {
    const layer = new DeepSetsLayer({ inChannels: 3, outChannels: 2, pool: [] })
    expect(layer.pooled).toBeUndefined()
    const [points, one] = [normal([1, 4, 3]), { dtype: 'float32' as const, shape: [1, 1, 3] }]
    const all = run(layer.forward(x), { x }, { x: points }, layer)
    const last = run(layer.forward(x), { x }, { x: { ...one, data: (points.data as Float64Array).slice(9) } }, layer)
    expect([...all.slice(6)]).toEqual([...last])
  })

  test('unknown poolings and invalid options are rejected', () => {
    expect(() => pool(x, 'median' as Aggregation)).toThrow(
      'pool: expected one of sum, mean, max, logSumExp or { powerSums: degree }, received "median".',
    )
    for (const powerSums of [0, 1.5])
      expect(() => pool(x, { powerSums })).toThrow(`pool: expected power sums of a degree of 1 or more, received ${powerSums}.`)
    expect(() => new DeepSetsLayer({ inChannels: 3, outChannels: 2, pool: ['sum', 'max'], difference: true })).toThrow(
      'DeepSetsLayer: expected one pooling for the form x - pool(x), received 2 times the channels.',
    )
    expect(() => pool(x, 'sum', input('mask', 'float32', ['batch', 'n']))).toThrow(
      "mask: expected bool, true where an element exists, received Input float32 [batch, n]. Use cast(mask, 'bool').",
    )
  })
})

test('logSumExp of large numbers does not overflow', () => {
  const values = { x: { dtype: 'float32' as const, shape: [1, 2, 3], data: Float64Array.of(1e4, -1e4, 0, 1e4, -1e4, 1e4) } }
  expect([...run(pool(x, 'logSumExp'), { x }, values)]).toEqual([1e4 + Math.LN2, -1e4 + Math.LN2, 1e4])
})
