import { signals } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'
import { NumpyRandom } from '../src/numpy-random.ts'

const numbers = (dataset: ReturnType<typeof signals>['train'], index: number): Float32Array => {
  const { data } = dataset.batch([index]).x!
  return data as Float32Array
}

/** The expected numbers come from the published script, run with NumPy 2.4.6 and printed as float64. `large.test.ts` reads all 3600 sets. */
describe('the first sets of the published data', () => {
  const { train, validation, test: last } = signals({ train: 20, validation: 2, test: 1 })

  test('have the same classes and numbers as with NumPy', () => {
    expect([train.length, validation.length, last.length]).toEqual([20, 2, 1])
    expect([...train.labels]).toEqual([1, 0, 1, 2, 1, 0, 2, 2, 0, 2, 2, 1, 1, 0, 2, 0, 0, 1, 2, 2])
    expect(train.classes).toEqual(['sine', 'square', 'sawtooth'])
    expect([...numbers(train, 0).subarray(0, 3)]).toEqual([3.59251667, -1.91813485, 13.06085217].map((x) => expect.closeTo(x, 5)))
  })

  test('are batches of sets of one-channel signals', () => {
    const { x, mask, target } = train.batch([0, 5, 0])
    expect([x!.dtype, x!.shape]).toEqual(['float32', [3, 25, 1, 100]])
    expect([mask!.dtype, mask!.shape, mask!.data]).toEqual(['bool', [3, 25], new Uint8Array(75).fill(1)])
    expect([target!.dtype, target!.shape, [...target!.data]]).toEqual(['int64', [3], [1n, 0n, 1n]])
  })
})

test('the published sizes are the defaults', () => {
  const { train, validation, test: last } = signals({ setSize: 1, length: 1 })
  expect([train.length, validation.length, last.length]).toEqual([3000, 300, 300])
})

test('with odd sizes, a spare normal number carries over to the next set, as in NumPy', () => {
  const { train } = signals({ seed: 7, train: 5, validation: 0, test: 0, setSize: 3, length: 7 })
  expect([...train.labels]).toEqual([0, 0, 2, 2, 2])
  const first = [6.13849547, 70.89470656, 8.20526064, -2.94940597].map((x) => expect.closeTo(x, 5))
  expect([...numbers(train, 0).subarray(0, 4)]).toEqual(first)
  expect([...numbers(train, 4).subarray(-2)]).toEqual([expect.closeTo(6.48658898, 5), expect.closeTo(-5.5617231, 5)])
})

test('without noise, all elements of a set are the same wave, of the kind of its class', () => {
  const { train } = signals({ seed: 3, train: 60, validation: 0, test: 0, setSize: 2, noise: 0 })
  for (let i = 0; i < train.length; i++) {
    const x = numbers(train, i)
    const wave = x.subarray(0, 100)
    expect([...x.subarray(100)]).toEqual([...wave])
    const levels = new Set(wave).size
    if (train.labels[i] === 1) expect(levels).toBe(2)
    else expect(levels).toBeGreaterThan(50)
    const steps = Array.from(wave.subarray(1), (value, s) => value - wave[s]!)
    const common = steps.filter((step) => Math.abs(step - median(steps)) < 1e-3 * Math.abs(median(steps)))
    if (train.labels[i] === 2) expect(common.length).toBeGreaterThan(80) // a sawtooth rises in equal steps except where it drops
    if (train.labels[i] === 0) expect(common.length).toBeLessThan(80)
  }
})

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

test('sets of different sizes contain the first elements of the full sets; the rest is 0 and masked', () => {
  const full = signals({ train: 40, validation: 0, test: 0, setSize: 6, length: 4 }).train
  const { train } = signals({ train: 40, validation: 0, test: 0, setSize: 6, smallestSetSize: 2, length: 4 })
  const { x, mask } = train.batch(Array.from({ length: 40 }, (_, i) => i))
  const sizes = Array.from({ length: 40 }, (_, i) => (mask!.data as Uint8Array).subarray(i * 6, i * 6 + 6).reduce((n, bit) => n + bit, 0))
  expect([Math.min(...sizes), Math.max(...sizes), new Set(sizes).size]).toEqual([2, 6, 5])
  expect(train.labels).toEqual(full.labels)
  sizes.forEach((size, i) => {
    expect(mask!.data.subarray(i * 6, i * 6 + 6)).toEqual(Uint8Array.from({ length: 6 }, (_, j) => (j < size ? 1 : 0)))
    const kept = numbers(full, i).map((value, k) => (k < size * 4 ? value : 0))
    expect(x!.data.subarray(i * 24, i * 24 + 24)).toEqual(kept)
  })
  const small = sizes.indexOf(2)
  expect(train.batch([small]).x!.shape).toEqual([1, 2, 1, 4])
})

test('invalid sizes are refused', () => {
  expect(() => signals({ setSize: 0 })).toThrow('signals: expected setSize to be an integer of at least 1, received 0.')
  expect(() => signals({ train: 1.5 })).toThrow('signals: expected train to be an integer of at least 0, received 1.5.')
  expect(() => signals({ smallestSetSize: 26 })).toThrow('signals: expected smallestSetSize to be at most setSize (25), received 26.')
  expect(() => signals({ seed: -1 })).toThrow('NumpyRandom: expected a seed from 0 to 2^32 - 1, received -1.')
})

/** The expected numbers were printed by NumPy 2.4.6 for the same calls. */
test('NumpyRandom reproduces the legacy generator of NumPy', () => {
  const random = new NumpyRandom(12345)
  expect(Array.from({ length: 8 }, () => random.integer(10))).toEqual([2, 5, 1, 4, 9, 5, 2, 1])
  expect([random.uniform(), random.uniform()]).toEqual([0.9645145197356216, 0.6531770968715709])
  expect(Array.from({ length: 3 }, () => random.normal())).toEqual(
    [0.7690225676118387, 1.2464347363862822, 1.0071893575830049].map((x) => expect.closeTo(x, 14)),
  )
  const largest = new NumpyRandom(4294967295)
  expect([largest.uniform(), largest.integer(7), largest.normal()]).toEqual([0.0976320289940138, 4, expect.closeTo(1.0935881881411569, 14)])
})
