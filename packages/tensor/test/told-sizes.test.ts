import * as t from '@equivar/tensor'
import { evaluate, input, program, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const x = input('x', 'float32', ['n', 2])
const mask = input('mask', 'bool', ['n'])
const feeds = { x: tensorValue('float32', [3, 2], [1, 2, 3, 4, 5, 6]), mask: tensorValue('bool', [3], [1, 0, 1]) }
const kept = (count: t.DimensionLike = 'kept'): t.Tensor => t.gather(x, t.squeeze(t.nonZero(mask, count), 0))
const run = (outputs: Record<string, t.Tensor>, inputs: t.Input[] = [x, mask]): Record<string, t.ReferenceValue> =>
  evaluate(program({ inputs, outputs }), inputs.includes(x) ? feeds : { mask: feeds.mask })

describe('sizes that only a run tells', () => {
  test('are told by the places of what is not 0', () => {
    const { y } = run({ y: kept() })
    expect(y?.shape).toEqual([2, 2])
    expect([...(y?.data ?? [])]).toEqual([1, 2, 5, 6])
  })

  test('places have a row for each axis', () => {
    const grid = input('grid', 'float32', [2, 3])
    const places = program({ inputs: [grid], outputs: { y: t.nonZero(grid, 'places') } })
    const { y } = evaluate(places, { grid: tensorValue('float32', [2, 3], [0, 7, 0, -1, 0, 2]) })
    expect(y?.shape).toEqual([2, 3])
    expect([...(y?.data ?? [])]).toEqual([0, 1, 1, 1, 0, 2])
  })

  test('order what needs them after what tells them, also where nothing else joins the two', () => {
    const rows = kept().size(0)
    const { y } = run({ y: t.range(rows) })
    expect([...(y?.data ?? [])]).toEqual([0, 1])
  })

  test('are numbers that were computed', () => {
    const [rows = 0] = t.asSizes(t.add(t.reduceSum(t.cast(mask, 'int64')), 1), ['rows'])
    const { y } = run({ y: t.full(3, [rows]) }, [mask])
    expect([...(y?.data ?? [])]).toEqual([3, 3, 3])
  })

  test('are the same within the body of a loop', () => {
    const rows = kept().size(0)
    const iteration = input('iteration', 'int64', [])
    const state = input('state', 'float32', [rows, 2])
    const body = program({ inputs: [iteration, state], outputs: { next: t.add(state, t.cast(t.sizeOf(rows), 'float32')) } })
    const [y] = t.repeat(body, { count: 2, states: [kept()] })
    expect([...(run({ y: y as t.Tensor }).y?.data ?? [])]).toEqual([5, 6, 9, 10])
  })

  test('are the same after a pass has made the teller anew', () => {
    const twice = t.not(t.not(mask))
    const places = t.squeeze(t.nonZero(twice, 'kept'), 0)
    const p = program({ inputs: [x, mask], outputs: { y: t.add(t.gather(x, places), 0), z: t.full(1, [places.size(0)]) } })
    const optimized = t.optimize(p)
    expect(optimized.nodes.filter(({ operator }) => operator.name === 'NonZero')).toHaveLength(1)
    const [a, b] = [evaluate(p, feeds), evaluate(optimized, feeds)]
    expect(b).toEqual(a)
  })

  test('a known count is held to', () => {
    expect([...(run({ y: kept(2) }).y?.data ?? [])]).toEqual([1, 2, 5, 6])
    expect(() => run({ y: kept(3) })).toThrow('run: expected NonZero to give the size 3, received 2.')
    expect(() => run({ y: kept(t.dimension('n')) })).toThrow('run: expected NonZero to give the size n = 3, received 2.')
  })

  test('are not negative', () => {
    const [rows = 0] = t.asSizes(t.sub(t.reduceSum(t.cast(mask, 'int64')), 5), ['rows'])
    expect(() => run({ y: t.range(rows) }, [mask])).toThrow('run: expected AsSizes to give sizes of 0 or more, received -3 for rows.')
  })

  test('have derivatives through what they count', () => {
    const rows = kept()
    const gradient = t.differentiate(t.reduceSum(t.mul(rows, rows)), x)
    expect([...(run({ y: gradient }).y?.data ?? [])]).toEqual([2, 4, 0, 0, 10, 12])
  })
})

test('what tells sizes demands its input', () => {
  expect(() => t.nonZero(input('s', 'bool', []), 'k')).toThrow('nonZero: expected an axis at least, received [].')
  expect(() => t.asSizes(mask, ['k'])).toThrow("asSizes: expected int64 numbers, received bool. Use cast(x, 'int64').")
  expect(() => t.asSizes(input('s', 'int64', [2]), ['k'])).toThrow('asSizes: expected a scalar or a list of 1 numbers, one a size')
})
