import {
  denseGraphs,
  type Graph,
  imageDataset,
  nodeDataset,
  padSets,
  parseTuText,
  randomFolds,
  randomSplit,
  setDataset,
  sparseGraphs,
  splitDataset,
  standardize,
  subset,
  transform,
  undirectedGraph,
} from '@equivar/datasets'
import { describe, expect, expectTypeOf, test } from 'vitest'

const floats = (shape: readonly number[], ...numbers: number[]) => ({ dtype: 'float32', shape, data: Float32Array.from(numbers) })

describe('sets with numbers or positions to predict', () => {
  const padded = padSets(
    [
      [1, 2, 3, 4],
      [5, 6],
    ],
    [2],
  )
  test('sets of different sizes become a padded array', () => {
    expect(padded).toEqual({
      elements: Float32Array.of(1, 2, 3, 4, 5, 6, 0, 0),
      elementShape: [2],
      maximumSize: 2,
      sizes: Int32Array.of(2, 1),
    })
    expect(() => padSets([[1, 2, 3]], [2])).toThrow('padSets: expected elements of 2 numbers in set 0, received 3 numbers.')
  })

  test('numbers are float32 [batch, outputs]', () => {
    const data = setDataset({ ...padded, y: [1, 2, 3, 4] })
    expect(data.batch([1, 0]).target).toEqual(floats([2, 2], 3, 4, 1, 2))
    expect(data.length).toBe(2)
    expect(data).not.toHaveProperty('classes')
    expect(setDataset({ ...padded, y: [7, 8] }).batch([1]).target).toEqual(floats([1, 1], 8))
    expect(() => setDataset({ ...padded, y: [1, 2, 3] })).toThrow(
      'setDataset: expected a row of numbers in y for each of 2, received 3 numbers.',
    )
  })

  test('positions are int64 [batch], and no classes', () => {
    const data = setDataset({ ...padded, positions: [1, 0] })
    expect(data.batch([0, 1]).target).toEqual({ dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 0n) })
    expect(data).not.toHaveProperty('classes')
    expect(() => setDataset({ ...padded, positions: [1, 1] })).toThrow('setDataset: expected a position from 0 to 0 for set 1, received 1.')
    expect(() => setDataset({ ...padded, positions: [1] })).toThrow('setDataset: expected 2 positions, received 1.')
  })
})

describe('images', () => {
  const bytes = { shape: [2, 1, 2], data: Uint8Array.of(0, 255, 51, 102) }
  test('with numbers to predict', () => {
    const { x, target } = imageDataset(bytes, { y: [1, 2] }).batch([1])
    expect(x).toEqual(floats([1, 1, 1, 2], 0.2, 0.4))
    expect(target).toEqual(floats([1, 1], 2))
  })

  test('of several channels, as float32 that is taken as it is', () => {
    const colours = { shape: [1, 3, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect(imageDataset(colours, { y: [0] }).batch([0]).x).toEqual(floats([1, 3, 1, 2], 1, 2, 3, 4, 5, 6))
    expect(imageDataset(colours, { shape: [1], data: Uint8Array.of(0) }).classes).toEqual(['0'])
  })
})

const path = (nodes: number): Graph => ({
  nodes,
  edges: { sources: Int32Array.from({ length: nodes - 1 }, (_, i) => i), targets: Int32Array.from({ length: nodes - 1 }, (_, i) => i + 1) },
  features: new Float32Array(nodes).fill(1),
})

describe('graphs', () => {
  const graphs = [path(2), path(3)]
  test('with numbers for each graph, dense and sparse', () => {
    for (const data of [sparseGraphs({ graphs, y: [1, 2, 3, 4] }), denseGraphs({ graphs, y: [1, 2, 3, 4] })]) {
      expect(data.batch([1, 0]).target).toEqual(floats([2, 2], 3, 4, 1, 2))
      expect(data).not.toHaveProperty('classes')
    }
    expect(() => sparseGraphs({ graphs, y: [1] })).toThrow(
      'sparseGraphs: expected a row of numbers in y for each of 2, received 1 numbers.',
    )
  })

  test('with numbers for each node, in the order of the nodes of the union', () => {
    const data = sparseGraphs({
      graphs,
      ys: [
        [1, 2],
        [3, 4, 5],
      ],
    })
    expect(data.batch([1, 0]).target).toEqual(floats([5, 1], 3, 4, 5, 1, 2))
    expect(
      sparseGraphs({
        graphs,
        ys: [
          [1, 2, 3, 4],
          [1, 2, 3, 4, 5, 6],
        ],
      }).batch([0]).target,
    ).toEqual(floats([2, 2], 1, 2, 3, 4))
    expect(() => sparseGraphs({ graphs, ys: [[1, 2]] })).toThrow('sparseGraphs: expected ys for each of 2 graphs, received 1.')
    expect(() => sparseGraphs({ graphs, ys: [[1, 2], [3]] })).toThrow('sparseGraphs: graph 1: expected 3 x 1 numbers in ys, received 1.')
  })

  test('with numbers for the nodes of one graph: NaN outside the part, features as they are', () => {
    const parts = { train: [0, 2], validation: [1], test: [] }
    const task = { graph: { ...path(3), features: Float32Array.of(1, 3, 2, 2, 0, 4) }, features: 2, y: [5, 6, 7], ...parts }
    const { x, target } = nodeDataset(task, 'train').batch([0])
    expect(x).toEqual(floats([3, 2], 1, 3, 2, 2, 0, 4))
    expect(target).toEqual(floats([3, 1], 5, Number.NaN, 7))
    expect(() => nodeDataset({ ...task, y: [1] }, 'train')).toThrow(
      'nodeDataset: expected a row of numbers in y for each of 3, received 1 numbers.',
    )
    expect(() => nodeDataset({ ...task, test: [3] }, 'test')).toThrow('nodeDataset: expected nodes from 0 to 2 in test, received 3.')
  })
})

test('the compiler knows the names of what a batch has', () => {
  const batch = sparseGraphs(parseTuText(new TextEncoder().encode('1\n1 0\n0 0\n'), 'ONE')).batch([0])
  expectTypeOf(batch).toHaveProperty('edge_index')
  expectTypeOf(batch).not.toHaveProperty('adj')
  expect(Object.keys(batch)).toEqual(['x', 'edge_index', 'batch', 'num_graphs', 'target'])
})

describe('transform', () => {
  const data = setDataset({ ...padSets([[1], [2]], [1]), labels: Int32Array.of(0, 1), classes: ['a', 'b'] })
  const changed = (change: (v: number, i: number) => number) => (batch: ReturnType<typeof data.batch>, indices: ArrayLike<number>) => ({
    ...batch,
    x: { ...batch.x, data: Float32Array.from(batch.x.data as Float32Array, (v, b) => change(v, indices[b] as number)) },
  })
  test('applies its functions from left to right, and keeps classes and everything else', () => {
    const made = transform(
      data,
      changed((v) => v + 1),
      changed((v, i) => v * 10 + i),
    )
    expect(made.batch([1, 0]).x.data).toEqual(Float32Array.of(31, 20))
    expect(subset(made, [1]).classes).toEqual(['a', 'b'])
    expect(transform(data).batch([0, 1])).toEqual(data.batch([0, 1]))
  })

  test('standardize is one of them, for numbers to predict too', () => {
    const images = imageDataset({ shape: [2, 1, 2], data: Float32Array.of(1, 3, 5, 7) }, { y: [1, 2] })
    const { x, target } = standardize(images).batch([0, 1])
    const deviation = Math.sqrt(5)
    for (const [i, v] of [-3, -1, 1, 3].entries()) expect((x.data as Float32Array)[i]).toBeCloseTo(v / deviation, 6)
    expect(target.data).toEqual(Float32Array.of(1, 2))
  })
})

describe('splits of groups', () => {
  const groups = Array.from({ length: 40 }, (_, i) => `patient ${Math.floor(Math.sqrt(i))}`)
  const labels = Array.from({ length: 40 }, (_, i) => Math.floor(Math.sqrt(i)) % 2)
  const groupsOf = (part: ArrayLike<number>): Set<string> => new Set(Array.from(part, (i) => groups[i] as string))

  test('every example is in one part, and no group in two', () => {
    for (let seed = 0; seed < 20; seed++) {
      const parts = randomSplit(40, [0.6, 0.2, 0.2], { seed, groups })
      expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
      const each = parts.map(groupsOf)
      expect(each.reduce((sum, { size }) => sum + size, 0)).toBe(groupsOf(Uint32Array.from({ length: 40 }, (_, i) => i)).size)
      // Groups have up to 11 examples, so a part is off by less than one of them.
      for (const [p, part] of parts.entries()) expect(Math.abs(part.length - [24, 8, 8][p]!)).toBeLessThan(11)
    }
  })

  test('folds of groups: each group is held out once, no fold is empty', () => {
    for (const options of [{ groups }, { groups, labels }]) {
      const folds = randomFolds(40, 5, { seed: 2, ...options })
      expect(folds.flatMap(({ test: held }) => [...held]).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
      for (const { train, test: held } of folds) {
        expect(held.length).toBeGreaterThan(0)
        for (const group of groupsOf(held)) expect(groupsOf(train).has(group)).toBe(false)
      }
    }
    expect(() => randomFolds(40, 8, { seed: 2, groups })).toThrow('randomFolds: expected at most 7 folds, one for each group, received 8.')
  })

  test('groups of one example are split like the shares; with labels, so is each class', () => {
    const alone = Array.from({ length: 30 }, (_, i) => i)
    const classes = alone.map((i) => (i % 3 === 0 ? 1 : 0))
    const [train, rest] = randomSplit(30, [0.8, 0.2], { seed: 4, groups: alone, labels: classes }) as [Uint32Array, Uint32Array]
    expect([train.length, rest.length]).toEqual([24, 6])
    expect(Array.from(rest).filter((i) => classes[i] === 1).length).toBe(2)
  })

  test('depends on the seed, and refuses other numbers of groups', () => {
    const split = (seed: number): string =>
      String(randomSplit(40, [0.5, 0.5], { seed, groups: Array.from({ length: 40 }, (_, i) => i % 20) }))
    expect(split(1)).toBe(split(1))
    expect(split(1)).not.toBe(split(2))
    expect(() => randomSplit(3, [0.5, 0.5], { seed: 1, groups: [1] })).toThrow('randomSplit: expected 3 groups, received 1.')
    expect(randomSplit(4, [0, 1], { seed: 1, groups: [1, 1, 2, 2] })[0]).toEqual(new Uint32Array())
  })
})

test('a data set is divided like its indices; classes are stratified', () => {
  const data = setDataset({
    ...padSets(
      Array.from({ length: 20 }, (_, i) => [i]),
      [1],
    ),
    labels: Int32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1)),
    classes: ['a', 'b'],
  })
  const [train, rest] = splitDataset(data, [0.8, 0.2], { seed: 3 })
  expect([train.length, rest.length]).toEqual([16, 4])
  expect(Array.from(rest.labels).filter((label) => label === 1).length).toBe(2)
  const [half] = randomSplit(20, [0.8, 0.2], { seed: 3, labels: data.labels })
  expect(train.batch([0, 1]).x).toEqual(data.batch(half.subarray(0, 2)).x)
  expect(splitDataset(setDataset({ ...padSets([[1], [2]], [1]), y: [1, 2] }), [0.5, 0.5], { seed: 1 })[1].length).toBe(1)
})

test('an undirected graph has every edge in both directions, and a loop once', () => {
  const { edges, nodes } = undirectedGraph(3, [
    [0, 1],
    [2, 2],
  ])
  expect([nodes, [...edges.sources], [...edges.targets]]).toEqual([3, [0, 1, 2], [1, 0, 2]])
  expect(() => undirectedGraph(1, [[0, 1]])).toThrow('undirectedGraph')
})
