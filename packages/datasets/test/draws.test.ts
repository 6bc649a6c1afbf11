import {
  type ClassDataset,
  digitSums,
  epochOrder,
  nodeDataset,
  oddDigits,
  type PosedMesh,
  pointClouds,
  populations,
  randomFolds,
  randomSplit,
  setDataset,
  signals,
  standardize,
  surfacePoints,
} from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

/** Image i of class i % 4 has one channel of 1 x 2 pixels: i and i + 1/2. */
const images: ClassDataset = {
  length: 12,
  classes: ['a', 'b', 'c', 'd'],
  labels: Int32Array.from({ length: 12 }, (_, i) => i % 4),
  batch: (indices) => ({
    x: {
      dtype: 'float32',
      shape: [indices.length, 1, 1, 2],
      data: Float32Array.from({ length: 2 * indices.length }, (_, at) => indices[at >> 1]! + (at % 2) / 2),
    },
  }),
}
const list = (value: { readonly data: ArrayLike<number | bigint> } | undefined): number[] => Array.from(value?.data ?? [], Number)

describe('every number comes from the seed and a stream of its own', () => {
  test.each([1, 8])('sums of digits, seed %i', (seed) => {
    const random = new Random({ seed, stream: 'digit sums' })
    const sets = Array.from({ length: 6 }, () => Array.from({ length: 2 + random.integer(4) }, () => random.integer(12)))
    const data = digitSums(images, { count: 6, smallest: 2, largest: 5, seed })
    expect(data.length).toBe(6)
    const { x, mask, target } = data.batch([4, 1])
    const [one, other] = [sets[4]!, sets[1]!]
    const width = Math.max(one.length, other.length)
    const padded = [one, other].map((set) => Array.from({ length: width }, (_, i) => set[i]))
    expect(x?.shape).toEqual([2, width, 1, 1, 2])
    expect(list(x)).toEqual(padded.flat().flatMap((i) => (i === undefined ? [0, 0] : [i, i + 0.5])))
    expect(list(mask)).toEqual(padded.flat().map((i) => (i === undefined ? 0 : 1)))
    expect(list(target)).toEqual([one, other].map((set) => set.reduce((sum, i) => sum + (i % 4), 0)))
    expect(target?.shape).toEqual([2, 1])
  })

  test.each([1, 8])('odd digits, seed %i', (seed) => {
    const random = new Random({ seed, stream: 'odd digits' })
    const pick = (c: number): number => c + 4 * random.integer(3)
    const sets = Array.from({ length: 5 }, () => {
      const usual = random.integer(4)
      const odd = (usual + 1 + random.integer(3)) % 4
      const place = random.integer(4)
      return { place, members: Array.from({ length: 4 }, (_, i) => pick(i === place ? odd : usual)) }
    })
    const { x, mask, target } = oddDigits(images, { count: 5, size: 4, seed }).batch([3, 0])
    expect(list(x)).toEqual([sets[3]!, sets[0]!].flatMap(({ members }) => members.flatMap((i) => [i, i + 0.5])))
    expect(list(mask)).toEqual(new Array(8).fill(1))
    expect(list(target)).toEqual([sets[3]!.place, sets[0]!.place])
  })

  test.each([1, 8])('populations, seed %i', (seed) => {
    const random = new Random({ seed, stream: 'populations' })
    const sets = Array.from({ length: 2 }, () => {
      const angle = random.uniform() * Math.PI
      const points = Array.from({ length: 300 + random.integer(201) }, () => {
        const [a, b] = [Math.SQRT2 * random.normal(), random.normal() / 2]
        return [Math.cos(angle) * a - Math.sin(angle) * b, Math.sin(angle) * a + Math.cos(angle) * b]
      })
      return { points, variance: 2 * Math.cos(angle) ** 2 + Math.sin(angle) ** 2 / 4 }
    })
    const { x, mask, target } = populations({ count: 2, seed }).batch([1, 0])
    const [first, second] = [sets[1]!, sets[0]!]
    const width = Math.max(first.points.length, second.points.length)
    expect(x?.shape).toEqual([2, width, 2])
    expect(list(x).slice(0, 2 * first.points.length)).toEqual(first.points.flat().map((v) => expect.closeTo(v, 5)))
    expect(list(x).slice(2 * width, 2 * width + 4)).toEqual(
      second.points
        .slice(0, 2)
        .flat()
        .map((v) => expect.closeTo(v, 5)),
    )
    expect(list(mask)).toEqual([first, second].flatMap(({ points }) => Array.from({ length: width }, (_, i) => Number(i < points.length))))
    expect(list(target)).toEqual([first, second].map(({ variance }) => expect.closeTo(Math.log(2 * Math.PI * Math.E * variance) / 2, 5)))
  })

  test('points of clouds: an own stream for each example, centred and scaled', () => {
    const mesh: PosedMesh = {
      poses: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, /**/ 1, 1, 1, 3, 1, 1, 1, 4, 2),
      vertices: 3,
      faces: [0, 1, 2],
    }
    const data = pointClouds({
      mesh,
      examples: [0, 1, 1].map((pose, label) => ({ pose, label })),
      classes: ['a', 'b', 'c'],
      points: 5,
      seed: 3,
    })
    expect([data.length, [...data.labels], data.classes]).toEqual([3, [0, 1, 2], ['a', 'b', 'c']])
    const { x, mask, target } = data.batch([2, 0])
    const cloud = (index: number, pose: number): unknown[] => {
      const points = surfacePoints(mesh, pose, 5, new Random({ seed: 3, stream: 'points', index }))
      const centre = [0, 1, 2].map((k) => [0, 1, 2, 3, 4].reduce((sum, i) => sum + points[3 * i + k]!, 0) / 5)
      const moved = Array.from(points, (v, i) => v - centre[i % 3]!)
      const radius = Math.max(...[0, 1, 2, 3, 4].map((i) => Math.hypot(...moved.slice(3 * i, 3 * i + 3))))
      return moved.map((v) => expect.closeTo(v / radius, 5))
    }
    expect(list(x)).toEqual([...cloud(2, 1), ...cloud(0, 0)])
    expect([list(mask), list(target)]).toEqual([new Array(10).fill(1), [2, 0]])
  })

  test('splits, folds and orders of epochs', () => {
    const order = [...new Random({ seed: 5, stream: 'split' }).permutation(7)]
    const folds = randomFolds(7, 3, { seed: 5 })
    expect(folds.map(({ test: own }) => [...own])).toEqual([0, 1, 2].map((fold) => order.filter((_, i) => i % 3 === fold).sort()))
    const byClass = [...order].sort((a, b) => (a % 2) - (b % 2))
    const stratified = randomFolds(7, 3, { seed: 5, labels: [0, 1, 0, 1, 0, 1, 0] })
    expect(stratified.map(({ test: own }) => [...own])).toEqual([0, 1, 2].map((fold) => byClass.filter((_, i) => i % 3 === fold).sort()))
    // Each example goes to the part that is furthest behind its share, the first of equals.
    const parts: number[][] = [[], []]
    order.forEach((example, i) => {
      const behind = [0.75 * (i + 1) - parts[0]!.length, 0.25 * (i + 1) - parts[1]!.length]
      parts[behind[0]! >= behind[1]! ? 0 : 1]!.push(example)
    })
    expect(randomSplit(7, [0.75, 0.25], { seed: 5 }).map((part) => [...part])).toEqual(parts.map((part) => part.sort()))
    expect([...epochOrder(9, 2, 4)]).toEqual([...new Random({ seed: 2, stream: 'shuffle', index: 4 }).permutation(9)])
  })

  test('sizes of sets of signals', () => {
    const given = { train: 4, validation: 3, test: 2, setSize: 5, length: 3, seed: 6 }
    const { train, validation, test: last } = signals({ ...given, smallestSetSize: 2 })
    const sizes = new Random({ seed: 6, stream: 'set sizes' })
    for (const part of [train, validation, last])
      for (let i = 0; i < part.length; i++) {
        const { mask } = part.batch([i])
        expect(list(mask)).toEqual(new Array(2 + sizes.integer(4)).fill(1))
      }
  })
})

test('standardized images: the mean and the deviation of the reference', () => {
  const reference: ClassDataset = { ...images, length: 2 }
  const [mean, deviation] = [0.75, Math.sqrt((0.75 ** 2 + 0.25 ** 2) / 2)]
  const close = (values: number[]): unknown[] => values.map((v) => expect.closeTo((v - mean) / deviation, 5))
  expect(list(standardize(images, reference).batch([5]).x)).toEqual(close([5, 5.5]))
  const flat: ClassDataset = {
    ...images,
    batch: (indices) => ({ x: { dtype: 'float32', shape: [indices.length, 1, 1, 1], data: new Float32Array(indices.length).fill(3) } }),
  }
  expect(list(standardize(flat).batch([0, 1]).x)).toEqual([0, 0])
})

describe('the text of errors', () => {
  const sets = {
    elements: new Float32Array(6),
    elementShape: [1],
    maximumSize: 3,
    sizes: Int32Array.of(2, 3),
    labels: Int32Array.of(1, 0),
    classes: ['a', 'b'],
  }
  const graph = { nodes: 2, edges: { sources: Int32Array.of(0), targets: Int32Array.of(1) }, features: new Float32Array(4) }
  const network = {
    graph,
    features: 2,
    classes: 2,
    labels: Int32Array.of(0, 1),
    train: Uint32Array.of(0),
    validation: Uint32Array.of(1),
    test: Uint32Array.of(2),
  }
  const five = (options: object): unknown => signals({ train: 1, validation: 1, test: 1, ...options })
  test.each<[() => unknown, string]>([
    [() => setDataset({ ...sets, sizes: Int32Array.of(2) }), 'setDataset: expected 2 sizes and 2 x 3 x 1 numbers, received 1 and 6.'],
    [() => setDataset({ ...sets, sizes: Int32Array.of(2, -1) }), 'setDataset: expected sets of 0 to 3 elements, received a set of -1.'],
    [() => setDataset({ ...sets, labels: Int32Array.of(2, 0) }), 'setDataset: expected labels from 0 to 1, received 2 for example 0.'],
    [
      () => nodeDataset({ ...network, features: 3 }, 'train'),
      'nodeDataset: expected 2 x 3 features and 2 labels, received 4 numbers and 2.',
    ],
    [
      () => nodeDataset({ ...network, labels: Int32Array.of(0) }, 'train'),
      'nodeDataset: expected 2 x 2 features and 2 labels, received 4 numbers and 1.',
    ],
    [() => nodeDataset(network, 'test'), 'nodeDataset: expected nodes from 0 to 1 in test, received 2.'],
    [() => nodeDataset(network, 'train').batch([]), 'nodeDataset: expected one example, received 0.'],
    [() => nodeDataset(network, 'train').batch([1]), 'nodeDataset: expected example indices from 0 to 0, received 1 at position 0.'],
    [
      () => digitSums(images, { count: 1, smallest: -1, largest: 2, seed: 1 }),
      'digitSums: expected sizes 0 <= smallest <= largest, received -1 and 2.',
    ],
    [
      () => digitSums(images, { count: 1, smallest: 1, largest: 2.5, seed: 1 }),
      'digitSums: expected sizes 0 <= smallest <= largest, received 1 and 2.5.',
    ],
    [() => oddDigits(images, { count: 1, size: 3.5, seed: 1 }), 'oddDigits: expected sets of at least 3 images, received 3.5.'],
    [() => populations({ count: 1, seed: 1 }).batch([1]), 'populations: expected example indices from 0 to 0, received 1 at position 0.'],
    [() => randomFolds(3, 1, { seed: 1 }), 'randomFolds: expected from 2 to 3 folds of 3 examples, received 1.'],
    [() => randomFolds(3, 2.5, { seed: 1 }), 'randomFolds: expected from 2 to 3 folds of 3 examples, received 2.5.'],
    [() => randomSplit(3, [1.5, -0.5], { seed: 1 }), 'randomSplit: expected shares that sum to 1, received 1.5 + -0.5 = 1.'],
    [() => five({ setSize: 0 }), 'signals: expected setSize to be an integer of at least 1, received 0.'],
    [() => five({ length: 0 }), 'signals: expected length to be an integer of at least 1, received 0.'],
    [() => five({ train: -1 }), 'signals: expected train to be an integer of at least 0, received -1.'],
    [() => five({ smallestSetSize: 0 }), 'signals: expected smallestSetSize to be an integer of at least 1, received 0.'],
    [() => five({ setSize: 3, smallestSetSize: 4 }), 'signals: expected smallestSetSize to be at most setSize (3), received 4.'],
  ])('%#', (make, message) => {
    expect(make).toThrow(new RangeError(message))
  })
  test('limits may be reached', () => {
    expect(setDataset({ ...sets, sizes: Int32Array.of(0, 3) }).batch([0]).x?.shape).toEqual([1, 0, 1])
    expect(signals({ train: 0, validation: 0, test: 0, setSize: 1, length: 1 }).train.length).toBe(0)
    expect(digitSums(images, { count: 1, smallest: 0, largest: 0, seed: 1 }).batch([0]).x?.shape).toEqual([1, 0, 1, 1, 2])
    expect(randomFolds(3, 3, { seed: 1 }).map(({ test: own }) => own.length)).toEqual([1, 1, 1])
  })
})
