import { Random } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { PARTS_PER_CHUNK } from '../src/operators/list-sum-reference.ts'
import { NOTHING, type RowLists, rowLists } from '../src/row-lists/row-lists.ts'

const random = new Random({ seed: 3 })
const drawn = (edges: number, count: number): number[] => Array.from({ length: edges }, () => random.integer(count))

/** The edges of each target, one after the other. */
function edgesOf(targets: readonly number[], count: number): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => [])
  for (const [edge, target] of targets.entries()) lists[target]?.push(edge)
  return lists
}

/** The same, as the tables say it. */
function read({ entries, listsPerChunk: lists, bounds, places, parts, partLength }: RowLists): number[][] {
  return Array.from(places, (place) => {
    const chunk = Math.floor(place / lists)
    const start = bounds[chunk] as number
    const width = ((bounds[chunk + 1] as number) - start) / lists
    const first = start + (place % lists) * width
    return [...entries.slice(first, first + width)].flatMap((entry) => {
      if (entry === NOTHING) return []
      const part = -2 - entry
      return entry >= 0 ? [entry] : [...parts.slice(part * partLength, (part + 1) * partLength)]
    })
  })
}

test.each<[string, number[], number]>([
  ['no edges', [], 5],
  ['nothing at all', [], 0],
  ['one edge', [2], 4],
  ['a random graph', drawn(5_000, 600), 600],
  ['more chunks than one, the last not full', drawn(900, 259), 259],
  ['isolated nodes', drawn(300, 40).map((v) => 3 * v), 200],
  ['all edges to one node', Array.from({ length: 4_000 }, () => 7), 9],
  ['all edges to one node of one', Array.from({ length: 3_000 }, () => 0), 1],
  ['two nodes of many edges among many', [...drawn(2_000, 500), ...Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 3 : 400))], 500],
])('%s: each target has its edges in their order', (_, targets, count) => {
  const lists = rowLists(Int32Array.from(targets), count)
  expect(read(lists)).toEqual(edgesOf(targets, count))
  expect(lists.parts.length % (PARTS_PER_CHUNK * lists.partLength)).toBe(0)
})

test.each([
  [0, 128],
  [10_000, 128],
  [30_000, 256],
  [1_000_000, 1024],
])('of %i targets, %i lists are a chunk', (count, expected) => {
  expect(rowLists(new Int32Array(0), count).listsPerChunk).toBe(expected)
})

test('a node that has many times as many edges as others makes the tables little larger', () => {
  const targets = [...drawn(20_000, 2_000), ...Array.from({ length: 20_000 }, () => 5)]
  const { entries, parts } = rowLists(Int32Array.from(targets), 2_000)
  expect(entries.length + parts.length).toBeLessThan(2 * targets.length)
})
