import { initialize, Linear, parametersOf } from '@equivar/nn'
import { evaluate, input, program, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { Dss, type DssAggregation, poolSet, Siamese } from '../src/index.ts'

const random = new Random({ seed: 4 })
const x = input('x', 'float32', ['batch', 'set', 3])
const mask = input('mask', 'bool', ['batch', 'set'])
const data = Float64Array.from({ length: 30 }, () => random.normal())
const exists = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1]

function forward(layer: Dss | Siamese, values: Float64Array, present: number[]): Float64Array {
  const p = program({ inputs: { x, mask, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x, mask) } })
  const feeds: Record<string, TensorValue> = {
    x: { dtype: 'float32', shape: [2, 5, 3], data: values },
    mask: { dtype: 'bool', shape: [2, 5], data: Uint8Array.from(present) },
  }
  return evaluate(p, { ...feeds, ...initialize(layer, 2) }).y?.data ?? new Float64Array()
}

const linear = (bias = true): Linear => new Linear({ inChannels: 3, outChannels: 4, bias })
const aggregates: DssAggregation[] = ['sum', 'mean', 'max', 'sumAfter', 'meanAfter', 'maxAfter']

/** Permutes the rows of every set. */
const reordered = (values: ArrayLike<number>, order: ArrayLike<number>, width: number): number[] =>
  Array.from({ length: values.length }, (_, at) => {
    const row = Math.floor(at / width)
    return values[(row - (row % 5) + (order[row % 5] as number)) * width + (at % width)] as number
  })

describe.each(aggregates)('aggregate %s', (aggregate) => {
  const layer = new Dss({ own: linear(), shared: linear(false), aggregate })

  test('commutes with permutations, ignores missing elements, and returns zero for them', () => {
    const order = random.permutation(5)
    const plain = forward(layer, data, exists)
    const moved = forward(layer, Float64Array.from(reordered(data, order, 3)), reordered(exists, order, 1))
    reordered(plain, order, 4).forEach((v, i) => {
      expect(moved[i]).toBeCloseTo(v, 12)
    })
    const changed = data.slice().fill(1e5, 6, 9)
    expect([...forward(layer, changed, exists)]).toEqual([...plain])
    expect([...plain.slice(8, 12)]).toEqual([0, 0, 0, 0])
  })
})

test('sum before and after a linear layer are the same map', () => {
  const [own, shared] = [linear(), linear(false)]
  const before = forward(new Dss({ own, shared, aggregate: 'sum' }), data, exists)
  forward(new Dss({ own, shared, aggregate: 'sumAfter' }), data, exists).forEach((v, i) => {
    expect(v).toBeCloseTo(before[i] as number, 12)
  })
})

test('Dss is own(x_i) + shared(sum_j x_j) for each element', () => {
  const layer = new Dss({ own: linear(), shared: linear(false) })
  const values = initialize(layer, 2)
  const [own, bias, shared] = ['own.weight', 'own.bias', 'shared.weight'].map((name) => values[name]?.data as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const got = forward(layer, data, exists)
  for (let i = 0; i < 5; i++) {
    if (exists[i] === 0) continue
    for (let o = 0; o < 4; o++) {
      let expected = bias[o] as number
      for (let c = 0; c < 3; c++) {
        const total = [0, 1, 3, 4].reduce((sum, j) => sum + (data[j * 3 + c] as number), 0)
        expected += (data[i * 3 + c] as number) * (own[c * 4 + o] as number) + total * (shared[c * 4 + o] as number)
      }
      expect(got[i * 4 + o]).toBeCloseTo(expected, 12)
    }
  }
})

test('Siamese elements do not interact', () => {
  const layer = new Siamese({ own: linear() })
  const plain = forward(layer, data, exists)
  expect([...forward(layer, data.slice().fill(7, 0, 3), exists)].slice(4)).toEqual([...plain].slice(4))
})

test('an empty set pools to zero', () => {
  for (const how of ['sum', 'mean', 'max'] as const) {
    const p = program({ inputs: { x, mask }, outputs: { y: poolSet(x, how, mask) } })
    const y = evaluate(p, {
      x: { dtype: 'float32', shape: [2, 5, 3], data },
      mask: { dtype: 'bool', shape: [2, 5], data: new Uint8Array(10) },
    }).y
    expect([...(y?.data ?? [])]).toEqual([0, 0, 0, 0, 0, 0])
  }
})
