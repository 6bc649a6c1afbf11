import { batches, padSets, randomFolds, randomSplit, setDataset, splitDataset } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { list, upTo } from './small-images.ts'

const refused = (run: () => unknown, message: string): void => expect(run).toThrow(new RangeError(message))

describe('splits', () => {
  test('shares sum to 1 up to rounding, and are no less than 0', () => {
    expect(randomSplit(4, [0.5, 0.5 + 0.9e-9], { seed: 1 }).map((part) => part.length)).toEqual([2, 2])
    refused(() => randomSplit(4, [0.5, 0.51], { seed: 1 }), 'randomSplit: expected shares that sum to 1, received 0.5 + 0.51 = 1.01.')
    refused(
      () => randomSplit(4, [0.5, 0.5 + 1.1e-9], { seed: 1 }),
      `randomSplit: expected shares that sum to 1, received 0.5 + ${0.5 + 1.1e-9} = ${1 + 1.1e-9}.`,
    )
    refused(() => randomSplit(4, [Number.NaN, 1], { seed: 1 }), 'randomSplit: expected shares that sum to 1, received NaN + 1 = NaN.')
    expect(randomSplit(4, [0, 1], { seed: 1 }).map((part) => [...part])).toEqual([[], [0, 1, 2, 3]])
    refused(() => randomSplit(4, [1], { seed: 1, groups: [1, 1, 2, 2], labels: [1] }), 'randomSplit: expected 4 labels, received 1.')
    refused(
      () => randomFolds(4, 3, { seed: 1, groups: [1, 1, 2, 2] }),
      'randomFolds: expected at most 2 folds, one for each group, received 3.',
    )
    refused(() => batches(3, { batchSize: 1.5 }), 'batches: expected a batch size of at least 1, received 1.5.')
  })

  test('a group goes where the distances from the shares grow least, by the definition', () => {
    const members = fc.array(fc.tuple(fc.nat(6), fc.nat(2)), { minLength: 4, maxLength: 30 })
    // Shares of which no part is ever as far behind as another.
    const shares = fc.constantFrom([0.7031, 0.2969], [0.5113, 0.3001, 0.1886], [0.6071, 0, 0.3929])
    fc.assert(
      fc.property(members, shares, fc.nat(20), (examples, wanted, seed) => {
        const [groups, labels] = [examples.map(([group]) => `g${group}`), examples.map(([, label]) => label)]
        const names = [...new Set(groups)]
        const order = [...new Random({ seed, stream: 'split' }).permutation(names.length)].map((i) => names[i]!)
        const sizeOf = (name: string): number => groups.filter((group) => group === name).length
        order.sort((a, b) => sizeOf(b) - sizeOf(a))
        const columns = [
          () => true,
          ...[...new Set(labels)].map(
            (kind) =>
              (i: number): boolean =>
                labels[i] === kind,
          ),
        ]
        const totals = columns.map((has) => upTo(groups.length).filter(has).length)
        const parts: number[][] = wanted.map(() => [])
        for (const name of order) {
          const own = upTo(groups.length).filter((i) => groups[i] === name)
          const growth = wanted.map((share, p) =>
            columns.reduce(
              (sum, has, c) => {
                const [added, lacking] = [own.filter(has).length, share * totals[c]! - parts[p]!.filter(has).length]
                return sum + ((lacking - added) ** 2 - lacking ** 2) / totals[c]!
              },
              share === 0 ? Number.POSITIVE_INFINITY : 0,
            ),
          )
          parts[growth.indexOf(Math.min(...growth))]!.push(...own)
        }
        const received = randomSplit(groups.length, wanted, { seed, groups, labels }).map((part) => [...part])
        expect(received).toEqual(parts.map((part) => part.sort((a, b) => a - b)))
      }),
      { seed: 1 },
    )
  })

  test('a data set with groups is not stratified, one without classes neither', () => {
    const data = setDataset({
      ...padSets(
        upTo(12).map((i) => [i]),
        [1],
      ),
      labels: Int32Array.from(upTo(12), (i) => i % 2),
      classes: ['a', 'b'],
    })
    const groups = upTo(12).map((i) => i >> 1)
    const shown = (part: { readonly batch: typeof data.batch; readonly length: number }): number[] => list(part.batch(upTo(part.length)).x)
    expect(splitDataset(data, [0.5, 0.5], { seed: 3, groups }).map(shown)).toEqual(
      randomSplit(12, [0.5, 0.5], { seed: 3, groups }).map((part) => [...part]),
    )
    const labels = upTo(12).map((i) => i % 3)
    expect(splitDataset(data, [0.5, 0.5], { seed: 3, labels }).map(shown)).toEqual(
      randomSplit(12, [0.5, 0.5], { seed: 3, labels }).map((part) => [...part]),
    )
  })
})
