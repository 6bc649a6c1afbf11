import { evaluate, input, program, Random } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { CanonicalCoordinates, type CoordinateSystemName } from '../src/index.ts'

const names: CoordinateSystemName[] = [
  'translation',
  'rotation',
  'scale',
  'rotationScale',
  'shearX',
  'shearY',
  'scaleX',
  'scaleY',
  'hyperbolic',
  'perspectiveX',
  'perspectiveY',
  'pan',
  'tilt',
]

const product = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: 9 }, (_, i) =>
    [0, 1, 2].reduce((sum, k) => sum + (a[3 * Math.floor(i / 3) + k] as number) * (b[3 * k + (i % 3)] as number), 0),
  )
const move = (m: readonly number[], [x, y]: readonly [number, number]): [number, number] => {
  const [px = 0, py = 0, depth = 0] = [0, 3, 6].map((r) => (m[r] as number) * x + (m[r + 1] as number) * y + (m[r + 2] as number))
  return [px / depth, py / depth]
}
/** The distance of two angles or numbers. */
const apart = (a: number, b: number, periodic: boolean): number => (periodic ? Math.abs(Math.sin((a - b) / 2)) * 2 : Math.abs(a - b))

describe.each(names)('%s', (system) => {
  const coordinates = new CanonicalCoordinates({ system, u: 8, v: 6 })
  const random = new Random({ seed: 7, stream: system })
  const between = (low: number, high: number): number => low + (high - low) * random.uniform()

  test('the transformations form a group', () => {
    for (let k = 0; k < 20; k++) {
      const [a, b, c, d] = [between(-1, 1), between(-1, 1), between(-1, 1), between(-1, 1)]
      expect(relativeError(product(coordinates.matrix(a, b), coordinates.matrix(c, d)), coordinates.matrix(a + c, b + d))).toBeLessThan(
        1e-14,
      )
    }
    expect(coordinates.matrix(0).map((entry) => entry + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })

  test('rho(T_theta p) = rho(p) + theta e', () => {
    for (let k = 0; k < 50; k++) {
      const p: [number, number] = [between(-1, 1), between(-1, 1)]
      const theta = [between(-0.3, 0.3), coordinates.parameters === 2 ? between(-0.3, 0.3) : 0] as const
      const before = coordinates.toCanonical(...p)
      const after = coordinates.toCanonical(...move(coordinates.matrix(...theta), p))
      const scale = Math.max(1, Math.abs(before[0]), Math.abs(before[1]))
      expect(apart(after[0], before[0] + theta[0], coordinates.u.periodic) / scale).toBeLessThan(1e-12)
      expect(apart(after[1], before[1] + theta[1], coordinates.v.periodic) / scale).toBeLessThan(1e-12)
    }
  })

  test('the grid points have the coordinates of the grid, in all charts, and steps map grid points to grid points', () => {
    const { u, v, size } = coordinates
    const points = coordinates.points()
    expect(points.length).toBe(2 * size[0] * size[1])
    const at = (row: number, column: number): [number, number] => {
      const i = 2 * (row * size[1] + column)
      return [points[i] as number, points[i + 1] as number]
    }
    for (let row = 0; row < size[0]; row++)
      for (let column = 0; column + 1 < size[1]; column++) {
        const [x, y] = at(row, column)
        const [, found] = coordinates.toCanonical(x, y)
        expect(apart(found, v.start + (row % v.count) * v.step, v.periodic)).toBeLessThan(1e-12)
        const [nextX, nextY] = move(coordinates.matrix(u.step), [x, y])
        expect(Math.hypot(nextX - at(row, column + 1)[0], nextY - at(row, column + 1)[1])).toBeLessThan(1e-12)
      }
  })

  test('the matrices of a batch agree with single matrices', () => {
    const theta = input('theta', 'float32', ['batch', coordinates.parameters])
    const p = program({ inputs: { theta }, outputs: { y: coordinates.matrices(theta) } })
    const values = Float64Array.from({ length: 3 * coordinates.parameters }, () => between(-1, 1))
    const { shape, data } = evaluate(p, { theta: { dtype: 'float32', shape: [3, coordinates.parameters], data: values } }).y as {
      shape: readonly number[]
      data: Float64Array
    }
    const rows = [0, 1, 2].map((b) => values.subarray(b * coordinates.parameters, (b + 1) * coordinates.parameters))
    expect(shape).toEqual([3, 3, 3])
    expect(
      relativeError(
        data,
        rows.flatMap(([s = 0, t]) => [...coordinates.matrix(s, t)]),
      ),
    ).toBeLessThan(1e-15)
  })
})

test('invalid options are refused', () => {
  expect(() => new CanonicalCoordinates({ system: 'affine' as 'shearX', u: 4, v: 4 })).toThrow('expected one of translation, rotation,')
  expect(() => new CanonicalCoordinates({ system: 'scaleX', u: 4, v: 5 })).toThrow(
    'expected an even v for the two charts of scaleX, received 5.',
  )
  expect(() => new CanonicalCoordinates({ system: 'shearX', u: 0, v: 4 })).toThrow('expected u to be an integer of at least 1, received 0.')
  expect(() => new CanonicalCoordinates({ system: 'rotation', u: 4, v: 4, uRange: [0, 1] })).toThrow(
    'expected no uRange, because u is an angle',
  )
  expect(() => new CanonicalCoordinates({ system: 'shearX', u: 4, v: 4, vRange: [1, 0] })).toThrow(
    'expected a range [low, high] with low < high for v',
  )
  expect(() => new CanonicalCoordinates({ system: 'perspectiveX', u: 3, v: 4, uRange: [-1, 1] })).toThrow(
    'perspectiveX has no singular point',
  )
  const rotation = new CanonicalCoordinates({ system: 'rotation', u: 4, v: 4 })
  expect(() => rotation.matrices(input('theta', 'float32', [2, 2]))).toThrow('expected theta of shape [batch, 1], received [2, 2]')
})
