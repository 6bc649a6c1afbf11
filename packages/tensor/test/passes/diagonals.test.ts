import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { diagonalsAtPlaces } from '../../src/passes/diagonals.ts'
import { after, before } from '../law/pass.ts'

const square = t.input('square', 'float32', ['b', 'n', 'n', 'c'])
const row = t.input('row', 'float32', ['b', 'n', 'c'])
const one = t.input('one', 'float32', [])
const result = (y: t.Tensor): string => after(diagonalsAtPlaces, y, [square, row, one])
const summed = (x: t.Tensor, axis: number): t.Tensor => t.reduceSum(t.keepDiagonal(x, 1, 2), { axis })

test('before and after', () => {
  const x = t.input('x', 'float32', [3, 3])
  const y = t.reduceSum(t.keepDiagonal(x, 0, 1), { axis: 1 })
  expect(before(y, [x])).toBe('ReduceSum([1], false)(Where(Cast(bool)(EyeLike(3, 3, 0, float32)()), x, 0))')
  expect(after(diagonalsAtPlaces, y, [x])).toMatch(/^Reshape\(\[3\]\)\(Gather\(0\)\(Reshape\(\[9 1\]\)\(x\), Reshape/)
  const written = result(t.add(square, t.keepDiagonal(t.unsqueeze(row, 2), 1, 2, { size: 'n' })))
  expect(written).toContain('Reshape([b n n c])(ScatterND(none)(a, Unsqueeze([1])(b), Add(Gather(0)(a, b), ')
  expect(written).not.toContain('Where')
})

test.each<[string, t.Tensor]>([
  ['another value elsewhere', t.reduceSum(t.where(t.unsqueeze(t.cast(t.eyeLike('n'), 'bool'), 2), square, 1), { axis: 2 })],
  ['beside the diagonal', t.reduceSum(t.where(t.unsqueeze(t.cast(t.eyeLike('n', 'n', { k: 1 }), 'bool'), 2), square, 0), { axis: 2 })],
  ['another axis', summed(square, 3)],
  ['both axes', t.reduceSum(t.keepDiagonal(square, 1, 2), { axis: [1, 2] })],
  ['the same value everywhere', t.reduceSum(t.where(t.cast(t.eyeLike('n'), 'bool'), one, 0), { axis: 1 })],
  ['a product of the two', t.mul(square, t.keepDiagonal(square, 1, 2))],
  [
    'a sum that is larger than what is kept',
    t.add(square, t.reshape(t.keepDiagonal(t.unsqueeze(one, [0, 1, 2, 3]), 1, 2, { size: 'n' }), ['n', 'n', 1])),
  ],
])('does not apply: %s', (_, y) => {
  expect(result(y)).toBe(before(y, [square, row, one]))
})

/** Numbers of which some are none. */
function numbers(shape: readonly number[]): t.TensorValue {
  const data = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(3 * i + 1))
  for (const [at, value] of [
    [1, Infinity],
    [7, Number.NaN],
    [20, -Infinity],
  ] as const)
    if (at < data.length) data[at] = value
  return t.tensorValue('float32', shape, data)
}

/** The pass changes no value of a tensor made of x. @param order - how many axes x has. */
function expectSame(make: (x: t.Tensor) => t.Tensor, shape: readonly number[], symbolic: readonly t.DimensionLike[]): void {
  const x = t.input('x', 'float32', symbolic)
  const whole = t.program({ inputs: { x }, outputs: { y: make(x) } })
  const passed = diagonalsAtPlaces.run(whole, { fixed: new Set() })
  expect(passed.nodes.some((node) => t.isNode(node, 'Gather'))).toBe(true)
  const feeds = { x: numbers(shape) }
  const [expected, found] = [t.evaluate(whole, feeds).y, t.evaluate(passed, feeds).y]
  expect(found?.shape).toEqual(expected?.shape)
  // Only the sign of a 0 may differ.
  expect([...(found?.data ?? [])].map((v) => Number(v) + 0)).toEqual([...(expected?.data ?? [])].map((v) => Number(v) + 0))
}

describe.each([0, 1, 2, 5])('the values of the slow form, %i places', (n) => {
  const shapes: readonly [readonly number[], readonly t.DimensionLike[]][] = [
    [
      [2, n, n, 3],
      ['b', 'n', 'n', 'c'],
    ],
    [
      [2, n, n, 3],
      [2, n, n, 3],
    ],
    [
      [0, n, n, 1],
      ['b', 'n', 'n', 1],
    ],
  ]
  test.each(shapes)('neighbouring axes of %o as %o', (shape, symbolic) => {
    for (const axis of [1, 2])
      for (const keepDims of [false, true]) expectSame((x) => t.reduceSum(t.keepDiagonal(x, 1, 2), { axis, keepDims }), shape, symbolic)
    expectSame(
      (x) =>
        t.add(x, t.keepDiagonal(t.reduceMax(t.concat([x, t.ones(x.shape)], 1), { axis: 1, keepDims: true }), 1, 2, { size: x.size(1) })),
      shape,
      symbolic,
    )
    expectSame(
      (x) =>
        t.add(t.keepDiagonal(t.reduceMax(t.concat([x, t.ones(x.shape)], 2), { axis: 2, keepDims: true }), 2, 1, { size: x.size(1) }), x),
      shape,
      symbolic,
    )
    expectSame((x) => t.add(x, t.keepDiagonal(x, 1, 2)), shape, symbolic)
  })

  test.each([[[n, 3, n]], [[2, n, 3, n]], [[n, 2, 3, n, 2]]])('axes with others between: %o', (shape) => {
    const [first, second] = [shape.indexOf(n), shape.lastIndexOf(n)]
    if (n === 2 || n === 3) return
    const symbolic = shape.map((d) => (d === n ? 'n' : d))
    for (const axis of [first, second]) expectSame((x) => t.reduceSum(t.keepDiagonal(x, first, second), { axis }), shape, symbolic)
    for (const axis of [first, second])
      expectSame(
        (x) =>
          t.add(
            x,
            t.keepDiagonal(t.slice(t.concat([x, t.ones(x.shape)], axis), { axis, start: 0, end: 1 }), first, second, {
              size: x.size(first),
            }),
          ),
        shape,
        symbolic,
      )
  })

  test('the constant of a diagonal', () => {
    expectSame(
      (x) => t.add(x, t.keepDiagonal(t.full(2, [x.size(0), 1, 1, x.size(3)]), 1, 2, { size: x.size(1) })),
      [2, n, n, 3],
      ['b', 'n', 'n', 'c'],
    )
  })
})

test('applies to the gradient of what it reads and writes', () => {
  const read = summed(square, 2)
  const y = t.add(square, t.keepDiagonal(t.unsqueeze(t.mul(read, read), 2), 1, 2, { size: 'n' }))
  const [gradient] = t.differentiate(t.reduceSum(t.mul(y, y)), [square])
  const whole = t.program({ inputs: { square }, outputs: { gradient: gradient as t.Tensor } })
  const passed = t.optimize(whole, { name: 'diagonals', passes: [diagonalsAtPlaces, t.simplify] })
  expect(passed.nodes.some((node) => t.isNode(node, 'Where'))).toBe(false)
  const data = Float64Array.from({ length: 2 * 3 * 3 * 2 }, (_, i) => Math.cos(i))
  const feeds = { square: t.tensorValue('float32', [2, 3, 3, 2], data) }
  const [expected, found] = [t.evaluate(whole, feeds).gradient?.data ?? [], t.evaluate(passed, feeds).gradient?.data ?? []]
  for (const [i, value] of [...expected].entries()) expect(Math.abs(Number(found[i]) - Number(value))).toBeLessThan(1e-12)
})
