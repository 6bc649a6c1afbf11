import { seededRandom, symmetric } from '@equivar/groups'
import { evaluate, input, program, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { parseAction, permuteAxis } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { symmetrize, type Tensors } from '../src/index.ts'
import { close } from './drawn.ts'
import { ofRows, withoutSymmetry } from './networks.ts'

describe('inputs where frames are not unique', () => {
  test('equal rows of a set have the mean of what the model gives for them, so that the law holds exactly', () => {
    const x = input('x', 'float32', ['batch', 8, 2])
    const actions = { inputs: { x: parseAction('S on axis 1') }, outputs: { y: parseAction('S on axis 1') } }
    const call = ({ x: rows }: Tensors): Tensors => ({ y: ofRows(rows as Tensor) })
    const symmetric8 = program({ inputs: { x }, outputs: { ...symmetrize(call, { actions })({ x }) } })
    const value = tensorValue('float32', [1, 8, 2], [1, 2, 3, 4, 1, 2, 1, 2, 0, 0, 3, 4, -1, 5, 0, 1])
    const given = evaluate(symmetric8, { x: value }).y as TensorValue
    const random = seededRandom(1)
    for (let k = 0; k < 5; k++) {
      const { images } = symmetric(8).random(random)
      close(evaluate(symmetric8, { x: permuteAxis(value, 1, images) }).y!.data, permuteAxis(given, 1, images).data)
    }
    const rowOf = (i: number): number[] => [...(given.data as Float64Array).slice(2 * i, 2 * i + 2)]
    expect(rowOf(0)).toEqual(rowOf(2))
    expect(rowOf(1)).toEqual(rowOf(5))
  })

  const x = input('x', 'float32', ['batch', 4, 3])
  const actions = { inputs: { x: parseAction('E(3) on axes 1 2') } }
  const call = ({ x: points }: Tensors): Tensors => ({ z: withoutSymmetry(points as Tensor) })
  const pointsOf = (points: readonly (readonly number[])[]): TensorValue => ({
    dtype: 'float32',
    shape: [1, 4, 3],
    data: Float64Array.from(points.flat()),
  })
  /** Rotated by the angles of the triangle 3, 4, 5 about two axes, and moved. */
  const moved = (points: readonly (readonly number[])[]): TensorValue =>
    pointsOf(
      points.map(([a = 0, b = 0, c = 0]) => {
        const [p, q] = [0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b]
        return [p + 1, 0.6 * q - 0.8 * c - 2, 0.8 * q + 0.6 * c + 3]
      }),
    )
  const shapes: Readonly<Record<string, readonly (readonly number[])[]>> = {
    'one point': [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ],
    'points on a line': [
      [1, 1, 0],
      [2, 2, 0],
      [4, 4, 0],
      [-1, -1, 0],
    ],
    'points of a plane': [
      [1, 0, 0],
      [0, 2, 0],
      [4, 1, 0],
      [-1, -3, 0],
    ],
  }
  const frames = program({ inputs: { x }, outputs: { ...symmetrize(call, { actions })({ x }) } })
  test.each(Object.keys(shapes))('%s: the law holds', (name) => {
    const points = shapes[name] as readonly (readonly number[])[]
    const at = (value: TensorValue): ArrayLike<number | bigint> => evaluate(frames, { x: value }).z!.data
    close(at(moved(points)), at(pointsOf(points)))
  })

  test('a square, whose variances are equal: numbers, not NaN, and no law', () => {
    const square = [
      [1, 1, 0],
      [1, -1, 0],
      [-1, 1, 0],
      [-1, -1, 0],
    ]
    const at = (value: TensorValue): Float64Array => evaluate(frames, { x: value }).z!.data as Float64Array
    const given = at(pointsOf(square))
    const turned = at(moved(square))
    expect([...given, ...turned].every(Number.isFinite)).toBe(true)
    expect(Math.max(...given.map((v, i) => Math.abs(v - (turned[i] as number))))).toBeGreaterThan(1e-3)
  })
})
