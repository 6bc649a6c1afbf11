import type { TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { cropped, droppedFrom, existingEntries, filled, isCovered, maskWithout } from '../src/masked-entries.ts'

const bools = (shape: readonly number[], flags: readonly number[]): TensorValue => ({ dtype: 'bool', shape, data: Uint8Array.from(flags) })
const numbered = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i + 1),
})

const nodes = {
  name: 'nodes',
  covers: {
    x: [[0, 1]],
    edges: [
      [0, 1],
      [0, 2],
    ],
    turned: [[1, 0]],
    y: [[0]],
  },
}
const feeds = { nodes: bools([2, 3], [1, 0, 1, 1, 1, 0]), x: numbered(2, 3, 2), edges: numbered(2, 3, 3), other: numbered(2) }

test('an entry exists if the mask is true at its place, on every list of axes', () => {
  expect(existingEntries([nodes], 'x', [2, 3, 2], feeds).map(Number)).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
  expect(existingEntries([nodes], 'edges', [2, 3, 3], feeds).map(Number)).toEqual([1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0])
  expect(existingEntries([nodes], 'turned', [3, 2], feeds).map(Number)).toEqual([1, 1, 0, 1, 1, 0])
})

test('an entry exists only if all masks say so', () => {
  const graphs = { name: 'graphs', covers: { x: [[0]] } }
  const both = { ...feeds, graphs: bools([2], [0, 1]) }
  expect(existingEntries([nodes, graphs], 'x', [2, 3, 2], both).map(Number)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0])
})

test('a shorter list, another value and a mask that is not given say nothing', () => {
  expect(isCovered([nodes], 'x', feeds)).toBe(true)
  expect(isCovered([nodes], 'y', feeds)).toBe(false)
  expect(isCovered([nodes], 'other', feeds)).toBe(false)
  expect(isCovered([nodes], 'x', { x: feeds.x })).toBe(false)
  expect(isCovered([{ name: 'none', covers: {} }, nodes], 'x', feeds)).toBe(true)
  for (const [name, given] of [
    ['y', feeds],
    ['other', feeds],
    ['x', { x: feeds.x }],
  ] as const)
    expect(existingEntries([nodes], name, [2], given)).toEqual([true, true])
})

test('numbers are filled in at masked entries of float values that may be filled', () => {
  const after = filled([nodes], { ...feeds, turned: bools([3, 2], [1, 1, 1, 1, 1, 1]) }, -7)
  expect([...(after.x as TensorValue).data]).toEqual([1, 2, -7, -7, 5, 6, 7, 8, 9, 10, -7, -7])
  expect(after.other).toBe(feeds.other)
  expect(after.nodes).toBe(feeds.nodes)
  expect([...(after.turned as TensorValue).data]).toEqual([1, 1, 1, 1, 1, 1])
  const kept = filled([{ ...nodes, finite: ['x'] }], feeds, -7)
  expect(kept.x).toBe(feeds.x)
  expect(kept.edges).not.toBe(feeds.edges)
})

test.each([
  [
    [2, 3],
    undefined,
    [
      [0, 1],
      [1, 1],
    ],
  ],
  [
    [3, 1, 2],
    undefined,
    [
      [0, 2],
      [2, 1],
    ],
  ],
  [[4], undefined, [[0, 3]]],
  [[1, 1], undefined, []],
  [[3, 3], [1], [[1, 1]]],
  [[3, 3], [], []],
])('of a mask of shape %j, padded along %j, indices %j are dropped', (shape, padded, expected) => {
  expect(droppedFrom(shape, padded).map(({ axis, index }) => [axis, index])).toEqual(expected)
})

test('the mask without some indices', () => {
  const dropped = [
    { axis: 0, index: 1 },
    { axis: 1, index: 1 },
  ]
  expect(maskWithout(bools([2, 3], [0, 0, 0, 0, 0, 0]), dropped)).toEqual(bools([2, 3], [1, 0, 1, 0, 0, 0]))
  expect(maskWithout(bools([2, 3], [0, 0, 0, 0, 0, 0]), [])).toEqual(bools([2, 3], [1, 1, 1, 1, 1, 1]))
})

test('dropped indices are removed from the mask and from what it covers, once from each axis', () => {
  const dropped = droppedFrom([2, 3])
  const after = cropped(nodes, { ...feeds, y: numbered(2, 2) }, dropped)
  expect(after.nodes).toEqual({ ...bools([1, 2], [1, 1]) })
  expect(after.x).toEqual({ dtype: 'float32', shape: [1, 2, 2], data: Float64Array.of(1, 2, 5, 6) })
  expect(after.edges).toEqual({ dtype: 'float32', shape: [1, 2, 2], data: Float64Array.of(1, 3, 7, 9) })
  expect(after.y).toEqual({ dtype: 'float32', shape: [1, 2], data: Float64Array.of(1, 2) })
  expect(after.other).toBe(feeds.other)
})
