import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { sumsAsProducts, sumsInStages } from '../src/sums.ts'
import { expectSameSums } from './same-sums.ts'

const x = t.input('x', 'float32', ['n', 3, 5])
const image = t.input('image', 'float32', ['n', 64, 3, 5])
const two = t.input('two', 'float32', [2, 'n', 64])
const wide = t.input('wide', 'float32', ['n', 4, 'm', 64])

describe('sums in stages', () => {
  const result = (y: t.Tensor): string => after(sumsInStages, y, [x, image])

  test('before and after', () => {
    const sum = t.reduceSum(x, { axis: [0, 2] })
    expect(before(sum, [x])).toBe('ReduceSum([0 2], false)(x)')
    expect(result(sum)).toBe('Squeeze([0 2])(ReduceSum([0], true)(ReduceSum([2], true)(x)))')
    expect(result(t.reduceSum(x, { axis: [0, 2], keepDims: true }))).toBe('ReduceSum([0], true)(ReduceSum([2], true)(x))')
    expect(result(t.reduceMean(image, { axis: [0, 2, 3], keepDims: true }))).toBe('ReduceMean([0], true)(ReduceMean([2 3], true)(image))')
    const four = t.reduceSum(image, { axis: [1, 3], keepDims: true })
    expect(result(four)).toBe('ReduceSum([1], true)(ReduceSum([3], true)(image))')
  })

  test.each<[string, t.Tensor]>([
    ['neighbours', t.reduceSum(x, { axis: [0, 1] })],
    ['all', t.reduceSum(x)],
    ['neighbours but for an axis of size 1', t.reduceSum(t.unsqueeze(x, 1), { axis: [0, 2] })],
    ['an axis of size 1 and others', t.reduceSum(t.unsqueeze(x, 0), { axis: [0, 3] })],
    ['the largest', t.reduceMax(x, { axis: [0, 2] })],
    ['float16', t.reduceSum(t.cast(x, 'float16'), { axis: [0, 2] })],
  ])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, [x, image])))
})

describe('sums as products', () => {
  const result = (y: t.Tensor): string => after(sumsAsProducts, y, [x, image, two, wide])

  test('before and after', () => {
    const rows = 'MatMul(Expand([1 n])(1), Reshape([n 960])(image))'
    expect(result(t.reduceSum(image, { axis: 0 }))).toBe(`Reshape([64 3 5])(${rows})`)
    expect(result(t.reduceSum(image, { axis: 0, keepDims: true }))).toBe(`Reshape([1 64 3 5])(${rows})`)
    expect(result(t.reduceMean(image, { axis: 0 }))).toBe(`Div(Reshape([64 3 5])(${rows}), Cast(float32)(Dimension(n)()))`)
  })

  test('behind a batch that may be a single example', () => {
    const points = t.input('points', 'float32', ['n', 'm', 64])
    const shown = (y: t.Tensor): string => after(sumsAsProducts, y, [points])
    const rows = 'MatMul(Expand([n 1 m])(1), points)'
    expect(shown(t.reduceSum(points, { axis: 1 }))).toBe(`Reshape([n 64])(${rows})`)
    expect(shown(t.reduceMean(points, { axis: 1 }))).toBe(`Div(Reshape([n 64])(${rows}), Cast(float32)(Dimension(m)()))`)
    const pairs = t.input('pairs', 'float32', ['n', 'm', 'm', 64])
    expect(after(sumsAsProducts, t.reduceSum(pairs, { axis: 1 }), [pairs])).toMatch(
      /^Reshape\(\[n m 64\]\)\(MatMul\(Expand\(\[n 1 m\]\)\(1\), Reshape\(\[n m /,
    )
  })

  test('axes of size 1 may lie before', () => {
    const wide = t.unsqueeze(image, 0)
    expect(result(t.reduceSum(wide, { axis: 1 }))).toContain('MatMul(Expand([1 n])(1), Reshape([n 960])')
  })

  test('axes of another size may lie before, if it may be 1 and many sums lie side by side', () => {
    const many = t.input('many', 'float32', ['n', 25, 64, 64])
    const made = (y: t.Tensor): string => after(sumsAsProducts, y, [many])
    const rows = 'MatMul(Expand([n 1 25])(1), Reshape([n 25 4096])(many))'
    expect(made(t.reduceSum(many, { axis: 1 }))).toBe(`Reshape([n 64 64])(${rows})`)
    expect(made(t.reduceSum(t.unsqueeze(many, 2), { axis: [1, 2], keepDims: true }))).toContain('Reshape([n 1 1 64 64])(MatMul(')
    expect(made(t.reduceMean(many, { axis: 1 }))).toBe(`Div(Reshape([n 64 64])(${rows}), Cast(float32)(int64 25))`)
    for (const y of [t.reduceSum(many, { axis: 2 }), t.reduceSum(many, { axis: [0, 2] })]) expect(made(y)).toBe(before(y, [many]))
    const known = t.input('known', 'float32', [2, 25, 4096])
    expect(after(sumsAsProducts, t.reduceSum(known, { axis: 1 }), [known])).not.toContain('MatMul')
  })

  test.each<[string, t.Tensor]>([
    ['fewer than 64 sums', t.reduceSum(x, { axis: 0 })],
    ['fewer than 64 sums of an example', t.reduceSum(image, { axis: 1 })],
    ['two axes before', t.reduceSum(t.reshape(image, ['n', 1, 3, 5, 64]), { axis: 3 })],
    ['several examples before, for certain', t.reduceSum(two, { axis: 1 })],
    ['examples times groups before', t.reduceSum(t.reshape(wide, [t.times(t.symbol('n'), 4), 'm', 64]), { axis: 1 })],
    ['the last axes', t.reduceSum(image, { axis: [2, 3] })],
    ['all', t.reduceSum(image)],
    ['a single row', t.reduceSum(t.unsqueeze(image, 0), { axis: 0 })],
    ['the largest', t.reduceMax(image, { axis: 0 })],
    ['float16', t.reduceSum(t.cast(image, 'float16'), { axis: 0 })],
  ])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, [x, image, two, wide])))
})

test.each([[[2, 64, 7]], [[1, 65, 1]], [[0, 64, 3]], [[5, 64, 0]], [[13, 3, 11]], [[1, 7, 67]], [[3, 0, 64]]])(
  'both have the values of the reference: %o',
  (shape) => {
    for (const axis of [[0], [0, 2], [1], [0, 1], [0, 1, 2], [2]]) {
      expectSameSums(shape, shape, axis)
      expectSameSums(shape, ['n', shape[1] as number, 'l'], axis)
      expectSameSums(shape, ['n', ...shape.slice(1)], axis)
    }
  },
)

test('over all sets of axes', () => {
  for (let set = 1; set < 32; set++) {
    const axis = [0, 1, 2, 3, 4].filter((i) => (set >> i) % 2 === 1)
    expectSameSums([2, 3, 1, 2, 65], ['n', 3, 1, 'm', 65], axis)
  }
})
