import { type ClassDataset, concatenate, rotatedImages, standardize, warpedImages } from '@equivar/datasets'
import { expect, test } from 'vitest'

/** Images whose pixels are a function of image, row and column. Image i has class i % 2. */
const pictures = (length: number, size: number, pixel: (image: number, row: number, column: number) => number): ClassDataset => ({
  length,
  classes: ['even', 'odd'],
  labels: Int32Array.from({ length }, (_, i) => i % 2),
  batch: (indices) => ({
    x: {
      dtype: 'float32',
      shape: [indices.length, 1, size, size],
      data: Float32Array.from({ length: indices.length * size * size }, (_, at) =>
        pixel(indices[Math.floor(at / size ** 2)] as number, Math.floor((at % size ** 2) / size), at % size),
      ),
    },
    target: { dtype: 'int64', shape: [indices.length], data: BigInt64Array.from(indices as number[], (i) => BigInt(i % 2)) },
  }),
})
const data = (set: ClassDataset, i: number): number[] => Array.from(set.batch([i]).x?.data as Float32Array)

test('a rotation by a quarter turn is counterclockwise and exact', () => {
  const images = pictures(1, 5, (_, row, column) => 5 * row + column)
  const rotated = warpedImages(images, { matrix: () => [0, -1, 0, 1, 0, 0, 0, 0, 1], range: [0, 0], seed: 1 })
  const expected = Array.from({ length: 25 }, (_, at) => 5 * (at % 5) + 4 - Math.floor(at / 5))
  data(rotated, 0).forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] as number, 5)
  })
})

test('shifts by whole pixels and by half a pixel', () => {
  const images = pictures(1, 4, (_, row, column) => (row === 1 && column === 1 ? 1 : 0))
  const shifted = (pixels: number): number[] =>
    data(warpedImages(images, { matrix: (t) => [1, 0, t, 0, 1, 0, 0, 0, 1], range: [pixels / 2, pixels / 2], seed: 1 }), 0).slice(4, 8)
  expect(shifted(1)).toEqual([0, 0, 1, 0])
  expect(shifted(0.5)).toEqual([0, 0.5, 0.5, 0])
  expect(shifted(9)).toEqual([0, 0, 0, 0])
})

test('a perspective map divides by the depth, and is zero where the depth is not positive', () => {
  const images = pictures(1, 8, () => 1)
  const warped = warpedImages(images, { matrix: (t) => [1, 0, 0, 0, 1, 0, t, 0, 1], range: [2, 2], seed: 1 })
  // T^-1 p = p / (1 - 2 x): inside for x < 1 / 3, where x / (1 - 2 x) < 1.
  const row = data(warped, 0).slice(24, 32)
  expect(row.slice(0, 5).every((v) => v === 1)).toBe(true)
  expect(row.slice(6)).toEqual([0, 0])
})

test('angles are uniform, fixed by the seed, and new for every copy', () => {
  const images = pictures(500, 3, (image) => image)
  const rotated = rotatedImages(images, { seed: 7, copies: 2 })
  expect([rotated.length, rotated.labels[501]]).toEqual([1000, 1])
  expect(rotated.parameters[500]).not.toBe(rotated.parameters[0])
  const parts = [0, 0, 0, 0]
  for (const angle of rotated.parameters) {
    const part = Math.floor((4 * (angle + Math.PI)) / (2 * Math.PI))
    parts[part] = (parts[part] as number) + 1
  }
  for (const part of parts) expect(Math.abs(part - 250)).toBeLessThan(50)
  expect(rotated.batch([501])).toEqual(rotatedImages(images, { seed: 7, copies: 2 }).batch([501]))
  expect(rotated.batch([3, 503]).theta?.data).toEqual(Float32Array.of(rotated.parameters[3] as number, rotated.parameters[503] as number))
  // The centre is fixed.
  expect(data(rotated, 502)[4]).toBeCloseTo(2, 5)
  expect(() => rotatedImages(images, { seed: 1, copies: 0 })).toThrow('expected copies to be an integer of at least 1, received 0')
})

test('standardized images have mean 0 and variance 1, with statistics of the reference if given', () => {
  const images = pictures(10, 2, (image, row, column) => image + row * column)
  const values = Array.from(standardize(images).batch([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).x?.data as Float32Array)
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  expect([mean, values.reduce((sum, v) => sum + v * v, 0) / values.length].map((v) => Number(v.toFixed(5)))).toEqual([0, 1])
  const others = pictures(2, 2, (_, row) => 2 * row)
  expect(data(standardize(images, others), 3)).toEqual([2, 2, 2, 3])
})

test('concatenated data sets give batches in any order of examples', () => {
  const all = concatenate(
    pictures(3, 1, (image) => image),
    pictures(2, 1, (image) => 10 + image),
  )
  expect([all.length, [...all.labels]]).toEqual([5, [0, 1, 0, 0, 1]])
  const { x, target } = all.batch([4, 0, 3, 2])
  expect([x?.shape, Array.from(x?.data as Float32Array)]).toEqual([
    [4, 1, 1, 1],
    [11, 0, 10, 2],
  ])
  expect(target?.data).toEqual(BigInt64Array.of(1n, 0n, 0n, 0n))
  expect(all.batch([4]).x?.data).toEqual(Float32Array.of(11))
  expect(() => all.batch([5])).toThrow('received 5')
})
