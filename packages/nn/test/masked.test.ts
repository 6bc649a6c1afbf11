import { onnxBackend } from '@equivar/backend-onnx'
import {
  differentiate,
  evaluate,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  softmax,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { derivativeError, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  fillMissing,
  LOWEST,
  maskedCount,
  maskedLogSumExp,
  maskedMax,
  maskedMean,
  maskedMin,
  maskedSoftmax,
  maskedSum,
} from '../src/index.ts'

const random = new Random({ seed: 9, stream: 'masked' })
const SHAPE = [3, 4, 2]
const x = input('x', 'float32', ['batch', 'n', 2])
const mask = input('mask', 'bool', ['batch', 'n'])
const values = (shape: readonly number[] = SHAPE): TensorValue & { readonly data: Float64Array } => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 3 * random.normal()),
})
/** The first set is complete, the second has masked elements, the third is empty. */
const EXISTS = Uint8Array.of(1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0)
const exists: TensorValue = { dtype: 'bool', shape: [3, 4], data: EXISTS }
const run = (p: Program, feeds: Record<string, TensorValue>): Float64Array => evaluate(p, feeds).y?.data as Float64Array

const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
/** Each reduction with its definition over a nonempty list of entries. */
const reductions: readonly (readonly [string, typeof maskedSum, (list: readonly number[]) => number])[] = [
  ['sum', maskedSum, total],
  ['mean', maskedMean, (list) => total(list) / list.length],
  ['max', maskedMax, (list) => Math.max(...list)],
  ['min', maskedMin, (list) => Math.min(...list)],
  ['logSumExp', maskedLogSumExp, (list) => Math.log(total(list.map(Math.exp)))],
  ['count', maskedCount, (list) => list.length],
]
const derivable = reductions.filter(([name]) => name !== 'count')

describe.each(reductions)('%s', (name, reduce, definition) => {
  test('agrees with its definition over the entries that exist, along all axes, and is 0 for empty sets', () => {
    const given = values()
    const at = (b: number, i: number, c: number): number => given.data[(b * 4 + i) * 2 + c] as number
    const kept = (b: number, c: number): number[] => [0, 1, 2, 3].flatMap((i) => (EXISTS[b * 4 + i] === 1 ? [at(b, i, c)] : []))
    const of = (list: readonly number[]): number => (list.length === 0 ? 0 : definition(list))
    const cases = [
      { axis: 1, expected: [0, 1, 2].flatMap((b) => (name === 'count' ? [of(kept(b, 0))] : [0, 1].map((c) => of(kept(b, c))))) },
      { axis: [-2, -1], expected: [0, 1, 2].map((b) => of([0, 1].flatMap((c) => kept(b, c)))) },
      { axis: [0, 1], expected: (name === 'count' ? [0] : [0, 1]).map((c) => of([0, 1, 2].flatMap((b) => kept(b, c)))) },
      { axis: undefined, expected: [of([0, 1, 2].flatMap((b) => [0, 1].flatMap((c) => kept(b, c))))] },
    ]
    for (const { axis, expected } of cases)
      for (const keepDims of [false, true]) {
        const options = { keepDims, ...(axis === undefined ? {} : { axis }) }
        const y = run(program({ inputs: { x, mask }, outputs: { y: reduce(x, mask, options) } }), { x: given, mask: exists })
        expect(y.length).toBe(expected.length)
        y.forEach((value, i) => {
          expect(value, `axis ${axis}`).toBeCloseTo(expected[i] as number, 12)
        })
      }
  })

  test('without a mask all entries exist; an axis of size 0 gives 0', () => {
    const p = program({ inputs: { x }, outputs: { y: reduce(x, undefined, { axis: 1 }) } })
    expect(Array.from(run(p, { x: values([2, 0, 2]) })).every((value) => value === 0)).toBe(true)
    const given = values([1, 3, 2])
    const column = [0, 2, 4].map((i) => given.data[i] as number)
    expect(run(p, { x: given })[0]).toBeCloseTo(definition(column), 12)
    const fixed = input('x', 'float32', [1, 3, 2])
    expect(run(program({ inputs: { x: fixed }, outputs: { y: reduce(fixed, undefined, { axis: 1 }) } }), { x: given })[0]).toBeCloseTo(
      definition(column),
      12,
    )
  })
})

describe('for known sizes', () => {
  const of = (reduce: typeof maskedSum, n: number): Program => {
    const fixed = input('x', 'float32', ['batch', n, 2])
    return program({ inputs: { x: fixed }, outputs: { y: reduce(fixed, undefined, { axis: 1 }) } })
  }

  test.each([1, 3])('%i entries: mean, max and min are single ONNX operators', (n) => {
    for (const reduce of [maskedMean, maskedMax, maskedMin]) expect(of(reduce, n).nodes.length).toBe(1)
  })

  test.each(derivable)('%s of no entries is 0', (_, reduce) => {
    expect(Array.from(run(of(reduce, 0), { x: values([2, 0, 2]) }))).toEqual([0, 0, 0, 0])
  })
})

describe.each(derivable)('%s and its derivative', (_, reduce) => {
  const y = reduce(x, mask, { axis: 1 })
  const p = program({ inputs: { x, mask }, outputs: { y } })
  const cotangent = input('cotangent', 'float32', y.shape)
  const [gradient] = differentiate(reduceSum(mul(y, cotangent)), [x])
  const both = program({ inputs: { x, mask, cotangent }, outputs: { y, gradient: gradient as Tensor } })

  test('has a derivative that agrees with central differences', () => {
    expect(derivativeError(p, { feeds: { x: values(), mask: exists } })).toBeLessThan(1e-6)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30])('%f at masked entries changes neither value nor derivative', (padding) => {
    const feeds = { x: values(), mask: exists, cotangent: values([3, 2]) }
    const filled = { ...feeds.x, data: feeds.x.data.map((value, i) => (EXISTS[i >> 1] === 1 ? value : padding)) }
    expect(evaluate(both, { ...feeds, x: filled })).toEqual(evaluate(both, feeds))
    expect(evaluate(both, { ...feeds, x: filled }).gradient?.data.every(Number.isFinite)).toBe(true)
  })

  test('agrees with ONNX Runtime, also for empty sets', async () => {
    for (const feeds of [
      { x: values(), mask: exists, cotangent: values([3, 2]) },
      { x: values([2, 0, 2]), mask: { dtype: 'bool', shape: [2, 0], data: new Uint8Array(0) } as TensorValue, cotangent: values([2, 2]) },
    ])
      for (const { error } of await parity(both, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  })
})

test('maskedLogSumExp does not overflow, and maskedSoftmax gives masked entries the weight 0', () => {
  const large = { ...values([1, 4, 2]), data: new Float64Array(8).fill(1000) }
  const feeds = { x: large, mask: { dtype: 'bool', shape: [1, 4], data: Uint8Array.of(1, 1, 0, 0) } as TensorValue }
  const sums = run(program({ inputs: { x, mask }, outputs: { y: maskedLogSumExp(x, mask, { axis: 1 }) } }), feeds)
  expect(sums[0]).toBeCloseTo(1000 + Math.log(2), 12)
  const weights = run(program({ inputs: { x, mask }, outputs: { y: maskedSoftmax(x, mask, 1) } }), feeds)
  for (const weight of weights.subarray(0, 4)) expect(weight).toBeCloseTo(0.5, 12)
  expect(Array.from(weights.subarray(4))).toEqual([0, 0, 0, 0])
  const none = { ...feeds, mask: { ...feeds.mask, data: new Uint8Array(4) } as TensorValue }
  expect(run(program({ inputs: { x, mask }, outputs: { y: maskedSoftmax(x, mask, 1) } }), none).every((w) => w === 0)).toBe(true)
})

test.each(derivable)('%s of elements without entries is 0', (_, reduce) => {
  const wide = input('x', 'float32', ['batch', 'n', 'm'])
  const p = program({ inputs: { x: wide, mask }, outputs: { y: reduce(wide, mask, { axis: [1, 2] }) } })
  expect(Array.from(run(p, { x: values([3, 4, 0]), mask: exists }))).toEqual([0, 0, 0])
})

test('infinite entries that exist are included', () => {
  const given = { ...values([1, 2, 2]), data: Float64Array.of(-Infinity, 1, -Infinity, Infinity) }
  const feeds = { x: given, mask: { dtype: 'bool', shape: [1, 2], data: Uint8Array.of(1, 1) } as TensorValue }
  expect(Array.from(run(program({ inputs: { x, mask }, outputs: { y: maskedMax(x, mask, { axis: 1 }) } }), feeds))).toEqual([
    -Infinity,
    Infinity,
  ])
})

test('maskedSoftmax is along the last axis by default', () => {
  const given = values()
  const ways = [maskedSoftmax(x, mask), maskedSoftmax(x, mask, 2), maskedSoftmax(x, undefined), softmax(x, 2)]
  const p = program({ inputs: { x, mask }, outputs: Object.fromEntries(ways.map((y, i) => [`y${i}`, y])) })
  const result = evaluate(p, { x: given, mask: exists })
  expect(result.y0).toEqual(result.y1)
  expect(result.y2).toEqual(result.y3)
})

test('a mask may have the rank of x, and may be broadcast along any axis; the counts have its axes', () => {
  const given = values()
  for (const [shape, flags] of [
    [
      [3, 1, 2],
      [1, 0, 0, 1, 1, 1],
    ],
    [
      [1, 4, 1],
      [1, 0, 1, 1],
    ],
    [[3, 4, 2], Array.from({ length: 24 }, (_, i) => (i % 5 < 3 ? 1 : 0))],
  ] as const) {
    const narrow = input('mask', 'bool', shape)
    const fixed = input('x', 'float32', SHAPE)
    const at = (b: number, i: number, c: number): number => {
      const [, n, m] = shape
      return flags[((shape[0] === 1 ? 0 : b) * n + (n === 1 ? 0 : i)) * m + (m === 1 ? 0 : c)] as number
    }
    for (const [name, reduce, definition] of reductions) {
      const p = program({ inputs: { x: fixed, mask: narrow }, outputs: { y: reduce(fixed, narrow, { axis: [1, 2] }) } })
      const y = run(p, { x: given, mask: { dtype: 'bool', shape, data: Uint8Array.from(flags) } })
      for (const b of [0, 1, 2]) {
        const list = [0, 1, 2, 3].flatMap((i) =>
          [0, 1].flatMap((c) => (at(b, i, c) === 1 ? [given.data[(b * 4 + i) * 2 + c] as number] : [])),
        )
        expect(y[y.length === 1 ? 0 : b], `${name} ${shape}`).toBeCloseTo(list.length === 0 ? 0 : definition(list), 12)
      }
    }
  }
})

test('fillMissing replaces masked entries by 0 or by a given number', () => {
  const feeds = { x: values(), mask: exists }
  const filled = (value?: number): Float64Array => run(program({ inputs: { x, mask }, outputs: { y: fillMissing(x, mask, value) } }), feeds)
  expect(filled()[8]).toBe(0)
  expect(filled(LOWEST)[8]).toBeCloseTo(-3e38, -32)
  expect(filled(LOWEST)[0]).toBe(feeds.x.data[0])
})
