import { type ClassDataset, concatenate, rotatedImages, standardize, warpedImages } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { close, images, list, pixels, upTo } from './small-images.ts'

describe('warped images', () => {
  /** Bilinear interpolation of one plane at pixel coordinates, zero outside. */
  const sample = (plane: readonly number[], row: number, column: number): number => {
    let sum = 0
    for (let r = 0; r < 2; r++)
      for (let c = 0; c < 3; c++) sum += plane[3 * r + c]! * Math.max(0, 1 - Math.abs(r - row)) * Math.max(0, 1 - Math.abs(c - column))
    return sum
  }
  /** Solves m p = q for a 3 x 3 matrix by Cramer's rule. */
  const solved = (m: readonly number[], q: readonly number[]): number[] => {
    const determinant = (a: readonly number[]): number =>
      a[0]! * (a[4]! * a[8]! - a[5]! * a[7]!) - a[1]! * (a[3]! * a[8]! - a[5]! * a[6]!) + a[2]! * (a[3]! * a[7]! - a[4]! * a[6]!)
    return upTo(3).map((k) => determinant(m.map((v, i) => (i % 3 === k ? q[Math.floor(i / 3)]! : v))) / determinant(m))
  }
  const slowly = (plane: readonly number[], m: readonly number[]): number[] =>
    upTo(6).map((at) => {
      const [x, y] = [(2 * (at % 3) + 1) / 3 - 1, 1 - (2 * Math.floor(at / 3) + 1) / 2]
      const [u, v, w] = solved(m, [x, y, 1]) as [number, number, number]
      return w <= 0 ? 0 : sample(plane, ((1 - v / w) * 2 - 1) / 2, ((u / w + 1) * 3 - 1) / 2)
    })

  test('equal interpolation at the inverse, for projective maps of every channel', () => {
    const matrix = (t: number): number[] => [1 + t, 0.3, 0.1 - t, -0.2, 0.9, 0.2, 0.5 * t, -0.4, 1.1]
    const warped = warpedImages(images, { matrix, range: [-0.4, 0.7], seed: 5, copies: 2 })
    const random = new Random({ seed: 5, stream: 'warps' })
    const parameters = upTo(14).map(() => -0.4 + 1.1 * random.uniform())
    expect([...warped.parameters]).toEqual(close(parameters, 12))
    expect([warped.length, [...warped.labels], warped.classes]).toEqual([14, [...images.labels, ...images.labels], ['a', 'b']])
    const { x, theta, target } = warped.batch([12, 3])
    const plane = (i: number, channel: number): unknown[] =>
      close(slowly(pixels(i % 7).slice(6 * channel, 6 * channel + 6), matrix(parameters[i]!)), 4)
    expect(x?.shape).toEqual([2, 2, 2, 3])
    expect(list(x)).toEqual([...plane(12, 0), ...plane(12, 1), ...plane(3, 0), ...plane(3, 1)])
    expect([theta?.shape, list(theta), list(target)]).toEqual([[2, 1], close([parameters[12]!, parameters[3]!]), [0, 1]])
  })

  test('nothing is shown where the depth is not positive', () => {
    const matrix = (): number[] => [1, 0, 0, 0, 1, 0, 2, 0, 1]
    const { x } = warpedImages(images, { matrix, range: [0, 0], seed: 1 }).batch([1])
    expect(list(x)).toEqual([0, 1].flatMap((c) => close(slowly(pixels(1).slice(6 * c, 6 * c + 6), matrix()), 5)))
  })

  test('what is refused', () => {
    const given = { matrix: () => [1, 0, 0, 0, 1, 0, 0, 0, 1], range: [0, 1] as [number, number], seed: 1 }
    for (const copies of [0, 1.5])
      expect(() => warpedImages(images, { ...given, copies })).toThrow(
        new RangeError(`warpedImages: expected copies to be an integer of at least 1, received ${copies}.`),
      )
    for (const range of [
      [1, 0],
      [Number.NEGATIVE_INFINITY, 0],
      [0, Number.POSITIVE_INFINITY],
      [Number.NaN, 0],
    ] as [number, number][])
      expect(() => warpedImages(images, { ...given, range })).toThrow(
        new RangeError(`warpedImages: expected a range [low, high] with low <= high, received [${range.join(', ')}].`),
      )
    expect([warpedImages(images, given).length, warpedImages(images, { ...given, range: [1, 1] }).parameters[3]]).toEqual([7, 1])
    expect(() => warpedImages(images, given).batch([7])).toThrow(
      'warpedImages: expected example indices from 0 to 6, received 7 at position 0.',
    )
    expect([...rotatedImages(images, { seed: 5 }).parameters]).toEqual([
      ...warpedImages(images, { ...given, seed: 5, range: [-Math.PI, Math.PI] }).parameters,
    ])
  })
})

test('concatenated: batches of any order and channels; other classes are refused', () => {
  const both = concatenate(images, { ...images, length: 2, labels: Int32Array.of(1, 1) })
  expect([both.length, [...both.labels], both.classes]).toEqual([9, [0, 1, 0, 1, 1, 0, 1, 1, 1], ['a', 'b']])
  const { x, target } = both.batch([8, 6, 7, 0])
  expect([x?.shape, list(x), target?.shape, list(target)]).toEqual([[4, 2, 2, 3], [1, 6, 0, 0].flatMap(pixels), [4], [1, 1, 0, 0]])
  expect(both.batch([7, 8]).x).toEqual(images.batch([0, 1]).x)
  expect(() => concatenate(images, { ...images, classes: ['a', 'c'] })).toThrow(
    new RangeError('concatenate: expected the classes a, b, received a, c.'),
  )
  expect(() => both.batch([9])).toThrow('concatenate: expected example indices from 0 to 8, received 9 at position 0.')
})

test('standardize: mean and deviation of the first 2,000 examples', () => {
  const many: ClassDataset = {
    ...images,
    length: 2002,
    batch: (indices) => ({
      x: { dtype: 'float32', shape: [indices.length, 1], data: Float32Array.from(indices, (i) => (i < 2000 ? i % 2 : 1000)) },
    }),
  }
  expect(list(standardize(many).batch([0, 1, 2000]).x)).toEqual(close([-1, 1, 1999]))
  expect(list(standardize(images, { ...many, length: 0 }).batch([2]).x)).toEqual(pixels(2).map((v) => Math.fround(v * 1e12)))
})
