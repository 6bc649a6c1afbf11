import { Random, toNumbers } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { parseAction, randomInputs } from '../src/index.ts'

const random = () => new Random({ seed: 1, stream: 'inputs' })
const numbers = (value: { data: Parameters<typeof toNumbers>[0] } | undefined): number[] =>
  value === undefined ? [] : [...toNumbers(value.data)]

test('every row of a mask has a true entry, integers are 0 or 1, and a range is kept', () => {
  const inputs = [
    { name: 'x', dtype: 'float32' },
    { name: 'mask', dtype: 'bool' },
    { name: 'k', dtype: 'int32' },
    { name: 'r', dtype: 'int64' },
  ] as const
  const shapes = { x: [2, 3], mask: [40, 2], k: [50], r: [200] }
  const { x, mask, k, r } = randomInputs(inputs, { shapes, ranges: { r: { from: 3, to: 5 } }, random: random() })
  expect(x).toMatchObject({ dtype: 'float32', shape: [2, 3] })
  const rows = Array.from({ length: 40 }, (_, i) => numbers(mask).slice(2 * i, 2 * i + 2))
  expect(rows.every((row) => row.includes(1))).toBe(true)
  expect(numbers(mask)).toContain(0)
  expect(new Set(numbers(k))).toEqual(new Set([0, 1]))
  expect(new Set(numbers(r))).toEqual(new Set([3, 4, 5]))
})

test('numbers that name points name points that exist', () => {
  const inputs = [
    { name: 'x', dtype: 'float32' },
    { name: 'edge_index', dtype: 'int64' },
    { name: 'parents', dtype: 'int64' },
  ] as const
  const shapes = { x: [7, 2], edge_index: [2, 200], parents: [200] }
  const actions = { x: parseAction('S on axis 0'), parents: parseAction('S on entries') }
  const { edge_index, parents } = randomInputs(inputs, { shapes, actions, random: random() })
  for (const value of [edge_index, parents]) expect(new Set(numbers(value))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
})

test('a type without values, a missing shape and too many elements are refused', () => {
  const draw = (dtype: 'float32' | undefined, shapes: Record<string, number[]>) => () =>
    randomInputs([{ name: 'x', dtype }], { shapes, random: random() })
  expect(draw(undefined, { x: [1] })).toThrow(/x: expected an input of type float32, .*received another type/)
  expect(draw('float32', {})).toThrow(/x: expected a shape for each input, received none/)
  expect(draw('float32', { x: [2 ** 20, 65] })).toThrow(/at most 67108864 elements, received shape \[1048576, 65\]/)
})
