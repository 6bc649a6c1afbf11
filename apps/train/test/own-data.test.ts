import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleDataset } from '../src/own-data/dataset.ts'
import { describeExamples } from '../src/own-data/describe.ts'
import type { Example, Examples } from '../src/own-data/example.ts'
import { fit } from '../src/own-data/fit.ts'
import { readExamples } from '../src/own-data/read.ts'
import { foldExamples, splitExamples } from '../src/own-data/split.ts'
import { foldNodes, splitNodes } from '../src/own-data/split-nodes.ts'
import { communities, type Line, sets, writeLines } from './own-examples.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-fitting-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'some.ndjson')
/** What is read from these lines. */
const read = (...lines: readonly Line[]): Promise<Examples> => readExamples({ paths: [writeLines(path, lines)] })

const point = [[1, 2]]
const edge = [[0], [1]]
const two = [[1], [2]]

const classOf = ({ target }: Example): string => (target.kind === 'label' ? target.label : '')
const wheres = (examples: readonly Example[]): string[] => examples.map(({ where }) => where)

describe('splits', () => {
  test('are stratified, complete, and fixed by the seed', async () => {
    const all = await read(...sets(100, (_, far) => ({ label: far ? 'far' : 'near' })))
    const split = splitExamples(all, { seed: 1 })
    const counts = [split.train, split.validation, split.test].map((part) => [
      part.length,
      part.filter((one) => classOf(one) === 'far').length,
    ])
    for (const [i, share] of [0.8, 0.1, 0.1].entries()) {
      expect(Math.abs((counts[i]?.[0] ?? 0) - 100 * share)).toBeLessThanOrEqual(2)
      expect(Math.abs((counts[i]?.[1] ?? 0) - 34 * share)).toBeLessThanOrEqual(2)
    }
    expect(wheres([...split.train, ...split.validation, ...split.test]).sort()).toEqual(wheres(all.examples).sort())
    expect(splitExamples(all, { seed: 1 })).toEqual(split)
    expect(wheres(splitExamples(all, { seed: 2 }).test)).not.toEqual(wheres(split.test))
  })

  test('are as the file says', async () => {
    const parts = ['test', 'train', 'val', 'train', 'validation']
    const split = splitExamples(await read(...parts.map((part) => ({ x: point, label: 'a', split: part }))), { seed: 1 })
    expect(wheres(split.train)).toEqual(['some.ndjson, line 2', 'some.ndjson, line 4'])
    expect(wheres(split.validation)).toEqual(['some.ndjson, line 3', 'some.ndjson, line 5'])
    const half = await read({ x: point, label: 'a', split: 'train' }, { x: point, label: 'a' })
    expect(() => splitExamples(half, { seed: 1 })).toThrow(
      'some.ndjson, line 2: expected "split", which other examples have, received none',
    )
  })

  test('of folds hold each example out once', async () => {
    const all = await read(...sets(31, (_, far) => ({ label: far ? 'far' : 'near' })))
    const folds = foldExamples(all, 4, 1)
    expect(wheres(folds.flatMap(({ test: held }) => held)).sort()).toEqual(wheres(all.examples).sort())
    for (const { train, test: held } of folds) {
      expect(wheres([...train, ...held]).sort()).toEqual(wheres(all.examples).sort())
      expect(Math.abs(held.filter((one) => classOf(one) === 'far').length - 11 / 4)).toBeLessThanOrEqual(1)
    }
  })

  test('of nodes give each labelled node to one part, and hold each out in one fold', async () => {
    const all = await read(communities(70))
    const labels = (example: Example | undefined) => (example?.target.kind === 'labels' ? example.target.labels : [])
    const whole = labels(all.examples[0])
    const times = (sides: readonly Example[]) => whole.map((_, node) => sides.filter((side) => labels(side)[node] !== undefined).length)
    const once = whole.map((label) => (label === undefined ? 0 : 1))
    const { split, said } = splitNodes(all, { seed: 1 })
    expect(times([...split.train, ...split.validation, ...split.test])).toEqual(once)
    expect(said).toBe('nodes: train 48, validation 6, test 6')
    const folds = foldNodes(all, 3, 1)
    expect(times(folds.flatMap(({ test: held }) => held))).toEqual(once)
    for (const { train, test: held } of folds) expect(times([...train, ...held])).toEqual(once)
  })
})

describe('what is fitted', () => {
  test('standardizes by the training part only, and keeps constant channels from vanishing', async () => {
    const all = await read(
      {
        x: [
          [1, 5, 0],
          [3, 5, 0],
        ],
        label: 'b',
      },
      { x: [[1000, 5, 0]], label: 'a' },
    )
    const { features } = fit(all, all.examples.slice(0, 1))
    expect(features).toEqual({ offset: [2, 0, -1], scale: [1, 5, 1] })
  })

  test('means and deviations of inputs are float32, as in the exported file: far from 0 the rest would be as large as what they leave', async () => {
    const all = await read({ x: [[10_000.1], [10_000.4], [10_001.3]], label: 'a' })
    const { offset, scale } = fit(all, all.examples).features
    expect([offset, scale]).toEqual([offset.map(Math.fround), scale.map(Math.fround)])
    expect(offset[0]).toBeCloseTo(10_000.6, 2)
  })

  test('numbers to predict, without those that are not known', async () => {
    const all = await read({
      x: [[1], [1], [1]],
      ys: [
        [1, 7],
        [null, 7],
        [5, 7],
      ],
    })
    expect(fit(all, all.examples).regression).toEqual({ offset: [3, 7], scale: [2, 1] })
  })

  test('is exact far from 0', async () => {
    const all = await read({ x: [[1], [1]], ys: [2 ** 23, 2 ** 23 + 2] })
    expect(fit(all, all.examples).regression).toEqual({ offset: [2 ** 23 + 1], scale: [1] })
  })

  test('class names of all parts, numbers by value and then text', async () => {
    const named = async (...labels: unknown[]) => {
      const all = await read(...labels.map((label) => ({ x: point, label })))
      return fit(all, all.examples.slice(0, 1)).classes
    }
    expect(await named(10, 9, 2, 9)).toEqual(['2', '9', '10'])
    expect(await named('b', 'a', 'B')).toEqual(['B', 'a', 'b'])
  })
})

const dataOf = (values: Readonly<Record<string, { readonly data: ArrayLike<unknown> }>>, name: string) =>
  Array.from(values[name]?.data ?? [], Number)

describe('batches', () => {
  test('of sets are padded with zeros and have a mask', async () => {
    const { kind, examples } = await read(
      {
        x: [
          [1, 2],
          [3, 4],
        ],
        labels: ['b', null],
      },
      { x: [[5, 6]], labels: ['a'] },
    )
    const batch = exampleDataset(kind, examples, ['a', 'b']).batch([1, 0])
    expect(batch.x).toMatchObject({ shape: [2, 2, 2], dtype: 'float32' })
    expect(dataOf(batch, 'x')).toEqual([5, 6, 0, 0, 1, 2, 3, 4])
    expect(dataOf(batch, 'mask')).toEqual([1, 0, 1, 1])
    expect(dataOf(batch, 'target')).toEqual([0, -1, 1, -1])
  })

  test('of graphs are unions', async () => {
    const { kind, examples } = await read(
      {
        x: two,
        edge_index: [
          [0, 1],
          [1, 0],
        ],
        edge_attr: [7, 8],
        label: 'a',
      },
      { x: [[3], [4], [5]], edge_index: [[2], [0]], edge_attr: [9], label: 'b' },
    )
    const batch = exampleDataset(kind, examples, ['a', 'b']).batch([1, 0])
    expect(dataOf(batch, 'x')).toEqual([3, 4, 5, 1, 2])
    expect(dataOf(batch, 'edge_index')).toEqual([2, 3, 4, 0, 4, 3])
    expect(dataOf(batch, 'edge_attr')).toEqual([9, 7, 8])
    expect(dataOf(batch, 'batch')).toEqual([0, 0, 0, 1, 1])
    expect(dataOf(batch, 'num_graphs')).toEqual([2])
    expect(dataOf(batch, 'target')).toEqual([1, 0])
  })

  test('of dense graphs are padded along both axes of nodes', async () => {
    const { kind, examples } = await read(
      { x: [[9]], adj: [[[1, 2]]], y: 3 },
      {
        x: two,
        adj: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        y: 4,
      },
    )
    const batch = exampleDataset(kind, examples, []).batch([0, 1])
    expect(batch.adj?.shape).toEqual([2, 2, 2, 2])
    expect(dataOf(batch, 'adj')).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(dataOf(batch, 'target')).toEqual([3, 4])
  })

  test('have NaN as target where there is none', async () => {
    const { kind, examples } = await read({ x: two, ys: [1, null] }, { x: [[1]], ys: [2] })
    const batch = exampleDataset(kind, examples, []).batch([0, 1])
    expect(batch.target?.shape).toEqual([2, 2, 1])
    expect(dataOf(batch, 'target')).toEqual([1, Number.NaN, 2, Number.NaN])
  })

  test('of an example that there is not', async () => {
    const { kind, examples } = await read({ x: two, y: 1 })
    expect(() => exampleDataset(kind, examples, []).batch([1])).toThrow('batch: expected example indices from 0 to 0, received 1.')
  })
})

describe('what is said of the data', () => {
  test('sizes, classes, what is missing and what occurs twice', async () => {
    const all = await read({ x: two, label: 'a' }, { x: [[3], [4], [5]], label: 'b' }, { x: two, label: 'a' }, { x: [[7]], label: 'a' })
    const [first, ...others] = all.examples
    const lines = describeExamples(all, { train: [first as Example], validation: others.slice(0, 1), test: others.slice(1) })
    expect(lines).toEqual([
      '4 sets; elements: 1 to 3, median 2; 1 channel',
      '2 classes: a 75.0 %, b 25.0 %',
      'train 1, validation 1, test 2; 1 example of validation and test occurs in an earlier part, too',
    ])
  })

  test('numbers, nodes and edges', async () => {
    expect(describeExamples(await read({ x: two, edge_index: edge, ys: [1, null] }), undefined)).toEqual([
      '1 graph; nodes: 2; edges: 1; 1 channel',
      'numbers to predict: mean 1.000, standard deviation 0.000; 1 number missing',
    ])
    const edges = await read({ x: two, edge_index: edge, edge_attr: [[1, 2]], label: 'a' })
    expect(describeExamples(edges, undefined)[0]).toBe('1 graph; nodes: 2; edges: 1; 2 features of edges; 1 channel')
    expect(describeExamples(await read({ x: two, chosen: 1 }), undefined)[1]).toBe('one element of each set is to be chosen')
  })
})
