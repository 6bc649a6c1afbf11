import { batches, epochOrder, randomFolds, randomSplit } from '@equivar/datasets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const range = (length: number): number[] => Array.from({ length }, (_, i) => i)
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)
const countOf = (part: Uint32Array, labels: readonly number[], label: number): number =>
  part.filter((example) => labels[example] === label).length

const labelled = fc.array(fc.nat(3), { minLength: 2, maxLength: 80 })

describe('randomSplit', () => {
  test('puts every example into one part; parts have their shares, overall and within each class', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(labelled, shares, fc.nat(100), fc.boolean(), (labels, weights, seed, stratified) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const fractions = weights.map((weight) => weight / total)
        const parts = randomSplit(labels.length, fractions, { seed, ...(stratified ? { labels } : {}) })
        expect(sorted(parts.flatMap((part) => [...part]))).toEqual(range(labels.length))
        parts.forEach((part, p) => {
          expect([...part]).toEqual(sorted(part))
          expect(Math.abs(part.length - fractions[p]! * labels.length)).toBeLessThan(weights.length)
          if (!stratified) return
          for (const label of new Set(labels)) {
            const all = labels.filter((other) => other === label).length
            expect(Math.abs(countOf(part, labels, label) - fractions[p]! * all)).toBeLessThan(weights.length)
          }
        })
      }),
      { seed: 1 },
    )
  })

  test('depends on the seed only', () => {
    const split = (seed: number): Uint32Array[] => randomSplit(100, [0.5, 0.5], { seed })
    expect(split(1)).toEqual(split(1))
    expect(split(1)).not.toEqual(split(2))
    expect(randomSplit(6, [0.5, 0.5], { seed: 1 }).map((part) => [...part])).toEqual([
      [0, 3, 4],
      [1, 2, 5],
    ])
  })

  test('splits each class at random', () => {
    const labels = range(200).map((i) => i % 2)
    const first = (seed: number): Uint32Array => randomSplit(200, [0.5, 0.5], { seed, labels })[0]!
    expect(first(1)).not.toEqual(first(2))
    expect([countOf(first(1), labels, 0), countOf(first(1), labels, 1)]).toEqual([50, 50])
  })

  test('refuses shares that do not sum to 1, and a wrong number of labels', () => {
    expect(() => randomSplit(10, [0.5, 0.4], { seed: 1 })).toThrow('randomSplit: expected shares that sum to 1, received 0.5 + 0.4 = 0.9.')
    expect(() => randomSplit(10, [1.5, -0.5], { seed: 1 })).toThrow('randomSplit: expected shares that sum to 1')
    expect(() => randomSplit(3, [1], { seed: 1, labels: [0] })).toThrow('randomSplit: expected 3 labels, received 1.')
  })
})

describe('randomFolds', () => {
  test('puts every example into one test part, with balanced classes', () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 2, max: 10 }), fc.nat(100), fc.boolean(), (labels, count, seed, stratified) => {
        fc.pre(count <= labels.length)
        const folds = randomFolds(labels.length, count, { seed, ...(stratified ? { labels } : {}) })
        expect(sorted(folds.flatMap(({ test }) => [...test]))).toEqual(range(labels.length))
        for (const fold of folds) expect(sorted([...fold.train, ...fold.test])).toEqual(range(labels.length))
        const spread = (sizes: number[]): number => Math.max(...sizes) - Math.min(...sizes)
        expect(spread(folds.map(({ test }) => test.length))).toBeLessThanOrEqual(1)
        if (stratified) {
          for (const label of labels) expect(spread(folds.map(({ test }) => countOf(test, labels, label)))).toBeLessThanOrEqual(1)
        }
      }),
      { seed: 1 },
    )
  })

  test('refuses more folds than examples, and a wrong number of labels', () => {
    expect(() => randomFolds(3, 4, { seed: 1 })).toThrow('randomFolds: expected from 2 to 3 folds of 3 examples, received 4.')
    expect(() => randomFolds(3, 2, { seed: 1, labels: [1, 2] })).toThrow('randomFolds: expected 3 labels, received 2.')
  })
})

describe('batches', () => {
  test('contain every example once, in order or in the random order of the epoch', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 9 }), fc.nat(5), (length, batchSize, epoch) => {
        const ordered = batches(length, { batchSize })
        expect(ordered.flatMap((batch) => [...batch])).toEqual(range(length))
        const shuffled = batches(length, { batchSize, shuffle: { seed: 3, epoch } })
        expect(shuffled.flatMap((batch) => [...batch])).toEqual([...epochOrder(length, 3, epoch)])
        expect(sorted(shuffled.flatMap((batch) => [...batch]))).toEqual(range(length))
        expect(shuffled.slice(0, -1).every((batch) => batch.length === batchSize)).toBe(true)
        const whole = batches(length, { batchSize, dropLast: true })
        expect(whole.map((batch) => batch.length)).toEqual(new Array(Math.floor(length / batchSize)).fill(batchSize))
      }),
      { seed: 1 },
    )
  })

  test('have an order that depends on seed and epoch only', () => {
    expect([...epochOrder(10, 1, 2)]).toEqual([9, 4, 3, 0, 5, 7, 1, 2, 6, 8])
    expect(epochOrder(50, 1, 1)).not.toEqual(epochOrder(50, 1, 2))
    expect(epochOrder(50, 2, 1)).not.toEqual(epochOrder(50, 1, 1))
  })

  test('refuse an invalid batch size', () => {
    expect(() => batches(10, { batchSize: 0 })).toThrow('batches: expected a batch size of at least 1, received 0.')
  })
})
