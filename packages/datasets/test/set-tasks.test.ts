import {
  type ClassDataset,
  digitSums,
  nodeDataset,
  oddDigits,
  type PosedMesh,
  parsePlanetoid,
  pointClouds,
  populations,
  surfacePoints,
} from '@equivar/datasets'
import { loadPosedMesh } from '@equivar/datasets/node'
import { Random } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

/** Image i has class i % 10, and all its pixels are i. */
const images: ClassDataset = {
  length: 40,
  classes: Array.from({ length: 10 }, (_, c) => `${c}`),
  labels: Int32Array.from({ length: 40 }, (_, i) => i % 10),
  batch: (indices) => ({
    x: {
      dtype: 'float32',
      shape: [indices.length, 1, 2, 2],
      data: Float32Array.from({ length: 4 * indices.length }, (_, at) => indices[at >> 2] as number),
    },
  }),
}

test('the target of digitSums is the sum of the digits, for all sizes of sets', () => {
  const data = digitSums(images, { count: 50, smallest: 0, largest: 6, seed: 1 })
  const { x, mask, target } = data.batch(Uint32Array.from({ length: 50 }, (_, i) => i))
  const set = x?.shape[1] as number
  expect(x?.shape).toEqual([50, set, 1, 2, 2])
  expect(set).toBe(6)
  const sizes = new Set<number>()
  for (let b = 0; b < 50; b++) {
    let [sum, size] = [0, 0]
    for (let i = 0; i < set; i++) {
      if (mask?.data[b * set + i] !== 1) continue
      sum += (x?.data[(b * set + i) * 4] as number) % 10
      size++
    }
    sizes.add(size)
    expect(target?.data[b]).toBe(sum)
  }
  expect([...sizes].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(data.batch([3])).toEqual(digitSums(images, { count: 50, smallest: 0, largest: 6, seed: 1 }).batch([3]))
  expect(() => digitSums(images, { count: 1, smallest: 3, largest: 2, seed: 1 })).toThrow(
    'expected sizes 0 <= smallest <= largest, received 3 and 2',
  )
  expect(() => data.batch([50])).toThrow('received 50')
})

test('the target of oddDigits is the index of the different digit', () => {
  const { x, target } = oddDigits(images, { count: 30, size: 5, seed: 2 }).batch(Uint32Array.from({ length: 30 }, (_, i) => i))
  for (let b = 0; b < 30; b++) {
    const digits = Array.from({ length: 5 }, (_, i) => (x?.data[(b * 5 + i) * 4] as number) % 10)
    const odd = Number(target?.data[b])
    const others = digits.filter((_, i) => i !== odd)
    expect(new Set(others).size).toBe(1)
    expect(digits[odd]).not.toBe(others[0])
  }
  expect(() => oddDigits(images, { count: 1, size: 2, seed: 1 })).toThrow('expected sets of at least 3 images, received 2')
})

test('the entropy of a population agrees with the variance of its samples', () => {
  const { x, mask, target } = populations({ count: 40, seed: 3 }).batch(Uint32Array.from({ length: 40 }, (_, i) => i))
  const set = x?.shape[1] as number
  const errors = Array.from({ length: 40 }, (_, b) => {
    const values = Array.from({ length: set }, (_, i) => i).flatMap((i) =>
      mask?.data[b * set + i] === 1 ? [x?.data[(b * set + i) * 2] as number] : [],
    )
    expect(values.length).toBeGreaterThanOrEqual(300)
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length
    return Math.abs(0.5 * Math.log(2 * Math.PI * Math.E * variance) - (target?.data[b] as number))
  })
  expect(Math.max(...errors)).toBeLessThan(0.2)
})

/** Two squares in the plane, of side 1 and of side 2. */
const mesh: PosedMesh = {
  poses: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 5, 0, 0, 7, 0, 0, 7, 2, 0, 5, 2, 0),
  vertices: 8,
  faces: [0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7],
}

test('points on a surface are uniform by area', () => {
  const points = surfacePoints(mesh, 0, 5000, new Random({ seed: 1 }))
  const inLarge = Array.from({ length: 5000 }, (_, i) => i).filter((i) => (points[3 * i] as number) >= 5)
  expect(Math.abs(inLarge.length / 5000 - 0.8)).toBeLessThan(0.03)
  const mean = inLarge.reduce((sum, i) => sum + (points[3 * i + 1] as number), 0) / inLarge.length
  expect(mean).toBeCloseTo(1, 1)
})

test('point clouds are centred, have radius 1, and are reproducible', () => {
  const data = pointClouds({
    mesh,
    examples: [
      { pose: 0, label: 1 },
      { pose: 0, label: 0 },
    ],
    classes: ['a', 'b'],
    points: 64,
    seed: 4,
  })
  const { x, target } = data.batch([0, 1])
  expect([...(target as unknown as { data: BigInt64Array }).data]).toEqual([1n, 0n])
  const first = (x as unknown as { data: Float32Array }).data.subarray(0, 64 * 3)
  expect(Math.abs(first.reduce((sum, v, i) => sum + (i % 3 === 0 ? v : 0), 0))).toBeLessThan(1e-4)
  expect(Math.max(...Array.from({ length: 64 }, (_, i) => Math.hypot(...first.subarray(3 * i, 3 * i + 3))))).toBeCloseTo(1, 5)
  expect(data.batch([0]).x?.data).toEqual(first.slice())
})

test.skipIf(isMissing('meshes/Fox-poses.f32.npy'))('the posed fox (skipped without the data folder)', async () => {
  const fox = await loadPosedMesh('Fox', { data: sharedData, download: false })
  expect([fox.poses.length, fox.vertices, fox.faces.length]).toEqual([96 * 290 * 3, 290, 576 * 3])
})

test('nodeDataset is one example with rows that sum to 1 and targets for the chosen part only', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const split = { nodes: 3, features: 4, classes: 2, train: [0], val: [1], test: [2] }
  const network = parsePlanetoid({ nodes: bytes('1 0 3\n-1\n0 2\n'), edges: bytes('0 2\n'), split: bytes(JSON.stringify(split)) })
  const { x, edge_index, target } = nodeDataset(network, 'train').batch([0])
  expect(x?.data).toEqual(Float32Array.of(0.5, 0, 0, 0.5, /**/ 0, 0, 0, 0, /**/ 0, 0, 1, 0))
  expect([edge_index?.shape, target?.data]).toEqual([[2, 2], BigInt64Array.of(1n, -1n, -1n)])
  expect(nodeDataset(network, 'test').batch([0]).target?.data).toEqual(BigInt64Array.of(-1n, -1n, 0n))
  expect(() => nodeDataset(network, 'test').batch([0, 0])).toThrow('expected one example, received 2')
})
