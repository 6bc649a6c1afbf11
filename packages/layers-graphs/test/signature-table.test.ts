import { Random } from '@equivar/tensor/random'
import { expect, test } from 'vitest'
import { SignatureTable } from '../src/weisfeiler-leman/signature-table.ts'

test('lists are numbered as by a map of their texts, beyond the first sizes of the table and of its pool; what follows a list in the buffer does not matter', () => {
  const random = new Random({ seed: 4, stream: 'signatures' })
  const [table, reference] = [new SignatureTable(), new Map<string, number>()]
  const lists = Array.from({ length: 3000 }, () => Array.from({ length: random.integer(5) }, () => random.integer(13) - 6))
  const [found, expected]: [number[], number[]] = [[], []]
  for (const list of [...lists, ...lists.toReversed()]) {
    const key = list.join()
    const number = reference.get(key) ?? reference.size
    reference.set(key, number)
    expected.push(number)
    found.push(table.number(Int32Array.of(...list, random.integer(100), random.integer(100)), list.length))
  }
  expect(found).toEqual(expected)
  expect(table.size).toBe(reference.size)
  expect(table.size).toBeGreaterThan(1100)
})

test('a list may be longer than the pool', () => {
  const table = new SignatureTable()
  const long = Int32Array.from({ length: 5000 }, (_, i) => i)
  const other = long.with(4999, 0)
  expect([table.number(long, 5000), table.number(other, 5000), table.number(long, 4999), table.number(long, 5000)]).toEqual([0, 1, 2, 0])
})
